// Counts heap allocations, the figure of a micro benchmark that does not depend on the machine and
// may therefore decide about a change.

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace millrace::bench {

/// How often this thread has called operator new, in any of its forms, so far.
/// Allocations through malloc alone are not seen.
uint64_t AllocationCount();

/// Construct before the loop of a benchmark: adds the counter `allocations`, per iteration, when it
/// is destroyed. Used on one thread.
class CountAllocations {
 public:
  /// Starts counting.
  explicit CountAllocations(benchmark::State& state)
      : state_(state), allocations_before_(AllocationCount()) {}

  /// Reports.
  ~CountAllocations() {
    state_.counters["allocations"] =
        benchmark::Counter(static_cast<double>(AllocationCount() - allocations_before_),
                           benchmark::Counter::kAvgIterations);
  }
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

 private:
  benchmark::State& state_;
  uint64_t allocations_before_;
};

}  // namespace millrace::bench
