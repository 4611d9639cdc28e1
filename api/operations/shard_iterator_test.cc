// Iterators there and back, and every damage noticed.
#include "api/operations/shard_iterator.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::api {
namespace {

constexpr std::string_view kArn =
    "arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2024-01-01T00:00:00.000";

ShardIterator Example() {
  ShardIterator iterator;
  iterator.stream_id = 0xFFFFFFFE;
  iterator.hash_range = 0xFFFD;
  iterator.shard_start = UINT64_MAX - 2;
  iterator.position = UINT64_MAX - 1;
  iterator.from_horizon = true;
  iterator.issued_ms = 1'700'000'000'000;
  return iterator;
}

TEST(ShardIterator, ComesBack) {
  const std::string text = FormatShardIterator(Example(), kArn);
  EXPECT_TRUE(text.starts_with(std::string(kArn) + "|1|")) << text;
  ShardIterator iterator;
  std::string_view arn;
  ASSERT_TRUE(ParseShardIterator(text, &iterator, &arn));
  EXPECT_EQ(arn, kArn);
  EXPECT_EQ(iterator.stream_id, 0xFFFFFFFE);
  EXPECT_EQ(iterator.hash_range, 0xFFFD);
  EXPECT_EQ(iterator.shard_start, UINT64_MAX - 2);
  EXPECT_EQ(iterator.position, UINT64_MAX - 1);
  EXPECT_TRUE(iterator.from_horizon);
  EXPECT_EQ(iterator.issued_ms, 1'700'000'000'000);
}

TEST(ShardIterator, FitsForTheLongestName) {
  const std::string arn = "arn:aws:dynamodb:ap-southeast-2:000000000000:table/" +
                          std::string(255, 'n') + "/stream/2024-01-01T00:00:00.000";
  EXPECT_LE(FormatShardIterator(Example(), arn).size(), kShardIteratorSizeMax);
}

TEST(ShardIterator, AnyDamageIsNoticed) {
  const std::string text = FormatShardIterator(Example(), kArn);
  ShardIterator iterator;
  std::string_view arn;
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseShardIterator(text.substr(0, size), &iterator, &arn)) << size;
  }
  for (size_t place = 0; place < text.size(); ++place) {
    std::string damaged = text;
    damaged[place] = damaged[place] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ParseShardIterator(damaged, &iterator, &arn)) << place;
  }
  EXPECT_FALSE(ParseShardIterator(text + "AAAA", &iterator, &arn));
  EXPECT_FALSE(ParseShardIterator(text + std::string(3000, 'A'), &iterator, &arn));
}

}  // namespace
}  // namespace millrace::api
