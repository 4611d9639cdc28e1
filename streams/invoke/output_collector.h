// What a process has written and the loop has not yet fetched: lines, bounded, so that a process
// that floods its output neither waits nor fills memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "streams/invoke/log_capture.h"

namespace millrace::streams {

// Thread-safe.
class OutputCollector {
 public:
  // Lines that would make more than this wait are dropped, and one line says how many.
  static constexpr size_t kWaitingBytesMax = size_t{4} << 20;

  // Takes output. Returns whether the loop must be told: lines wait now and none did before.
  bool Add(std::string_view bytes, int64_t now_ms) EXCLUDES(mutex_);
  // Hands out what waits. `finish`: also a last line without an end.
  std::vector<LogLine> Take(bool finish, int64_t now_ms) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  LineSplitter splitter_ GUARDED_BY(mutex_);
  std::vector<LogLine> lines_ GUARDED_BY(mutex_);
  size_t size_ GUARDED_BY(mutex_) = 0;
  int64_t dropped_ GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::streams
