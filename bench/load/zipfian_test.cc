// A skewed workload that is not skewed as claimed would measure something else; the frequencies
// are compared with the formula.

#include "bench/load/zipfian.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

TEST(ZipfianTest, FrequenciesFollowTheFormula) {
  constexpr uint64_t kCount = 1000;
  constexpr int kDraws = 400'000;
  const Zipfian zipfian(kCount);
  Random random(3);
  std::vector<int> draws(kCount);
  for (int i = 0; i < kDraws; i++) {
    const uint64_t rank = zipfian.Rank(random);
    ASSERT_LT(rank, kCount);
    draws[rank]++;
  }
  double zeta = 0;
  for (uint64_t rank = 1; rank <= kCount; rank++) zeta += std::pow(rank, -Zipfian::kDefaultTheta);
  EXPECT_NEAR(draws[0], kDraws / zeta, kDraws * 0.005);
  EXPECT_NEAR(draws[1], kDraws / zeta * std::pow(2.0, -Zipfian::kDefaultTheta), kDraws * 0.005);
  int top_hundred = 0;
  double top_hundred_expected = 0;
  for (uint64_t rank = 0; rank < 100; rank++) {
    top_hundred += draws[rank];
    top_hundred_expected += std::pow(rank + 1, -Zipfian::kDefaultTheta) / zeta;
  }
  EXPECT_NEAR(static_cast<double>(top_hundred) / kDraws, top_hundred_expected, 0.02);
}

TEST(ZipfianTest, TinyCountsStayInRange) {
  for (uint64_t count = 1; count <= 4; count++) {
    const Zipfian zipfian(count);
    Random random(count);
    for (int i = 0; i < 1000; i++) {
      ASSERT_LT(zipfian.Rank(random), count);
      ASSERT_LT(zipfian.Scattered(random), count);
    }
  }
}

}  // namespace
}  // namespace millrace::bench
