// Reading encoded values: look-up, sizes, depth, comparison, and safety on bytes of any kind.
#include "storage/codec/value_view.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/codec/random_value.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

// Keeps the bytes that its view points to.
class Encoded {
 public:
  explicit Encoded(const AttributeValue& tree) : bytes_(EncodeTree(tree)) {}
  explicit Encoded(std::string_view text) : Encoded(ValueFromText(text)) {}
  ValueView view() const { return ValueView::At(bytes_.data(), bytes_.data() + bytes_.size()); }

 private:
  std::string bytes_;
};

bool Equal(std::string_view a, std::string_view b) {
  return ValuesEqual(Encoded(a).view(), Encoded(b).view());
}

// Views a copy of `bytes` that ends where its allocation ends, so that AddressSanitizer sees a read
// behind it.
uint64_t ReadAsItem(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  const std::string_view tight(copy.get(), bytes.size());
  return ReadEverything(ItemView::At(tight)) +
         ReadEverything(ValueView::At(tight.data(), tight.data() + tight.size()));
}

TEST(ValueView, DefaultIsNoValue) {
  EXPECT_FALSE(ValueView().present());
  EXPECT_FALSE(ValueView::At(nullptr, nullptr).present());
  EXPECT_FALSE(ItemView().present());
  EXPECT_FALSE(ItemView::At("").present());
  EXPECT_EQ(ItemView().DynamoSize(), 0u);
  EXPECT_FALSE(ItemView().Find("a").present());
  EXPECT_FALSE(ItemView().Find("").present());
}

TEST(ValueView, AnswersNothingForAnotherType) {
  const Encoded number("N 5");
  EXPECT_FALSE(number.view().AsBool());
  EXPECT_EQ(number.view().AsSet().count(), 0u);
  EXPECT_EQ(number.view().AsList().count(), 0u);
  EXPECT_EQ(number.view().AsMap().count(), 0u);
  const Encoded text("S \"5\"");
  EXPECT_TRUE(text.view().AsNumber().IsZero());
  EXPECT_EQ(Encoded("BOOL true").view().payload(), "");
}

TEST(ValueView, FindsParts) {
  const Encoded map("M {\"a\": N 1, \"ab\": L [S \"x\", BOOL true], \"\": SS [\"p\", \"\"]}");
  const MapView entries = map.view().AsMap();
  EXPECT_EQ(entries.count(), 3u);
  EXPECT_EQ(entries.Find("a").AsNumber(), Number::FromInt64(1));
  EXPECT_FALSE(entries.Find("b").present());
  EXPECT_FALSE(entries.Find("abc").present());
  const ListView list = entries.Find("ab").AsList();
  EXPECT_EQ(list.count(), 2u);
  EXPECT_EQ(list.At(0).payload(), "x");
  EXPECT_TRUE(list.At(1).AsBool());
  EXPECT_FALSE(list.At(2).present());
  const SetView set = entries.Find("").AsSet();
  EXPECT_TRUE(set.Contains("p"));
  EXPECT_TRUE(set.Contains(""));
  EXPECT_FALSE(set.Contains("q"));
}

TEST(ValueView, HasTheSizesDynamoDbCharges) {
  const std::pair<const char*, uint32_t> cases[] = {
      {"S \"abc\"", 3},       {"S \"\"", 0},  {"B <00ff>", 2},           {"N -42", 3},
      {"BOOL false", 1},      {"NULL", 1},    {"SS [\"a\", \"bc\"]", 3}, {"NS [0, 100]", 3},
      {"BS [<01>, <>]", 1},   {"L []", 3},    {"L [NULL, N 5]", 8},      {"M {}", 3},
      {"M {\"ab\": N 5}", 8}, {"L [M {}]", 7}};
  for (const auto& [text, size] : cases) {
    EXPECT_EQ(Encoded(text).view().DynamoSize(), size) << text;
  }
}

TEST(ValueView, CountsLevels) {
  EXPECT_EQ(Encoded("S \"\"").view().Depth(), 1);
  EXPECT_EQ(Encoded("SS [\"a\"]").view().Depth(), 1);
  EXPECT_EQ(Encoded("L []").view().Depth(), 1);
  EXPECT_EQ(Encoded("L [NULL, M {\"a\": L [N 1]}]").view().Depth(), 4);
  AttributeValue deep = AttributeValue::Null();
  for (int level = 0; level < 200; ++level) {
    AttributeValue list;
    list.type = AttributeType::kList;
    list.list.push_back(std::move(deep));
    deep = std::move(list);
  }
  EXPECT_EQ(Encoded(deep).view().Depth(), kReadDepthMax);
}

TEST(ValueView, SurvivesEndlessNesting) {
  std::string bytes;
  ValueWriter writer(&bytes);
  std::vector<size_t> marks;
  for (int level = 0; level < 300000; ++level) {
    marks.push_back(writer.BeginContainer(AttributeType::kList));
  }
  while (!marks.empty()) {
    writer.EndContainer(marks.back(), 1);
    marks.pop_back();
  }
  std::string other = bytes;
  other[other.size() - 1] ^= 1;
  const ValueView value = ValueView::At(bytes.data(), bytes.data() + bytes.size());
  EXPECT_EQ(value.Depth(), kReadDepthMax);
  EXPECT_GT(value.DynamoSize(), 0u);
  EXPECT_FALSE(ValuesEqual(value, ValueView::At(other.data(), other.data() + other.size())));
  EXPECT_EQ(ToTree(value).list.size(), 1u);
}

TEST(ValuesEqual, FollowsDynamoDb) {
  EXPECT_TRUE(Equal("N 1.0", "N 1"));
  EXPECT_FALSE(Equal("N 1", "S \"1\""));
  EXPECT_FALSE(Equal("S \"a\"", "B <61>"));
  EXPECT_TRUE(Equal("SS [\"a\", \"b\", \"cc\"]", "SS [\"cc\", \"b\", \"a\"]"));
  EXPECT_FALSE(Equal("SS [\"a\", \"b\"]", "SS [\"a\", \"c\"]"));
  EXPECT_FALSE(Equal("SS [\"a\"]", "BS [<61>]"));
  EXPECT_TRUE(Equal("NS [1, 2]", "NS [2.0, 1]"));
  EXPECT_FALSE(Equal("L [N 1, N 2]", "L [N 2, N 1]"));
  EXPECT_FALSE(Equal("L [N 1, N 2]", "L [N 1, N 3]"));
  EXPECT_TRUE(Equal("M {\"a\": N 1, \"b\": NULL, \"c\": SS [\"x\", \"y\"]}",
                    "M {\"a\": N 1, \"c\": SS [\"y\", \"x\"], \"b\": NULL}"));
  EXPECT_FALSE(Equal("M {\"a\": N 1, \"b\": N 2}", "M {\"a\": N 2, \"b\": N 1}"));
  EXPECT_FALSE(Equal("M {\"a\": N 1}", "M {\"b\": N 1}"));
  EXPECT_TRUE(Equal("L [M {\"a\": NULL, \"b\": NULL}]", "L [M {\"b\": NULL, \"a\": NULL}]"));
  EXPECT_TRUE(ValuesEqual(ValueView(), ValueView()));
  EXPECT_FALSE(ValuesEqual(ValueView(), Encoded("NULL").view()));
}

TEST(ValuesEqual, AgreesWithTheTrees) {
  SeededRandom random(11);
  int equal = 0;
  for (int round = 0; round < 3000; ++round) {
    const AttributeValue a = RandomValue(&random, 4);
    const AttributeValue b = round % 2 == 0 ? Shuffled(a, &random) : RandomValue(&random, 2);
    ASSERT_EQ(ValuesEqual(Encoded(a).view(), Encoded(b).view()), a == b);
    equal += a == b ? 1 : 0;
    if (round % 2 == 0) {
      ASSERT_TRUE(a == b);
    }
  }
  EXPECT_LT(equal, 2990);
}

TEST(ValuesEqual, IsQuickOnLargeContainers) {
  AttributeValue map;
  map.type = AttributeType::kMap;
  AttributeValue set;
  set.type = AttributeType::kStringSet;
  for (int index = 0; index < 40000; ++index) {
    map.map.emplace_back("name" + std::to_string(index), AttributeValue::Null());
    set.byte_set.push_back("member" + std::to_string(index));
  }
  SeededRandom random(12);
  AttributeValue other = Shuffled(set, &random);
  other.byte_set[7] = "another";
  EXPECT_FALSE(ValuesEqual(Encoded(set).view(), Encoded(other).view()));
  EXPECT_TRUE(ValuesEqual(Encoded(map).view(), Encoded(Shuffled(map, &random)).view()));
  EXPECT_TRUE(ValuesEqual(Encoded(set).view(), Encoded(Shuffled(set, &random)).view()));
}

TEST(CompareScalars, OrdersWithinAType) {
  const std::pair<const char*, const char*> ordered[] = {
      {"S \"\"", "S \"a\""}, {"S \"a\"", "S \"ab\""}, {"S \"z\"", "S \"\xC3\xA9\""},
      {"B <7f>", "B <80>"},  {"B <00>", "B <0000>"},  {"N -2", "N -1"},
      {"N 9", "N 10"},       {"N -1e-130", "N 0"},    {"N 1.05", "N 1.5"}};
  for (const auto& [less, more] : ordered) {
    EXPECT_LT(CompareScalars(Encoded(less).view(), Encoded(more).view()), 0) << less;
    EXPECT_GT(CompareScalars(Encoded(more).view(), Encoded(less).view()), 0) << less;
    EXPECT_EQ(CompareScalars(Encoded(less).view(), Encoded(less).view()), 0) << less;
  }
}

TEST(Views, NeverReadOutside) {
  SeededRandom random(13);
  uint64_t sum = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string item = RandomItem(&random);
    for (size_t size = 0; size <= item.size(); size += 1 + random.Next64() % 7) {
      sum += ReadAsItem(std::string_view(item).substr(0, size));
      sum += ReadAsItem(std::string_view(item).substr(item.size() - size));
    }
    for (int mutation = 0; mutation < 20; ++mutation) {
      std::string changed = item;
      for (uint64_t count = 1 + random.Next64() % 3; count > 0; --count) {
        changed[random.Next64() % changed.size()] = static_cast<char>(random.Next64());
      }
      sum += ReadAsItem(changed);
    }
  }
  EXPECT_NE(sum, 0u);
}

}  // namespace
}  // namespace millrace
