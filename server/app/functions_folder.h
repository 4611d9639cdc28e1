// Where code and running functions have their files: below the data folder, or, for a database in
// memory, in a temporary folder that goes with it.
#pragma once

#include <string>

#include "server/flags/flags.h"

namespace millrace::server {

class FunctionsFolder {
 public:
  explicit FunctionsFolder(const Flags& flags);
  // Removes the temporary folder.
  ~FunctionsFolder();
  FunctionsFolder(const FunctionsFolder&) = delete;
  FunctionsFolder& operator=(const FunctionsFolder&) = delete;

  // Absolute, without a slash at its end.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_temporary_ = false;
};

}  // namespace millrace::server
