// The percentiles of every report rest on the bucket arithmetic, so it is checked against sorted
// lists of the same values.

#include "bench/load/histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/load/random.h"
#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

TEST(HistogramTest, EmptyIsZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.Count(), 0u);
  EXPECT_EQ(histogram.Percentile(50), 0u);
  EXPECT_EQ(histogram.Max(), 0u);
  EXPECT_EQ(histogram.Mean(), 0);
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 200; value++) histogram.Record(value);
  EXPECT_EQ(histogram.Percentile(50), 100u);
  EXPECT_EQ(histogram.Percentile(99), 198u);
  EXPECT_EQ(histogram.Percentile(100), 200u);
  EXPECT_EQ(histogram.Percentile(0), 1u);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 100.5);
}

TEST(HistogramTest, LargeValuesStayWithinTheRelativeError) {
  Histogram histogram;
  std::vector<uint64_t> values;
  Random random(7);
  for (int i = 0; i < 50'000; i++) {
    const uint64_t value = random.Next() >> (20 + random.Below(40));
    values.push_back(value);
    histogram.Record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const double exact_rank = std::ceil(percent / 100.0 * static_cast<double>(values.size()));
    const uint64_t exact = values[static_cast<size_t>(exact_rank) - 1];
    const uint64_t seen = histogram.Percentile(percent);
    EXPECT_GE(seen, exact) << percent;
    EXPECT_LE(static_cast<double>(seen), static_cast<double>(exact) * (1 + 1.0 / 128) + 1)
        << percent;
  }
}

TEST(HistogramTest, BucketsMeetAtPowersOfTwo) {
  for (int bit = 1; bit < 47; bit++) {
    const uint64_t edge = uint64_t{1} << bit;
    Histogram histogram;
    histogram.Record(edge - 1);
    histogram.Record(edge);
    EXPECT_EQ(histogram.Percentile(50), edge - 1) << bit;
    EXPECT_EQ(histogram.Percentile(100), edge) << bit;
  }
}

TEST(HistogramTest, ValuesBeyondTheRangeAreClamped) {
  Histogram histogram;
  histogram.Record(~uint64_t{0});
  EXPECT_EQ(histogram.Max(), (uint64_t{1} << 47) - 1);
  EXPECT_EQ(histogram.Percentile(100), histogram.Max());
}

TEST(HistogramTest, AddIsTheSameAsRecordingEverythingInOne) {
  Histogram first;
  Histogram second;
  Histogram both;
  Random random(11);
  for (int i = 0; i < 1000; i++) {
    const uint64_t value = random.Below(1'000'000);
    (i % 3 == 0 ? first : second).Record(value);
    both.Record(value);
  }
  first.Add(second);
  EXPECT_EQ(first.Count(), both.Count());
  EXPECT_EQ(first.Max(), both.Max());
  EXPECT_DOUBLE_EQ(first.Mean(), both.Mean());
  for (const double percent : {10.0, 50.0, 99.0}) {
    EXPECT_EQ(first.Percentile(percent), both.Percentile(percent));
  }
}

}  // namespace
}  // namespace millrace::bench
