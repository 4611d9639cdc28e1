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

// A clock whose wall time begins as the system's, stands still, and goes forwards when told to.
// Durations and deadlines are real, so that what waits for clients or disks works as always.
class VirtualClock final : public Clock {
 public:
  // The latest time that it can show: the end of the year 9999.
  static constexpr int64_t kNowMsMax = 253'402'300'799'999;

  VirtualClock() : now_ms_(SystemClock::Instance()->NowMs()) {}
  int64_t NowMs() const override { return now_ms_.load(); }
  int64_t MonotonicUs() const override { return SystemClock::Instance()->MonotonicUs(); }
  // False, and nothing happens, if `by_ms` is negative or the result would be too late.
  bool Advance(int64_t by_ms);
  // False, and nothing happens, if that is before the present time or too late.
  bool AdvanceTo(int64_t now_ms);

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace millrace
