// Writing values and items, and the round trip through bytes and trees.
#include "storage/codec/value_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/codec/random_value.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_text.h"

namespace millrace {
namespace {

ValueView ViewOf(const std::string& bytes) {
  return ValueView::At(bytes.data(), bytes.data() + bytes.size());
}

TEST(ValueWriter, RoundTripsRandomTrees) {
  SeededRandom random(21);
  for (int round = 0; round < 3000; ++round) {
    const AttributeValue tree = RandomValue(&random, 5);
    const std::string bytes = EncodeTree(tree);
    const ValueView value = ViewOf(bytes);
    ASSERT_TRUE(value.present());
    ASSERT_EQ(value.encoded(), bytes);
    ASSERT_TRUE(ToTree(value) == tree);
    ASSERT_EQ(EncodeTree(ToTree(value)), bytes);
    ASSERT_EQ(value.DynamoSize(), TreeDynamoSize(tree));
    ASSERT_TRUE(ValidateValue(bytes).ok()) << ValidateValue(bytes).ToString();
  }
}

TEST(ValueWriter, WritesEachKindLikeTheTree) {
  std::string bytes;
  ValueWriter writer(&bytes);
  const size_t map = writer.BeginContainer(AttributeType::kMap);
  writer.Name("s");
  writer.String("text");
  writer.Name("b");
  writer.Binary(std::string_view("\0\xFF", 2));
  writer.Name("n");
  writer.NumberValue(Number::FromInt64(-17));
  std::string sortable;
  Number::FromInt64(42).AppendSortable(&sortable);
  writer.Name("m");
  writer.SortableNumber(sortable);
  writer.Name("ns");
  const size_t set = writer.BeginContainer(AttributeType::kNumberSet);
  writer.SetMember(sortable);
  writer.EndContainer(set, 1);
  writer.Name("l");
  const size_t list = writer.BeginContainer(AttributeType::kList);
  writer.Bool(true);
  writer.Null();
  writer.EndContainer(list, 2);
  writer.EndContainer(map, 6);
  EXPECT_EQ(bytes, EncodeTree(ValueFromText("M {\"s\": S \"text\", \"b\": B <00ff>, \"n\": N -17, "
                                            "\"m\": N 42, \"ns\": NS [42], "
                                            "\"l\": L [BOOL true, NULL]}")));
  std::string copy;
  ValueWriter(&copy).Copy(ViewOf(bytes));
  EXPECT_EQ(copy, bytes);
}

TEST(ItemBuilder, AppendsBehindWhatIsThere) {
  std::string bytes = "before";
  ItemBuilder builder(&bytes);
  builder.Attribute("pk").String("a");
  builder.Attribute("n").NumberValue(Number::FromInt64(42));
  const ItemView item = builder.Finish();
  EXPECT_EQ(bytes.substr(0, 6), "before");
  EXPECT_EQ(item.encoded(), std::string_view(bytes).substr(6));
  EXPECT_EQ(item.DynamoSize(), 6u);
  EXPECT_EQ(item.attributes().count(), 2u);
  EXPECT_EQ(item.Find("pk").payload(), "a");
}

TEST(ItemBuilder, CopiesAttributesOfAnotherItem) {
  SeededRandom random(22);
  for (int round = 0; round < 300; ++round) {
    const std::string original = RandomItem(&random);
    std::string by_attribute;
    ItemBuilder attributes(&by_attribute);
    std::string by_value;
    ItemBuilder values(&by_value);
    for (const NamedValue& attribute : ItemView::At(original).attributes()) {
      attributes.CopyAttribute(attribute);
      values.CopyValue(attribute.name, attribute.value);
    }
    EXPECT_EQ(attributes.Finish().encoded(), original);
    EXPECT_EQ(values.Finish().encoded(), original);
    EXPECT_TRUE(ItemsEqual(ItemView::At(by_value), ItemView::At(original)));
  }
}

TEST(ItemBuilder, StaysLinearForTheLargestItems) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  ValueWriter& writer = builder.Attribute("l");
  const size_t mark = writer.BeginContainer(AttributeType::kList);
  for (int index = 0; index < 100000; ++index) {
    writer.Null();
  }
  writer.EndContainer(mark, 100000);
  const ItemView item = builder.Finish();
  EXPECT_EQ(item.DynamoSize(), 1u + 3 + 200000);
  EXPECT_TRUE(ValidateItem(bytes).ok());
  EXPECT_EQ(item.Find("l").AsList().count(), 100000u);
  EXPECT_TRUE(item.Find("l").AsList().At(99999).present());
}

TEST(ItemsEqual, IgnoresTheOrderOfAttributes) {
  const auto build = [](const std::vector<std::string>& names) {
    std::string bytes;
    ItemBuilder builder(&bytes);
    for (const std::string& name : names) {
      builder.Attribute(name).String("value of " + name);
    }
    builder.Finish();
    return bytes;
  };
  const std::string abc = build({"a", "b", "c"});
  const std::string acb = build({"a", "c", "b"});
  const std::string abd = build({"a", "b", "d"});
  EXPECT_TRUE(ItemsEqual(ItemView::At(abc), ItemView::At(acb)));
  EXPECT_FALSE(ItemsEqual(ItemView::At(abc), ItemView::At(abd)));
  EXPECT_FALSE(ItemsEqual(ItemView::At(abc), ItemView()));
  EXPECT_TRUE(ItemsEqual(ItemView(), ItemView()));
}

}  // namespace
}  // namespace millrace
