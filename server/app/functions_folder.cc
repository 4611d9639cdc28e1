// Choosing, making and removing the folder.
#include "server/app/functions_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

#include "storage/base/log.h"

namespace millrace::server {

FunctionsFolder::FunctionsFolder(const Flags& flags) {
  std::error_code error;
  if (!flags.in_memory) {
    path_ = std::filesystem::absolute(flags.data_dir, error).lexically_normal().string();
    while (path_.size() > 1 && path_.ends_with('/')) {
      path_.pop_back();
    }
    return;
  }
  path_ = (std::filesystem::temp_directory_path(error) / "millrace-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) {
    Log(LogLevel::kError, "cannot make a temporary folder for functions: " + path_);
    return;
  }
  is_temporary_ = true;
}

FunctionsFolder::~FunctionsFolder() {
  if (is_temporary_) {
    // Unpacked code is read-only.
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_, error)) {
      if (entry.is_directory(error) && !entry.is_symlink(error)) {
        std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all, error);
      }
    }
    std::filesystem::remove_all(path_, error);
  }
}

}  // namespace millrace::server
