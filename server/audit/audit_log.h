// A file of lines that is written by a thread of its own, so that nobody waits for the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <thread>

#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace millrace::server {

// Thread-safe, but for Start and Stop, which belong to one thread.
class AuditLog {
 public:
  // So many bytes wait to be written at most; lines beyond that are dropped and counted.
  static constexpr size_t kWaitingBytesMax = size_t{4} << 20;

  // `path`: the file, which is appended to; "-" is stderr.
  explicit AuditLog(std::string path) : path_(std::move(path)) {}
  ~AuditLog() { Stop(); }

  // Opens the file: kIoError if that is not possible.
  Status Start();
  // Writes what waits, and ends.
  void Stop();

  // Adds a line, without its end. Never waits.
  void Append(std::string_view line) EXCLUDES(mutex_);

  // Lines that could not be written.
  uint64_t dropped_count() const { return dropped_count_.load(std::memory_order_relaxed); }

 private:
  Status Open();
  // Opens the file anew if another one is at its place now, or none: so logs can be rotated.
  void Follow();
  void Loop();
  void Write(const std::string& text, uint64_t line_count);
  void Complain(std::string_view what);

  const std::string path_;
  int descriptor_ = -1;  // of the thread, once that runs
  uint64_t inode_ = 0;
  bool complained_ = false;  // about the failure that lasts
  std::thread thread_;
  std::atomic<uint64_t> dropped_count_{0};

  Mutex mutex_;
  ConditionVariable wake_;
  std::string waiting_ GUARDED_BY(mutex_);
  uint64_t waiting_lines_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::server
