// What is counted of deliveries since the process began.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "storage/base/mutex.h"

namespace millrace::streams {

struct DeliveryFigures {
  int64_t received = 0;              // events taken
  int64_t dropped = 0;               // events given up without success
  int64_t recursive = 0;             // of these, because their chain had become too long
  int64_t dead_letter_errors = 0;    // attempts to send a dead letter
  int64_t destination_failures = 0;  // attempts to tell another destination
  // How long events had waited when the function was tried.
  int64_t age_count = 0;
  int64_t age_sum_ms = 0;
  int64_t age_min_ms = 0;
  int64_t age_max_ms = 0;

  void AddAge(int64_t age_ms) {
    age_min_ms = age_count == 0 ? age_ms : std::min(age_min_ms, age_ms);
    age_max_ms = age_count == 0 ? age_ms : std::max(age_max_ms, age_ms);
    age_sum_ms += age_ms;
    ++age_count;
  }
};

// By function name, or the uuid of a mapping for messages that come from one. Thread-safe.
class DeliveryCounters {
 public:
  using Snapshot = std::map<std::string, DeliveryFigures>;

  // Calls `change` with the figures of `source`.
  template <typename Change>
  void Count(const std::string& source, Change change) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    // Names of functions that come and go must not gather without end.
    if (figures_.size() < kSourcesMax || figures_.contains(source)) {
      change(&figures_[source]);
    }
  }
  Snapshot Read() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return figures_;
  }

 private:
  static constexpr size_t kSourcesMax = 20'000;
  mutable Mutex mutex_;
  Snapshot figures_ GUARDED_BY(mutex_);
};

}  // namespace millrace::streams
