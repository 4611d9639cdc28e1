// Zipf-distributed choice of items: a few are asked for very often, most hardly ever. The shape
// and the default skew are those of the YCSB workloads.

#pragma once

#include <cstdint>

#include "bench/load/random.h"

namespace millrace::bench {

/// Draws ranks 0..count-1, rank r with probability proportional to 1 / (r + 1)^theta, in constant
/// time per draw. Immutable after construction, so threads may share one.
class Zipfian {
 public:
  /// Skew used by YCSB.
  static constexpr double kDefaultTheta = 0.99;

  /// `count` must be at least 1, `theta` between 0 and 1, both exclusive. Construction takes time
  /// linear in `count`.
  explicit Zipfian(uint64_t count, double theta = kDefaultTheta);

  /// A rank; 0 is the most popular.
  uint64_t Rank(Random& random) const;

  /// An item in [0, count) whose popularity follows its rank, with the popular ones scattered over
  /// the whole range instead of standing at its start.
  uint64_t Scattered(Random& random) const { return MixBits(Rank(random)) % count_; }

 private:
  uint64_t count_;
  double alpha_;
  double zeta_;
  double eta_;
  double second_threshold_;
};

}  // namespace millrace::bench
