// The policies file of --policies_file: read at the start, and again when it changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/authorization/authorizer.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"

namespace millrace::server {

// Load and Refresh belong to one thread at a time; the authorizer is thread-safe.
class PolicyFile {
 public:
  // Ids of access keys with their profiles.
  using Profiles = std::vector<std::pair<std::string, std::string>>;

  // The clock must outlive the object.
  PolicyFile(std::string path, std::string_view account, const Clock* clock)
      : path_(std::move(path)), authorizer_(clock, account) {}

  // Reads the file: kNotFound if it cannot be read, kInvalidArgument for its contents.
  Status Load(const Profiles& profiles);
  // The same if the file or the keys have changed; true if it was read. A file that cannot be used
  // changes nothing; what happened is said in the log.
  bool Refresh(const Profiles& profiles, bool keys_changed);

  const api::Authorizer* authorizer() const { return &authorizer_; }

 private:
  // Changes with every write to the file.
  struct Version {
    int64_t modified_ns = 0;
    int64_t size = -1;
    uint64_t inode = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };
  Version CurrentVersion() const;

  const std::string path_;
  Version version_;
  api::Authorizer authorizer_;
};

}  // namespace millrace::server
