// Collects the settings from all sources and gives them to gflags, whose own parser is not used: it
// exits the process on errors and prints the flags of every library that was linked.
#pragma once

#include <gflags/gflags.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/flags/flags.h"
#include "storage/base/status.h"

namespace millrace::server {

// One use: the sources are read in any order, then Apply. Not thread-safe.
class FlagReader {
 public:
  // `flags` are the server's own. Sets all of them to their defaults.
  explicit FlagReader(std::vector<google::CommandLineFlagInfo> flags);

  // Each answers kInvalidArgument with a text for the user.
  Status ReadCommandLine(int count, const char* const* arguments);
  Status ReadEnvironment(const EnvironmentLookup& environment);
  // Reads the flag file, if one of the above named one.
  Status ReadFile();
  // Sets the flags: the command line wins over the environment, the environment over the file.
  Status Apply() const;

  // What the command line asks for.
  bool help() const { return help_; }
  bool version() const { return version_; }
  std::string HelpText() const;

 private:
  struct Setting {
    std::string name;
    std::string value;
    std::string where;
  };

  // Adds "--name=value", "--name" or "--noname".
  Status Add(std::string_view text, const std::string& where, std::vector<Setting>* settings);

  const std::vector<google::CommandLineFlagInfo> flags_;
  std::vector<Setting> command_line_;
  std::vector<Setting> environment_;
  std::vector<Setting> file_settings_;
  std::string file_;
  bool help_ = false;
  bool version_ = false;
};

}  // namespace millrace::server
