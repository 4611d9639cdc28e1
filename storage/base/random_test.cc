// Randomness and clocks: the repeatable ones repeat, the others do not.
#include "storage/base/random.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/clock.h"

namespace millrace {
namespace {

TEST(RandomTest, SeededSequenceIsSplitMix64) {
  SeededRandom random(1234567);
  EXPECT_EQ(random.Next64(), 6457827717110365317u);
  EXPECT_EQ(random.Next64(), 3203168211198807973u);
}

TEST(RandomTest, SystemRandomDoesNotRepeatAcrossBlocksAndThreads) {
  SystemRandom random;
  std::vector<std::vector<uint64_t>> drawn(3);
  std::vector<std::thread> threads;
  for (auto& words : drawn) {
    threads.emplace_back([&random, &words] {
      for (int i = 0; i < 1000; ++i) {
        words.push_back(random.Next64());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<uint64_t> distinct;
  for (const auto& words : drawn) {
    distinct.insert(words.begin(), words.end());
  }
  EXPECT_EQ(distinct.size(), 3000u);
}

// Gives fixed words, so that every bit of a UUID can be told apart.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(uint64_t word) : word_(word) {}
  uint64_t Next64() override { return word_; }

 private:
  const uint64_t word_;
};

TEST(RandomTest, UuidHasVersionAndVariant) {
  FixedRandom zeros(0);
  EXPECT_EQ(NewUuid(&zeros), "00000000-0000-4000-8000-000000000000");
  FixedRandom ones(~uint64_t{0});
  EXPECT_EQ(NewUuid(&ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  FixedRandom digits(0x0123456789ABCDEF);
  EXPECT_EQ(NewUuid(&digits), "01234567-89ab-4def-8123-456789abcdef");
}

TEST(ClockTest, ManualClockMovesOnlyWhenTold) {
  ManualClock clock(1000);
  EXPECT_EQ(clock.NowMs(), 1000);
  EXPECT_EQ(clock.MonotonicUs(), 1000000);
  clock.AdvanceMs(5);
  EXPECT_EQ(clock.NowMs(), 1005);
}

TEST(ClockTest, SystemClockIsPlausible) {
  const SystemClock clock;
  EXPECT_GT(clock.NowMs(), 1700000000000);
  const int64_t before = clock.MonotonicUs();
  EXPECT_GE(clock.MonotonicUs(), before);
}

}  // namespace
}  // namespace millrace
