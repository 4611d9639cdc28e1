// What is counted and remembered of invocations, for the metrics page and for people who look.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"

namespace millrace::streams {

// Durations in buckets. Not thread-safe.
struct DurationHistogram {
  // Upper bounds in milliseconds; one more bucket is for what is longer.
  static constexpr std::array<int64_t, 15> kBoundsMs = {
      1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000};
  std::array<int64_t, kBoundsMs.size() + 1> counts = {};
  int64_t count = 0;
  int64_t sum_us = 0;
  int64_t max_us = 0;

  void Add(int64_t duration_us);
};

// Counted since the server was started.
struct FunctionStatistics {
  std::string name;
  int64_t invocations = 0;  // handed to a handler
  int64_t errors = 0;       // of those, the ones that ended in a function error
  int64_t throttles = 0;    // refused for concurrency
  int64_t cold_starts = 0;
  int64_t running = 0;  // now
  DurationHistogram duration;
};

// Sorted by name.
struct InvokeStatistics {
  std::vector<FunctionStatistics> functions;
  int64_t running = 0;             // of all functions
  int64_t running_unreserved = 0;  // of functions without a reservation
  int64_t environments = 0;
  int64_t waiting = 0;  // for a free place on this machine
};

// One invocation that has ended.
struct InvocationRecord {
  std::string request_id;
  std::string version;
  std::string trigger;  // as the request said it
  std::string status;   // "success", "error", "timeout"
  std::string error_type;
  std::string log_group;
  std::string log_stream;
  std::string payload_sample;  // the first bytes of the event
  int64_t started_ms = 0;
  int64_t duration_us = 0;
  int64_t init_duration_us = -1;  // -1: the environment was warm
};

// Keeps them. Thread-safe.
class InvocationRecords {
 public:
  static constexpr size_t kRecordsMax = 100;  // of a function
  static constexpr size_t kSampleSizeMax = 512;

  void Started(const std::string& name, bool reserved) EXCLUDES(mutex_);
  void Throttled(const std::string& name) EXCLUDES(mutex_);
  void ColdStart(const std::string& name) EXCLUDES(mutex_);
  void Ended(const std::string& name, bool reserved, InvocationRecord record) EXCLUDES(mutex_);
  // Started, but given up without an outcome of the handler.
  void Abandoned(const std::string& name, bool reserved) EXCLUDES(mutex_);
  void SetEnvironments(int64_t count) EXCLUDES(mutex_);
  void SetWaiting(int64_t count) EXCLUDES(mutex_);
  // Forgets a function that is no more, unless it is running.
  void Forget(const std::string& name) EXCLUDES(mutex_);

  InvokeStatistics Snapshot() const EXCLUDES(mutex_);
  // The newest first.
  std::vector<InvocationRecord> Recent(std::string_view name, size_t limit) const EXCLUDES(mutex_);

 private:
  struct Entry {
    FunctionStatistics statistics;
    std::deque<InvocationRecord> recent;
  };
  Entry& Of(const std::string& name) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> functions_ GUARDED_BY(mutex_);
  InvokeStatistics totals_ GUARDED_BY(mutex_);
};

}  // namespace millrace::streams
