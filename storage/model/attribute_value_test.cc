// Type names, look-up and equality of attribute value trees.
#include "storage/model/attribute_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "storage/model/attribute_type.h"

namespace millrace {
namespace {

AttributeValue StringSet(std::vector<std::string> members) {
  AttributeValue value;
  value.type = AttributeType::kStringSet;
  value.byte_set = std::move(members);
  return value;
}

AttributeValue NumberSet(const std::vector<int64_t>& members) {
  AttributeValue value;
  value.type = AttributeType::kNumberSet;
  for (const int64_t member : members) {
    value.number_set.push_back(Number::FromInt64(member));
  }
  return value;
}

AttributeValue Map(std::vector<std::pair<std::string, AttributeValue>> entries) {
  AttributeValue value;
  value.type = AttributeType::kMap;
  value.map = std::move(entries);
  return value;
}

AttributeValue List(std::vector<AttributeValue> elements) {
  AttributeValue value;
  value.type = AttributeType::kList;
  value.list = std::move(elements);
  return value;
}

TEST(AttributeType, NamesGoBothWays) {
  const std::string_view names[] = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
  int value = 1;
  for (const std::string_view name : names) {
    EXPECT_EQ(ParseAttributeTypeName(name), static_cast<AttributeType>(value));
    EXPECT_EQ(AttributeTypeName(static_cast<AttributeType>(value)), name);
    ++value;
  }
  for (const std::string_view name : {"", "s", "X", "SSS", "Bool"}) {
    EXPECT_EQ(ParseAttributeTypeName(name), std::nullopt) << name;
  }
  EXPECT_EQ(AttributeTypeName(static_cast<AttributeType>(11)), "");
}

TEST(AttributeValue, FindsMapEntries) {
  AttributeValue map = Map({{"a", AttributeValue::Bool(true)}, {"", AttributeValue::Null()}});
  ASSERT_NE(map.FindInMap("a"), nullptr);
  EXPECT_TRUE(map.FindInMap("a")->boolean);
  EXPECT_NE(map.FindInMap(""), nullptr);
  EXPECT_EQ(map.FindInMap("b"), nullptr);
  map.FindInMap("a")->boolean = false;
  EXPECT_TRUE(map.map[0].second == AttributeValue::Bool(false));
}

TEST(AttributeValue, ComparesSetsAndMapsWithoutOrder) {
  EXPECT_TRUE(StringSet({"a", "b", "c"}) == StringSet({"c", "a", "b"}));
  EXPECT_FALSE(StringSet({"a", "b"}) == StringSet({"a", "c"}));
  EXPECT_FALSE(StringSet({"a", "b"}) == StringSet({"a"}));
  EXPECT_TRUE(NumberSet({1, 20, -3}) == NumberSet({-3, 1, 20}));
  EXPECT_FALSE(NumberSet({1, 2}) == NumberSet({1, 3}));
  const AttributeValue one = AttributeValue::NumberValue(Number::FromInt64(1));
  const AttributeValue text = AttributeValue::String("1");
  EXPECT_TRUE(Map({{"a", one}, {"b", text}}) == Map({{"b", text}, {"a", one}}));
  EXPECT_FALSE(Map({{"a", one}, {"b", text}}) == Map({{"a", text}, {"b", one}}));
  EXPECT_FALSE(Map({{"a", one}}) == Map({{"b", one}}));
  EXPECT_FALSE(List({one, text}) == List({text, one}));
  EXPECT_TRUE(List({one, text}) == List({one, text}));
}

TEST(AttributeValue, DifferentTypesAreUnequal) {
  AttributeValue binary = AttributeValue::String("a");
  binary.type = AttributeType::kBinary;
  EXPECT_FALSE(AttributeValue::String("a") == binary);
  EXPECT_FALSE(AttributeValue::Null() == AttributeValue::Bool(false));
  EXPECT_FALSE(Map({}) == List({}));
  EXPECT_TRUE(AttributeValue::Null() == AttributeValue::Null());
}

TEST(AttributeValue, ComparesLargeSetsAndMapsQuickly) {
  std::vector<std::string> members;
  std::vector<std::pair<std::string, AttributeValue>> entries;
  for (int index = 0; index < 50000; ++index) {
    members.push_back("member" + std::to_string(index));
    entries.emplace_back(members.back(), AttributeValue::Null());
  }
  std::vector<std::string> reversed(members.rbegin(), members.rend());
  std::vector<std::pair<std::string, AttributeValue>> reversed_entries(entries.rbegin(),
                                                                       entries.rend());
  EXPECT_TRUE(StringSet(members) == StringSet(reversed));
  EXPECT_TRUE(Map(entries) == Map(reversed_entries));
}

}  // namespace
}  // namespace millrace
