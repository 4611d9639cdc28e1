// Bucket arithmetic: a value below 2^8 is its own bucket; above, the highest 8 bits of the value
// choose one of 128 buckets within its power of two. Both halves number continuously.

#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millrace::bench {

size_t Histogram::BucketOf(uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - (kSubBucketBits + 1));
  return (static_cast<size_t>(shift) << kSubBucketBits) + static_cast<size_t>(value >> shift);
}

uint64_t Histogram::BucketEnd(size_t bucket) {
  const size_t row = bucket >> kSubBucketBits;
  const int shift = row == 0 ? 0 : static_cast<int>(row) - 1;
  const uint64_t position = bucket - (static_cast<size_t>(shift) << kSubBucketBits);
  return ((position + 1) << shift) - 1;
}

void Histogram::Record(uint64_t value) {
  value = std::min(value, (uint64_t{1} << kValueBitsMax) - 1);
  buckets_[BucketOf(value)]++;
  count_++;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::Add(const Histogram& other) {
  for (size_t bucket = 0; bucket < kBucketCount; bucket++) {
    buckets_[bucket] += other.buckets_[bucket];
  }
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::Mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

uint64_t Histogram::Percentile(double percent) const {
  if (count_ == 0) return 0;
  const double exact_rank = std::ceil(percent / 100.0 * static_cast<double>(count_));
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(exact_rank), 1, count_);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBucketCount; bucket++) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::min(BucketEnd(bucket), max_);
  }
  return max_;
}

}  // namespace millrace::bench
