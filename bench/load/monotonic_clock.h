// The one clock of the benchmarks: latency, schedules and durations all come from here, so that
// they can be subtracted from each other.

#pragma once

#include <cstdint>
#include <ctime>

namespace millrace::bench {

inline constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

/// Nanoseconds of the monotonic clock. Only differences mean something. Callable from any thread.
inline uint64_t NowNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosecondsPerSecond +
         static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace millrace::bench
