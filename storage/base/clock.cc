// The operating system's clocks behind Clock, and the one that is moved by hand.
#include "storage/base/clock.h"

#include <chrono>

namespace millrace {

const SystemClock* SystemClock::Instance() {
  static const SystemClock clock;
  return &clock;
}

int64_t SystemClock::NowMs() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

int64_t SystemClock::MonotonicUs() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

bool VirtualClock::Advance(int64_t by_ms) {
  int64_t now_ms = now_ms_.load();
  do {
    if (by_ms < 0 || by_ms > kNowMsMax - now_ms) {
      return false;
    }
  } while (!now_ms_.compare_exchange_weak(now_ms, now_ms + by_ms));
  return true;
}

bool VirtualClock::AdvanceTo(int64_t now_ms) {
  int64_t present_ms = now_ms_.load();
  do {
    if (now_ms < present_ms || now_ms > kNowMsMax) {
      return false;
    }
  } while (!now_ms_.compare_exchange_weak(present_ms, now_ms));
  return true;
}

}  // namespace millrace
