// Expiry entries: which values are times, and the order of the keys.
#include "storage/codec/time_to_live_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <tuple>

#include "storage/base/random.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string ItemWith(const std::string& value) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  builder.Attribute("pk").Tree(ValueFromText("S \"a\""));
  builder.Attribute("expires").Tree(ValueFromText(value));
  builder.Finish();
  return bytes;
}

std::optional<int64_t> ExpiryOf(const std::string& value) {
  const std::string item = ItemWith(value);
  return ExpirySeconds(ItemView::At(item), "expires");
}

TEST(TimeToLiveCodec, TakesNumbersWithoutTheirFraction) {
  EXPECT_EQ(ExpiryOf("N 0"), 0);
  EXPECT_EQ(ExpiryOf("N 1"), 1);
  EXPECT_EQ(ExpiryOf("N 1700000000"), 1700000000);
  EXPECT_EQ(ExpiryOf("N 1700000000.999"), 1700000000);
  EXPECT_EQ(ExpiryOf("N 0.5"), 0);
  EXPECT_EQ(ExpiryOf("N 1E-130"), 0);
  EXPECT_EQ(ExpiryOf("N 1.7E9"), 1700000000);
  EXPECT_EQ(ExpiryOf("N 9223372036854775806.9"), kMax - 1);
  EXPECT_EQ(ExpiryOf("N 9223372036854775807"), kMax);
}

TEST(TimeToLiveCodec, TakesNoOtherNumbers) {
  EXPECT_EQ(ExpiryOf("N -1"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N -0.5"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N -9E125"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N 9223372036854775807.5"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N 9223372036854775808"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N 1E30"), std::nullopt);
  EXPECT_EQ(ExpiryOf("N 9.9E125"), std::nullopt);
}

TEST(TimeToLiveCodec, TakesNoOtherTypes) {
  for (const char* value :
       {"S \"1700000000\"", "B <00>", "BOOL true", "NULL", "SS [\"1\"]", "NS [1700000000]",
        "BS [<01>]", "L [N 1700000000]", "M {\"expires\": N 1700000000}"}) {
    EXPECT_EQ(ExpiryOf(value), std::nullopt) << value;
  }
  const std::string item = ItemWith("N 1700000000");
  EXPECT_EQ(ExpirySeconds(ItemView::At(item), "expire"), std::nullopt);
  EXPECT_EQ(ExpirySeconds(ItemView(), "expires"), std::nullopt);
}

TEST(TimeToLiveCodec, DamagedNumbersAreNoTimes) {
  const std::string item = ItemWith("N 1700000000");
  const size_t number =
      item.size() - ValueView::At(item.data() + item.find("expires") + 7, item.data() + item.size())
                        .payload()
                        .size();
  std::string damaged = item;
  damaged[number] = '\x07';
  EXPECT_EQ(ExpirySeconds(ItemView::At(damaged), "expires"), std::nullopt) << "no such sign";
  damaged = item;
  damaged[item.size() - 1] = '\x02';
  EXPECT_EQ(ExpirySeconds(ItemView::At(damaged), "expires"), std::nullopt) << "no end";
  damaged = item;
  damaged[number] = '\x02';
  EXPECT_EQ(ExpirySeconds(ItemView::At(damaged), "expires"), std::nullopt) << "zero, and more";
  SeededRandom random(71);
  for (int round = 0; round < 20000; ++round) {
    damaged = item;
    damaged[random.Next64() % damaged.size()] = static_cast<char>(random.Next64());
    const std::optional<int64_t> seconds = ExpirySeconds(ItemView::At(damaged), "expires");
    ASSERT_TRUE(!seconds || *seconds >= 0);
  }
}

std::string ItemKey(uint32_t table_id, uint64_t hash, std::string_view sort_key) {
  std::string key;
  AppendPartitionPrefix(table_id, {hash, 0}, &key);
  return key.append(sort_key);
}

std::string ExpiryKey(uint32_t id, int64_t seconds, const std::string& item_key) {
  std::string key;
  AppendExpiryKey(id, seconds, item_key, &key);
  return key;
}

TEST(TimeToLiveCodec, KeysSortByTime) {
  SeededRandom random(72);
  const auto small = [&] { return static_cast<int64_t>(random.Next64() % 3 * 255); };
  for (int round = 0; round < 5000; ++round) {
    const uint32_t id_a = static_cast<uint32_t>(small());
    const uint32_t id_b = static_cast<uint32_t>(small());
    const int64_t time_a = round % 2 == 0 ? small() : static_cast<int64_t>(random.Next64() >> 1);
    const int64_t time_b = round % 2 == 0 ? small() : static_cast<int64_t>(random.Next64() >> 1);
    const std::string item_a = ItemKey(7, random.Next64(), "x");
    const std::string item_b = ItemKey(7, random.Next64(), "");
    const std::string a = ExpiryKey(id_a, time_a, item_a);
    const std::string b = ExpiryKey(id_b, time_b, item_b);
    ASSERT_EQ(a < b, std::tuple(id_a, time_a, item_a) < std::tuple(id_b, time_b, item_b));
    std::string start;
    AppendExpiryStart(id_b, time_b, &start);
    ASSERT_EQ(a >= start, std::tuple(id_a, time_a) >= std::tuple(id_b, time_b));
    ExpiryKeyParts parts;
    ASSERT_TRUE(ParseExpiryKey(a, &parts));
    ASSERT_EQ(parts.time_to_live_id, id_a);
    ASSERT_EQ(parts.expiry_seconds, time_a);
    ASSERT_EQ(parts.item_key_rest, std::string_view(item_a).substr(4));
  }
}

TEST(TimeToLiveCodec, RefusesBytesThatAreNoKey) {
  const std::string key = ExpiryKey(3, 5, ItemKey(7, 9, ""));
  ExpiryKeyParts parts;
  ASSERT_TRUE(ParseExpiryKey(key, &parts));
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE(ParseExpiryKey(std::string_view(key).substr(0, size), &parts)) << size;
  }
  EXPECT_TRUE(ParseExpiryKey(key + "sort key", &parts));
  std::string negative = key;
  negative[4] = '\x80';
  EXPECT_FALSE(ParseExpiryKey(negative, &parts));
  EXPECT_TRUE(ParseExpiryKey(ExpiryKey(3, kMax, ItemKey(7, 9, "")), &parts));
  EXPECT_EQ(parts.expiry_seconds, kMax);
}

}  // namespace
}  // namespace millrace
