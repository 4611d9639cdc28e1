// The inversion used here is the usual approximation: the two most popular ranks are decided
// exactly, the rest by a closed form of the inverse distribution function.

#include "bench/load/zipfian.h"

#include <algorithm>
#include <cmath>

namespace millrace::bench {

Zipfian::Zipfian(uint64_t count, double theta)
    : count_(count), alpha_(1.0 / (1.0 - theta)), zeta_(0), eta_(0), second_threshold_(0) {
  for (uint64_t rank = 1; rank <= count; rank++) {
    zeta_ += std::pow(static_cast<double>(rank), -theta);
  }
  const double second_weight = std::pow(2.0, -theta);
  second_threshold_ = 1.0 + second_weight;
  const double tail = 1.0 - std::pow(2.0 / static_cast<double>(count), 1.0 - theta);
  eta_ = count <= 2 ? 0 : tail / (1.0 - second_threshold_ / zeta_);
}

uint64_t Zipfian::Rank(Random& random) const {
  const double unit = random.Unit();
  const double weight = unit * zeta_;
  if (weight < 1.0) return 0;
  if (weight < second_threshold_) return std::min<uint64_t>(1, count_ - 1);
  const double position = static_cast<double>(count_) * std::pow(eta_ * unit - eta_ + 1.0, alpha_);
  return std::min(static_cast<uint64_t>(position), count_ - 1);
}

}  // namespace millrace::bench
