// How long change records are kept: the texts that say so, and who has the say.
#include <gtest/gtest.h>

#include <memory>

#include "storage/tables/stream_maintenance.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;

TEST(RetentionTest, IsParsed) {
  EXPECT_EQ(ParseRetention("1s"), 1000);
  EXPECT_EQ(ParseRetention("90s"), 90'000);
  EXPECT_EQ(ParseRetention("5m"), 300'000);
  EXPECT_EQ(ParseRetention("24h"), kDayMs);
  EXPECT_EQ(ParseRetention("030d"), 30 * kDayMs);
  EXPECT_EQ(ParseRetention("36500d"), 36'500 * kDayMs);
  EXPECT_EQ(ParseRetention("forever"), kRetentionForever);
  for (const std::string_view text :
       {"", "s", "0s", "00h", "1", "1w", "1ms", "-1s", "+1s", " 1s", "1 s", "1s ", "1.5h",
        "Forever", "36501d", "99999999999999999999s", "1h30m", "1H"}) {
    EXPECT_EQ(ParseRetention(text), std::nullopt) << text;
  }
}

TEST(RetentionTest, TheTableSaysThenTheStreamThenTheServer) {
  StreamOptions options;
  options.retention_ms = 7;
  StreamDescriptor stream;
  stream.table_id = 4;
  TableDescriptor descriptor = DescribeTable("table");
  descriptor.table_id = 4;
  descriptor.tags = {{"a", "1h"}, {std::string(kRetentionTag), "30d"}};
  const Table tagged(descriptor, 0, nullptr);
  EXPECT_EQ(RetentionOf(stream, &tagged, options), 30 * kDayMs);
  EXPECT_EQ(RetentionOf(stream, nullptr, options), 7);
  stream.retention_ms = kRetentionForever;
  EXPECT_EQ(RetentionOf(stream, &tagged, options), 30 * kDayMs);
  EXPECT_EQ(RetentionOf(stream, nullptr, options), kRetentionForever);
  stream.table_id = 5;  // a later table of the same name has no say
  EXPECT_EQ(RetentionOf(stream, &tagged, options), kRetentionForever);
  descriptor.tags[1].value = "soon";
  stream.table_id = 4;
  stream.retention_ms.reset();
  EXPECT_EQ(RetentionOf(stream, std::make_unique<Table>(descriptor, 0, nullptr).get(), options), 7);
}

}  // namespace
}  // namespace millrace::tables
