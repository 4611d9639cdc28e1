// The marker and the lock of a data folder, with plain system calls: nothing of RocksDB is involved
// yet.
#include "storage/engine/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace millrace::engine {
namespace {

constexpr std::string_view kMarkerName = "MILLRACE";
constexpr std::string_view kMarkerTemporaryName = "MILLRACE.tmp";
constexpr std::string_view kLockName = "MILLRACE.lock";
// The marker reads "millrace database, format 1, complete" or, while it is being made, "...
// incomplete".
constexpr std::string_view kMarkerStart = "millrace database, format ";
constexpr std::string_view kComplete = ", complete\n";
constexpr std::string_view kIncomplete = ", incomplete\n";

std::string Joined(const std::string& folder, std::string_view name) {
  std::string result = folder;
  result += '/';
  result += name;
  return result;
}

Status SystemError(std::string_view what, const std::string& path, int error) {
  std::string message(what);
  message += " " + path + ": " + std::generic_category().message(error);
  return Status(StatusCode::kIoError, message);
}

Status Foreign(const std::string& path, std::string_view why) {
  std::string message = "the folder " + path + " is not a Millrace database: ";
  message += why;
  message += "; choose an empty or new folder for --data_dir";
  return Status(StatusCode::kCorruption, message);
}

// fsync of a file or folder by name.
Status SyncPath(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return SystemError("cannot open", path, errno);
  }
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  return result == 0 ? Status::Ok() : SystemError("cannot sync", path, error);
}

// Creates or replaces the file with `text`, durable but for the folder entry.
Status WriteFile(const std::string& path, std::string_view text) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return SystemError("cannot create", path, errno);
  }
  const ssize_t written = write(descriptor, text.data(), text.size());
  const bool ok = written == static_cast<ssize_t>(text.size()) && fsync(descriptor) == 0;
  const int error = written >= 0 && written < static_cast<ssize_t>(text.size()) ? ENOSPC : errno;
  close(descriptor);
  return ok ? Status::Ok() : SystemError("cannot write", path, error);
}

}  // namespace

Result<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path,
                                                           uint32_t format_version) {
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path, format_version));
  RETURN_IF_ERROR(directory->Prepare());
  return directory;
}

DataDirectory::~DataDirectory() {
  if (lock_descriptor_ >= 0) {
    close(lock_descriptor_);
  }
}

Status DataDirectory::Prepare() {
  if (path_.empty()) {
    return Status(StatusCode::kInvalidArgument, "no folder is given for the database");
  }
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) {
    return SystemError("cannot make the folder", path_, error.value());
  }
  // Once without the lock, so that not even a lock file is left in a folder that is not ours; once
  // more with it.
  bool marker_found = false;
  RETURN_IF_ERROR(CheckContents(&marker_found));
  RETURN_IF_ERROR(Lock());
  RETURN_IF_ERROR(CheckContents(&marker_found));
  return marker_found ? ReadMarker() : WriteMarker(false);
}

Status DataDirectory::Lock() {
  const std::string lock_path = Joined(path_, kLockName);
  lock_descriptor_ = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_descriptor_ < 0) {
    return SystemError("cannot open", lock_path, errno);
  }
  if (flock(lock_descriptor_, LOCK_EX | LOCK_NB) == 0) {
    return Status::Ok();
  }
  if (errno != EWOULDBLOCK) {
    return SystemError("cannot lock", lock_path, errno);
  }
  return Status(StatusCode::kFailedPrecondition,
                "database folder " + path_ + " is in use by another process");
}

Status DataDirectory::CheckContents(bool* marker_found) {
  *marker_found = false;
  bool rocksdb_found = false;
  bool others_found = false;
  std::error_code error;
  std::filesystem::directory_iterator entries(path_, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name == kMarkerName) {
      *marker_found = true;
    } else if (name == "CURRENT") {
      rocksdb_found = true;
    } else if (name != kMarkerTemporaryName && name != kLockName && name != "lost+found") {
      others_found = true;
    }
  }
  if (error) {
    return SystemError("cannot list the folder", path_, error.value());
  }
  if (*marker_found) {
    return Status::Ok();
  }
  if (rocksdb_found) {
    return Foreign(path_, "it holds a RocksDB database of another program");
  }
  return others_found ? Foreign(path_, "it is not empty and has no file MILLRACE") : Status::Ok();
}

Status DataDirectory::ReadMarker() {
  const std::string marker_path = Joined(path_, kMarkerName);
  std::ifstream file(marker_path, std::ios::binary);
  std::string text(128, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  const std::string_view view = text;
  uint32_t version = 0;
  if (!view.starts_with(kMarkerStart)) {
    return Foreign(path_, "its file MILLRACE is not one of ours");
  }
  const char* const digits = view.data() + kMarkerStart.size();
  const auto parsed = std::from_chars(digits, view.data() + view.size(), version);
  const std::string_view rest = view.substr(static_cast<size_t>(parsed.ptr - view.data()));
  if (parsed.ec != std::errc() || version == 0) {
    return Foreign(path_, "its file MILLRACE is not one of ours");
  }
  if (version > format_version_) {
    return Status(StatusCode::kCorruption,
                  "the database in " + path_ + " has format " + std::to_string(version) +
                      ", this program knows formats up to " + std::to_string(format_version_) +
                      "; open it with the version of Millrace that wrote it or a newer one");
  }
  if (rest != kComplete && rest != kIncomplete) {
    return Foreign(path_, "its file MILLRACE is not one of ours");
  }
  established_ = rest == kComplete;
  return Status::Ok();
}

Status DataDirectory::WriteMarker(bool established) {
  std::string text(kMarkerStart);
  text += std::to_string(format_version_);
  text += established ? kComplete : kIncomplete;
  const std::string temporary_path = Joined(path_, kMarkerTemporaryName);
  RETURN_IF_ERROR(WriteFile(temporary_path, text));
  const std::string marker_path = Joined(path_, kMarkerName);
  if (rename(temporary_path.c_str(), marker_path.c_str()) != 0) {
    return SystemError("cannot write", marker_path, errno);
  }
  return SyncPath(path_);
}

Status DataDirectory::MarkEstablished() {
  RETURN_IF_ERROR(WriteMarker(true));
  established_ = true;
  return Status::Ok();
}

}  // namespace millrace::engine
