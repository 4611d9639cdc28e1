// Index entries: order of keys, sparse items, projections.
#include "storage/codec/index_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

constexpr uint64_t kSeed = 7;

std::string String(std::string_view text) {
  std::string bytes;
  ValueWriter(&bytes).String(text);
  return bytes;
}

std::string Number64(int64_t number) {
  std::string bytes;
  ValueWriter(&bytes).NumberValue(Number::FromInt64(number));
  return bytes;
}

ValueView View(const std::string& bytes) {
  return ValueView::At(bytes.data(), bytes.data() + bytes.size());
}

std::string SortParts(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    AppendIndexSortPart(View(value), &out);
  }
  return out;
}

TEST(IndexCodec, SeveralSortAttributesCompareOneAfterTheOther) {
  const std::vector<std::string> texts = {"a",
                                          std::string("a\0", 2),
                                          std::string("a\0\0", 3),
                                          std::string("a\0b", 3),
                                          "a\x01",
                                          "ab",
                                          "b",
                                          "\xf0\x90"};
  const std::vector<int64_t> numbers = {-100, -99, -1, 0, 1, 2, 10, 100, 101};
  std::vector<std::string> keys;
  for (const std::string& text : texts) {
    for (const int64_t number : numbers) {
      for (const std::string& last : texts) {
        keys.push_back(SortParts({String(text), Number64(number), String(last)}));
      }
    }
  }
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(IndexCodec, APrefixIsTheBeginningOfWhatStartsWithItOnly) {
  const std::string prefix("a\0", 2);
  std::string begin;
  AppendIndexSortPrefix(prefix, &begin);
  for (const std::string& text : {std::string("a"), std::string("a\0", 2), std::string("a\0\0z", 4),
                                  std::string("a\x01"), std::string("ab"), std::string("a\xff")}) {
    EXPECT_EQ(SortParts({String(text)}).starts_with(begin), text.starts_with(prefix)) << text;
  }
}

TEST(IndexCodec, PartitionsDifferByWhereTheirValuesEnd) {
  const std::string ab = String("ab");
  const std::string a = String("a");
  const std::string bc = String("bc");
  const std::string c = String("c");
  const ValueView one[] = {View(ab), View(c)};
  const ValueView other[] = {View(a), View(bc)};
  std::string one_prefix;
  std::string other_prefix;
  AppendIndexPartitionPrefix(1, kSeed, one, &one_prefix);
  AppendIndexPartitionPrefix(1, kSeed, other, &other_prefix);
  EXPECT_NE(one_prefix, other_prefix);
  EXPECT_EQ(one_prefix.size(), 20u);
}

TEST(IndexCodec, ItemsWithoutTheWholeKeyHaveNoEntry) {
  const KeySchema schema = {{{"a", AttributeType::kString}, {"b", AttributeType::kNumber}},
                            {{"c", AttributeType::kString}}};
  const auto has_key = [&](const std::function<void(ItemBuilder*)>& build) {
    std::string bytes;
    ItemBuilder builder(&bytes);
    build(&builder);
    IndexKeyValues values;
    return FindIndexKey(builder.Finish(), schema, &values);
  };
  const auto with = [&](std::string_view a, bool number, std::string_view c) {
    return has_key([&](ItemBuilder* builder) {
      builder->Attribute("a").String(a);
      if (number) {
        builder->Attribute("b").NumberValue(Number::FromInt64(1));
      } else {
        builder->Attribute("b").String("1");
      }
      builder->Attribute("c").String(c);
    });
  };
  EXPECT_TRUE(with("x", true, "y"));
  EXPECT_FALSE(with("", true, "y"));
  EXPECT_FALSE(with("x", false, "y"));
  EXPECT_FALSE(with("x", true, ""));
  EXPECT_TRUE(with(std::string(2048, 'x'), true, std::string(1024, 'y')));
  EXPECT_FALSE(with(std::string(2049, 'x'), true, "y"));
  EXPECT_FALSE(with("x", true, std::string(1025, 'y')));
  EXPECT_FALSE(has_key([](ItemBuilder* builder) { builder->Attribute("a").String("x"); }));
}

TEST(IndexCodec, ProjectionsCopyKeysAndWhatIsIncluded) {
  const KeySchema table = {{{"p", AttributeType::kString}}, {}};
  IndexDescriptor index;
  index.key_schema = {{{"g", AttributeType::kString}}, {}};
  index.projection = ProjectionType::kInclude;
  index.non_key_attributes = {"i", "absent"};
  const IndexProjection projection(table, index);
  std::string bytes;
  ItemBuilder builder(&bytes);
  for (const char* name : {"x", "i", "g", "p"}) {
    builder.Attribute(name).String("v");
  }
  const ItemView item = builder.Finish();
  std::string entry_bytes;
  const ItemView entry = projection.Project(item, &entry_bytes);
  EXPECT_EQ(entry.attributes().count(), 3u);
  EXPECT_FALSE(entry.Find("x").present());
  EXPECT_TRUE(entry.Find("i").present());
  EXPECT_EQ(entry.DynamoSize(), 6u);
  EXPECT_FALSE(projection.all());
  EXPECT_TRUE(projection.Has("p"));
  EXPECT_FALSE(projection.Has("x"));
}

}  // namespace
}  // namespace millrace
