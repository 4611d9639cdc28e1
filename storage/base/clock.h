// Time comes in through Clock and nowhere else, so that tests can hold it still. Wall time is for
// what users see (creation dates, expiry); monotonic time is for durations and deadlines.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace {

// Source of time. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01T00:00:00Z.
  virtual int64_t NowMs() const = 0;
  // Microseconds from an arbitrary start; never goes back.
  virtual int64_t MonotonicUs() const = 0;
};

// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  // One that lives as long as the process.
  static const SystemClock* Instance();
  int64_t NowMs() const override;
  int64_t MonotonicUs() const override;
};

// A clock that moves only when told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}
  int64_t NowMs() const override { return now_ms_.load(std::memory_order_relaxed); }
  int64_t MonotonicUs() const override { return NowMs() * 1000; }
  void AdvanceMs(int64_t by_ms) { now_ms_.fetch_add(by_ms, std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace millrace
