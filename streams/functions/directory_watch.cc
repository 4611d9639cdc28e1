// After every change the whole tree is watched anew, which is simple and rare enough.
#include "streams/functions/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "storage/base/log.h"

namespace millrace::streams {
namespace {

constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                              IN_DELETE_SELF | IN_MOVE_SELF;

// What runtimes and editors write beside the code.
bool IsIgnored(std::string_view name) { return name.starts_with('.') || name == "__pycache__"; }

}  // namespace

DirectoryWatch::DirectoryWatch(std::string path) : path_(std::move(path)) {}

DirectoryWatch::~DirectoryWatch() {
  MutexLock lock(&mutex_);
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

uint64_t DirectoryWatch::Generation() {
  MutexLock lock(&mutex_);
  if (ReadEvents() || !watching_) {
    const bool was_watching = watching_;
    WatchAll();
    generation_ += was_watching || watching_ ? 1 : 0;
  }
  return generation_;
}

// Whether there was one that matters.
bool DirectoryWatch::ReadEvents() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (descriptor_ >= 0) {
    const ssize_t size = read(descriptor_, buffer.data(), buffer.size());
    if (size <= 0) {
      if (size < 0 && errno == EINTR) {
        continue;
      }
      break;
    }
    for (size_t offset = 0; offset < static_cast<size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + offset, sizeof(event));
      // The name is padded with NUL bytes.
      const std::string name(event.len > 0 ? buffer.data() + offset + sizeof(event) : "");
      changed = changed || ((event.mask & IN_IGNORED) == 0 && !IsIgnored(name));
      offset += sizeof(event) + event.len;
    }
  }
  return changed;
}

void DirectoryWatch::WatchAll() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
  folder_count_ = 0;
  watching_ = false;
  descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor_ < 0) {
    Log(LogLevel::kWarning, "changes of a directory cannot be watched path=\"" + path_ + "\"");
    return;
  }
  watching_ = WatchOne(path_);
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(path_, error);
  for (; !error && entries != std::filesystem::recursive_directory_iterator();
       entries.increment(error)) {
    if (entries->symlink_status(error).type() != std::filesystem::file_type::directory) {
      continue;
    }
    if (IsIgnored(entries->path().filename().string())) {
      entries.disable_recursion_pending();
    } else if (folder_count_ == kFoldersMax || !WatchOne(entries->path().string())) {
      Log(LogLevel::kWarning, "some folders of a directory are not watched path=\"" + path_ +
                                  "\" folders=" + std::to_string(folder_count_));
      break;
    }
  }
}

bool DirectoryWatch::WatchOne(const std::string& path) {
  const int watch =
      inotify_add_watch(descriptor_, path.c_str(), kChanges | IN_ONLYDIR | IN_DONT_FOLLOW);
  if (watch < 0) {
    // One that has gone since it was listed has left an event with its parent.
    return errno == ENOENT && path != path_;
  }
  ++folder_count_;
  return true;
}

}  // namespace millrace::streams
