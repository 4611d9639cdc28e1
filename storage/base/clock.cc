// The operating system's clocks behind Clock.
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

}  // namespace millrace
