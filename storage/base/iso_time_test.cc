// Which texts are times.
#include "storage/base/iso_time.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(IsoTimeTest, ReadsTimes) {
  EXPECT_EQ(ParseIsoTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseIsoTime("2026-11-21T04:05:06Z"), 1795233906000);
  EXPECT_EQ(ParseIsoTime("2026-11-21T04:05:06.5Z"), 1795233906500);
  EXPECT_EQ(ParseIsoTime("2026-11-21T04:05:06.1239999Z"), 1795233906123);
  EXPECT_EQ(ParseIsoTime("2026-11-21T05:35:06+01:30"), 1795233906000);
  EXPECT_EQ(ParseIsoTime("2026-11-21T03:05:06.000-01:00"), 1795233906000);
  EXPECT_EQ(ParseIsoTime("2024-02-29T00:00:00Z"), 1709164800000);
}

TEST(IsoTimeTest, WritesTimes) {
  EXPECT_EQ(FormatIsoTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatIsoTime(1795233906007), "2026-11-21T04:05:06.007Z");
  EXPECT_EQ(FormatIsoTime(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
}

TEST(IsoTimeTest, RefusesOtherTexts) {
  for (const std::string_view text :
       {"", "2026-11-21", "2026-11-21T04:05Z", "2026-11-21T04:05:06", "2026-11-21 04:05:06Z",
        "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T04:60:00Z", "2026-11-21T04:05:60Z", "2026-11-21T04:05:06.Z",
        "2026-11-21T04:05:06Zx", "2026-11-21T04:05:06+1:00", "26-11-21T04:05:06Z"}) {
    EXPECT_EQ(ParseIsoTime(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace millrace
