// Small, fast, seeded random numbers. A benchmark repeats with the same seed and must not spend
// its time drawing numbers, which rules out the standard engines with large states.

#pragma once

#include <cmath>
#include <cstdint>

namespace millrace::bench {

/// Spreads neighbouring numbers over the whole 64-bit range; a bijection, so no two collide.
inline uint64_t MixBits(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

/// A sequence of pseudo-random numbers decided by its seed. Not thread-safe: one per connection.
class Random {
 public:
  /// Starts the sequence that belongs to `seed`; different seeds give unrelated sequences.
  explicit Random(uint64_t seed) : state_(MixBits(seed + 1)) {}

  /// The next 64 random bits.
  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return MixBits(state_);
  }

  /// A number in [0, bound); `bound` must be positive. The bias for bounds below 2^32 is far below
  /// anything a benchmark could see.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

  /// A number in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  /// A gap of a Poisson process whose gaps have this mean, in the unit of the mean.
  double Exponential(double mean) { return -mean * std::log1p(-Unit()); }

 private:
  uint64_t state_;
};

}  // namespace millrace::bench
