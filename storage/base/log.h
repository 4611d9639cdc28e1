// Structured, leveled logging (spdlog behind it, in log.cc only). One line per event; fields are
// part of the text as key=value. Secrets and item contents are never logged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/mutex.h"

namespace millrace {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Sends lines at `level` and above to stderr, or to `file` when it is not empty. Call once at
// start-up, before other threads exist; until then lines at kWarning and above go to stderr.
void StartLogging(LogLevel level, const std::string& file);
// Writes out what is buffered.
void FlushLog();

// How many lines a process writes: a failure that every request meets must not fill a disk, which
// may be what has failed. Thread-safe.
class LogBudget {
 public:
  static constexpr int64_t kLinesPerSecond = 500;

  static LogBudget& OfProcess();
  // Whether a line may be written at this time. `*left_out` is set to the number of lines that were
  // not since it was last told; once a second.
  bool Take(int64_t now_us, int64_t* left_out) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  int64_t second_ GUARDED_BY(mutex_) = -1;
  int64_t lines_ GUARDED_BY(mutex_) = 0;
  int64_t left_out_ GUARDED_BY(mutex_) = 0;
};

// Writes one line, unless there are too many. Thread-safe.
void Log(LogLevel level, std::string_view text);

// Whether `level` is written at all: lets callers skip building the text. Thread-safe.
bool LogEnabled(LogLevel level);

}  // namespace millrace
