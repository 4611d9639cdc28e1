// Notices when somebody changes what is in a directory tree.
#pragma once

#include <cstdint>
#include <string>

#include "storage/base/mutex.h"

namespace millrace::streams {

// Watches one directory by inotify, with all folders below it but for those that tools write to
// (names that begin with a dot, __pycache__). Changes are looked for when somebody asks: the kernel
// has queued them by then, so no thread is needed, and a change that came before the question is
// never missed. Where the kernel does not let us watch so many folders, changes in the others go
// unnoticed; the log says so. Thread-safe.
class DirectoryWatch {
 public:
  static constexpr size_t kFoldersMax = 4096;

  // `path`: absolute. It need not be there yet.
  explicit DirectoryWatch(std::string path);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Another number than last time if something was made, written, renamed or removed since. The
  // first call begins to watch, which takes a walk over the tree; later ones are one system call
  // when nothing was changed.
  uint64_t Generation() EXCLUDES(mutex_);

 private:
  bool ReadEvents() REQUIRES(mutex_);
  void WatchAll() REQUIRES(mutex_);
  bool WatchOne(const std::string& path) REQUIRES(mutex_);

  const std::string path_;
  Mutex mutex_;
  int descriptor_ GUARDED_BY(mutex_) = -1;
  bool watching_ GUARDED_BY(mutex_) = false;  // at least the top folder
  size_t folder_count_ GUARDED_BY(mutex_) = 0;
  uint64_t generation_ GUARDED_BY(mutex_) = 1;
};

}  // namespace millrace::streams
