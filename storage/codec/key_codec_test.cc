// Keys of items: their order, their segments, and whether an item belongs where it lies.
#include "storage/codec/key_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/codec/random_value.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

ValueView ViewOf(const std::string& bytes) {
  return ValueView::At(bytes.data(), bytes.data() + bytes.size());
}

std::string Encoded(std::string_view text) { return EncodeTree(ValueFromText(text)); }

std::string ItemKey(const std::string& partition, const std::string& sort) {
  std::string key;
  AppendItemKey(7, 99, ViewOf(partition), sort.empty() ? ValueView() : ViewOf(sort), &key);
  return key;
}

std::string KeyWithHash(uint64_t high) {
  std::string key;
  AppendPartitionPrefix(7, Hash128{high, 5}, &key);
  return key;
}

std::string SegmentStart(int64_t segment, int64_t total) {
  std::string start;
  AppendSegmentStart(7, segment, total, &start);
  return start;
}

TEST(ItemKey, SortsLikeTheSortKeys) {
  SeededRandom random(41);
  const std::string partition = Encoded("S \"p\"");
  for (const AttributeType type :
       {AttributeType::kString, AttributeType::kNumber, AttributeType::kBinary}) {
    std::vector<std::string> values;
    while (values.size() < 150) {
      const AttributeValue value = RandomValue(&random, 1);
      if (value.type == type) {
        values.push_back(EncodeTree(value));
      }
    }
    for (const std::string& a : values) {
      for (const std::string& b : values) {
        const int expected = CompareScalars(ViewOf(a), ViewOf(b));
        const int order = ItemKey(partition, a).compare(ItemKey(partition, b));
        ASSERT_EQ(order < 0, expected < 0);
        ASSERT_EQ(order == 0, expected == 0);
      }
    }
  }
}

TEST(ItemKey, SeparatesTypesTablesAndPartitions) {
  // The same payload as text and as bytes are two partitions.
  EXPECT_NE(ItemKey(Encoded("S \"a\""), ""), ItemKey(Encoded("B <61>"), ""));
  EXPECT_NE(ItemKey(Encoded("S \"a\""), ""), ItemKey(Encoded("S \"b\""), ""));
  EXPECT_EQ(ItemKey(Encoded("N 1.0"), ""), ItemKey(Encoded("N 1"), ""));
  EXPECT_EQ(ItemKey(Encoded("S \"a\""), "").size(), kItemKeyPrefixSize);
  std::string begin;
  AppendTablePrefix(7, &begin);
  std::string end;
  AppendTablePrefix(8, &end);
  const std::string key = ItemKey(Encoded("S \"a\""), Encoded("S \"b\""));
  EXPECT_LT(begin, key);
  EXPECT_LT(key, end);
}

TEST(ItemKey, HashesPartitionKeysOfEveryLength) {
  const auto hash = [](size_t size) {
    return PartitionHash(1, ViewOf(EncodeTree(AttributeValue::String(std::string(size, 'x')))));
  };
  for (const size_t size : {size_t{0}, size_t{1}, limits::kPartitionKeySizeMax - 1,
                            limits::kPartitionKeySizeMax, limits::kPartitionKeySizeMax + 1}) {
    EXPECT_EQ(hash(size), KeyedHash128(1, "\x01" + std::string(size, 'x'))) << size;
  }
}

TEST(ItemKey, IsTakenApart) {
  const std::string key = ItemKey(Encoded("S \"a\""), Encoded("S \"sort\""));
  ItemKeyParts parts;
  ASSERT_TRUE(ParseItemKey(key, &parts));
  EXPECT_EQ(parts.table_id, 7u);
  EXPECT_EQ(parts.hash, PartitionHash(99, ViewOf(Encoded("S \"a\""))));
  EXPECT_EQ(parts.sort_key, "sort");
  EXPECT_FALSE(ParseItemKey(key.substr(0, kItemKeyPrefixSize - 1), &parts));
}

TEST(ItemKey, IsComparedWithTheItem) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  builder.Attribute("p").String("a");
  builder.Attribute("s").NumberValue(Number::FromInt64(5));
  const ItemView item = builder.Finish();
  KeySchema schema;
  schema.partition = {{"p", AttributeType::kString}};
  const std::string a = Encoded("S \"a\"");
  const std::string b = Encoded("S \"b\"");
  const std::string five = Encoded("N 5");
  const std::string six = Encoded("N 6");
  EXPECT_TRUE(ItemHasKey(item, schema, ViewOf(a), ValueView()));
  EXPECT_FALSE(ItemHasKey(item, schema, ViewOf(b), ValueView()));
  EXPECT_TRUE(ItemBelongsAtKey(item, schema, 99, ItemKey(a, "")));
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 99, ItemKey(b, "")));
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 99, ItemKey(a, five)));
  schema.sort = {{"s", AttributeType::kNumber}};
  EXPECT_TRUE(ItemHasKey(item, schema, ViewOf(a), ViewOf(five)));
  EXPECT_FALSE(ItemHasKey(item, schema, ViewOf(a), ViewOf(six)));
  EXPECT_FALSE(ItemHasKey(item, schema, ViewOf(a), ValueView()));
  EXPECT_FALSE(ItemHasKey(ItemView(), schema, ViewOf(a), ViewOf(five)));
  EXPECT_TRUE(ItemBelongsAtKey(item, schema, 99, ItemKey(a, five)));
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 98, ItemKey(a, five)));
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 99, ItemKey(a, six)));
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 99, ""));
  schema.sort = {{"s", AttributeType::kString}};
  EXPECT_FALSE(ItemBelongsAtKey(item, schema, 99, ItemKey(a, five)));
}

TEST(Segments, CoverTheHashSpaceWithoutGapOrOverlap) {
  SeededRandom random(42);
  std::vector<int64_t> totals = {1, 2, 3, 5, 7, 64, 1000, 999983, limits::kScanSegmentsMax};
  for (int count = 0; count < 50; ++count) {
    totals.push_back(1 + static_cast<int64_t>(random.Next64() % limits::kScanSegmentsMax));
  }
  for (const int64_t total : totals) {
    EXPECT_EQ(SegmentStart(0, total), KeyWithHash(0).substr(0, 12));
    EXPECT_EQ(SegmentStart(total, total), std::string("\0\0\0\x08", 4));
    EXPECT_EQ(SegmentOf(KeyWithHash(0), total), 0);
    EXPECT_EQ(SegmentOf(KeyWithHash(~uint64_t{0}), total), total - 1);
    for (int round = 0; round < 200; ++round) {
      const int64_t segment = static_cast<int64_t>(random.Next64() % total);
      const std::string start = SegmentStart(segment, total);
      ASSERT_LT(start, SegmentStart(segment + 1, total));
      // The first hash of a segment belongs to it, the one before to the segment before.
      const uint64_t first = LoadBigEndian64(start.data() + 4);
      ASSERT_EQ(SegmentOf(KeyWithHash(first), total), segment);
      if (first != 0) {
        ASSERT_EQ(SegmentOf(KeyWithHash(first - 1), total), segment - 1);
      }
      // Any hash lies between the borders of its segment.
      const std::string key = KeyWithHash(random.Next64());
      const int64_t own = SegmentOf(key, total);
      ASSERT_LE(SegmentStart(own, total), key);
      ASSERT_LT(key, SegmentStart(own + 1, total));
    }
  }
}

}  // namespace
}  // namespace millrace
