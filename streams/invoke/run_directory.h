// The folder in which the invoker keeps what it needs while it runs: the bootstraps, and a folder
// for the temporary files of each environment.
#pragma once

#include <string>

#include "storage/base/status.h"

namespace millrace::streams {

// Thread-safe, apart from Create and Remove.
class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  // Makes the folder, readable by nobody else, and writes the bootstraps. What an earlier process
  // left in it is removed. kIoError when that cannot be done.
  Status Create();
  // Removes what Create and MakeFolder made, and the folder if nothing else is in it.
  void Remove();

  const std::string& path() const { return path_; }
  std::string python_bootstrap() const { return path_ + "/python_bootstrap.py"; }
  std::string node_bootstrap() const { return path_ + "/node_bootstrap.cjs"; }
  // A new folder for temporary files. Its name is made of `id`.
  Result<std::string> MakeFolder(const std::string& id) const;
  static void RemoveFolder(const std::string& folder);

 private:
  std::string folders() const { return path_ + "/environments"; }

  const std::string path_;
};

}  // namespace millrace::streams
