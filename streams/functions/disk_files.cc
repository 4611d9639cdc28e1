// POSIX calls with their failures turned into Status.
#include "streams/functions/disk_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace millrace::streams {
namespace {

// Closes a descriptor at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  const int number_;
};

Status SyncFolder(const std::string& path) {
  const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || fsync(folder.number()) != 0) {
    return SystemFailure("cannot sync the folder", path, errno);
  }
  return Status::Ok();
}

}  // namespace

Status SystemFailure(std::string_view what, const std::string& path, int error_number) {
  StatusCode code = StatusCode::kIoError;
  if (error_number == ENOENT) {
    code = StatusCode::kNotFound;
  } else if (error_number == ENOSPC || error_number == EDQUOT) {
    code = StatusCode::kResourceExhausted;
  }
  return Status(code, std::string(what).append(" ").append(path).append(": ").append(
                          std::generic_category().message(error_number)));
}

Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return SystemFailure("cannot write", path, errno);
    }
    bytes.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? SystemFailure("cannot make the folder", path, error.value()) : Status::Ok();
}

Result<std::string> ReadFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.open() || fstat(file.number(), &status) != 0) {
    return SystemFailure("cannot open", path, errno);
  }
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return count < 0 ? SystemFailure("cannot read", path, errno)
                       : Status(StatusCode::kCorruption, "the file has become shorter: " + path);
    }
    size += static_cast<size_t>(count);
  }
  return bytes;
}

Status WriteFileDurably(const std::string& temporary, const std::string& path,
                        std::string_view bytes) {
  {
    const Descriptor file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file.open()) {
      return SystemFailure("cannot make", temporary, errno);
    }
    Status status = WriteAll(file.number(), bytes, temporary);
    if (status.ok() && fsync(file.number()) != 0) {
      status = SystemFailure("cannot sync", temporary, errno);
    }
    if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
      status = SystemFailure("cannot rename to", path, errno);
    }
    if (!status.ok()) {
      unlink(temporary.c_str());
      return status;
    }
  }
  return SyncFolder(std::filesystem::path(path).parent_path().string());
}

Status RemoveTree(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  // What is in a folder can be removed only by who may write to the folder.
  if (fs::symlink_status(path, error).type() == fs::file_type::directory) {
    fs::permissions(path, fs::perms::owner_all, error);
    fs::recursive_directory_iterator entries(path, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
      if (entries->symlink_status(error).type() == fs::file_type::directory) {
        fs::permissions(entries->path(), fs::perms::owner_all, error);
      }
    }
  }
  fs::remove_all(path, error);
  return error ? SystemFailure("cannot remove", path, error.value()) : Status::Ok();
}

}  // namespace millrace::streams
