// Which texts are durations.
#include "storage/base/duration.h"

#include <gtest/gtest.h>

#include <string_view>

namespace millrace {
namespace {

TEST(DurationTest, NumberAndUnit) {
  EXPECT_EQ(ParseDuration("0s"), 0);
  EXPECT_EQ(ParseDuration("1ms"), 1);
  EXPECT_EQ(ParseDuration("250ms"), 250);
  EXPECT_EQ(ParseDuration("90s"), 90'000);
  EXPECT_EQ(ParseDuration("5m"), 300'000);
  EXPECT_EQ(ParseDuration("24h"), 86'400'000);
  EXPECT_EQ(ParseDuration("030d"), int64_t{30} * 86'400'000);
  EXPECT_EQ(ParseDuration("36500d"), kDurationMsMax);
}

TEST(DurationTest, NothingElse) {
  for (const std::string_view text :
       {"", "s", "ms", "1", "1w", "-1s", "+1s", " 1s", "1 s", "1s ", "1.5h", "36501d",
        "99999999999999999999s", "1h30m", "1H", "1mss", "forever"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace millrace
