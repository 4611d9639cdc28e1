// The clock that is moved by hand.
#include "storage/base/clock.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(VirtualClockTest, MovesForwardsWhenToldTo) {
  const int64_t before_ms = SystemClock::Instance()->NowMs();
  VirtualClock clock;
  const int64_t start_ms = clock.NowMs();
  EXPECT_GE(start_ms, before_ms);
  EXPECT_LE(start_ms, SystemClock::Instance()->NowMs());

  EXPECT_TRUE(clock.Advance(0));
  EXPECT_TRUE(clock.Advance(1500));
  EXPECT_EQ(clock.NowMs(), start_ms + 1500);
  EXPECT_TRUE(clock.AdvanceTo(start_ms + 2000));
  EXPECT_TRUE(clock.AdvanceTo(start_ms + 2000));
  EXPECT_EQ(clock.NowMs(), start_ms + 2000);

  EXPECT_FALSE(clock.Advance(-1));
  EXPECT_FALSE(clock.Advance(INT64_MAX));
  EXPECT_FALSE(clock.AdvanceTo(start_ms + 1999));
  EXPECT_FALSE(clock.AdvanceTo(VirtualClock::kNowMsMax + 1));
  EXPECT_EQ(clock.NowMs(), start_ms + 2000);
}

TEST(VirtualClockTest, DurationsAreReal) {
  VirtualClock clock;
  const int64_t start_us = clock.MonotonicUs();
  while (clock.MonotonicUs() == start_us) {
  }
  EXPECT_GT(clock.MonotonicUs(), start_us);
}

}  // namespace
}  // namespace millrace
