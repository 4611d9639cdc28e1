// Latency histogram with a bounded relative error, in the manner of HDR histograms: recording is
// a shift and an increment, memory is fixed, and histograms of several threads add up.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::bench {

/// Counts of 64-bit values (here: nanoseconds) in buckets that are exact below 256 and at most
/// 1/128 of the value wide above. Not thread-safe; keep one per thread and Add them.
class Histogram {
 public:
  /// Counts one value. Values from 2^47 (39 hours in nanoseconds) on count as 2^47 - 1.
  void Record(uint64_t value);

  /// Adds the counts of another histogram to this one.
  void Add(const Histogram& other);

  /// How many values were recorded.
  uint64_t Count() const { return count_; }

  /// The exact largest value recorded; 0 when empty.
  uint64_t Max() const { return max_; }

  /// The exact arithmetic mean; 0 when empty.
  double Mean() const;

  /// The smallest value that at least `percent` (0 to 100) of the recorded values do not exceed,
  /// rounded up to the end of its bucket but never above Max(). 0 when empty.
  uint64_t Percentile(double percent) const;

 private:
  static constexpr int kSubBucketBits = 7;
  static constexpr int kValueBitsMax = 47;
  static constexpr size_t kBucketCount = static_cast<size_t>(kValueBitsMax - kSubBucketBits + 1)
                                         << kSubBucketBits;

  static size_t BucketOf(uint64_t value);
  static uint64_t BucketEnd(size_t bucket);

  std::array<uint64_t, kBucketCount> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace millrace::bench
