// Table ARNs: what is one, whose it is, and what a TableName parameter means.
#include "api/wire/arn.h"

#include <gtest/gtest.h>

namespace millrace::api {
namespace {

constexpr std::string_view kArn = "arn:aws:dynamodb:us-east-1:000000000000:table/Music";

TEST(ArnTest, Parses) {
  const auto arn = ParseTableArn(kArn);
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->region, "us-east-1");
  EXPECT_EQ(arn->account, "000000000000");
  EXPECT_EQ(arn->table_name, "Music");
}

TEST(ArnTest, RefusesWhatIsNotATable) {
  for (const std::string_view text :
       {"Music", "", "arn:", "arn:aws:dynamodb:us-east-1:000000000000:table/",
        "arn:aws:dynamodb:us-east-1:000000000000:table/ab",
        "arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/i",
        "arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2024-01-01T00:00:00.000",
        "arn:aws:dynamodb::000000000000:table/Music", "arn:aws:dynamodb:us-east-1:1:table/Music",
        "arn:aws:dynamodb:us-east-1:00000000000x:table/Music",
        "arn:aws:s3:us-east-1:000000000000:table/Music",
        "arn:aws:dynamodb:us-east-1:000000000000:tables/Music"}) {
    EXPECT_FALSE(ParseTableArn(text).has_value()) << text;
  }
}

TEST(ArnTest, Streams) {
  const std::string text = std::string(kArn) + "/stream/2024-01-01T00:00:00.000";
  const auto arn = ParseStreamArn(text);
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->table.table_name, "Music");
  EXPECT_EQ(arn->label, "2024-01-01T00:00:00.000");
  EXPECT_EQ(FormatStreamArn(Services(), "Music", arn->label), text);
  for (const std::string& other :
       {std::string(kArn), std::string(kArn) + "/stream/", std::string(kArn) + "/stream/a b",
        std::string(kArn) + "/stream/a/b", std::string(kArn) + "/streams/a",
        std::string("Music/stream/a"), text + std::string(1024, '0')}) {
    EXPECT_FALSE(ParseStreamArn(other).has_value()) << other;
  }
}

TEST(ArnTest, MeaningOfTableNameParameters) {
  Services services;
  EXPECT_EQ(TableNameFromParameter(services, kArn), "Music");
  EXPECT_EQ(TableNameFromParameter(services, "Music"), "Music");
  EXPECT_EQ(TableNameFromParameter(services, "arn:aws:s3:::x"), "arn:aws:s3:::x");
  EXPECT_EQ(BareTableName(kArn), "Music");
  services.region = "eu-west-1";
  EXPECT_EQ(TableNameFromParameter(services, kArn), "");
  EXPECT_EQ(FormatTableArn(services, "Music"),
            "arn:aws:dynamodb:eu-west-1:000000000000:table/Music");
  services.region = "us-east-1";
  services.account = "000000000001";
  EXPECT_EQ(TableNameFromParameter(services, kArn), "");
  EXPECT_EQ(BareTableName(kArn), "Music");
}

}  // namespace
}  // namespace millrace::api
