// The JSON of values: every type, what is not there, and damaged or too deep bytes. That requests
// come back as they were sent is tested with their parser in api/wire.
#include "storage/codec/value_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/random.h"
#include "storage/codec/random_value.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

std::string JsonOf(const std::string& bytes) {
  std::string json;
  AppendValueJson(ValueView::At(bytes.data(), bytes.data() + bytes.size()), &json);
  return json;
}

// A list of lists, `depth` levels deep.
std::string NestedLists(int depth) {
  std::string bytes;
  ValueWriter writer(&bytes);
  std::vector<size_t> marks;
  for (int level = 1; level < depth; ++level) {
    marks.push_back(writer.BeginContainer(AttributeType::kList));
  }
  writer.Bool(true);
  for (; !marks.empty(); marks.pop_back()) {
    writer.EndContainer(marks.back(), 1);
  }
  return bytes;
}

TEST(ValueJson, AttributesOfAnItem) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  builder.Attribute("s").String("a\"b\n");
  builder.Attribute("n").NumberValue(Number::FromInt64(-12));
  builder.Attribute("b").Binary("\x01\xff");
  ValueWriter& writer = builder.Attribute("set");
  const size_t set = writer.BeginContainer(AttributeType::kStringSet);
  writer.SetMember("x");
  writer.SetMember("");
  writer.EndContainer(set, 2);
  const ItemView item = builder.Finish();
  std::string json = "in front";
  AppendAttributesJson(item.attributes(), &json);
  EXPECT_EQ(json, R"(in front{"s":{"S":"a\"b\n"},"n":{"N":"-12"},"b":{"B":"Af8="},)"
                  R"("set":{"SS":["x",""]}})");
}

// The same by the writers of single values.
std::string JsonByParts(const ItemView& item) {
  std::string json = "{";
  for (const NamedValue& attribute : item.attributes()) {
    if (json.size() > 1) {
      json += ',';
    }
    json::AppendQuoted(&json, attribute.name);
    json += ':';
    AppendValueJson(attribute.value, &json);
  }
  return json + "}";
}

// What is written in one go says the same as what is written part by part: texts of all sizes, with
// something to escape at any place of them, and all that random items have.
TEST(ValueJson, AttributesAreTheirNamesAndValues) {
  SeededRandom random(6);
  const auto text = [&random](size_t size, bool plain) {
    std::string letters(size, 'x');
    if (!plain && size > 0) {
      letters[random.Next64() % size] = "\"\\\n\x1f"[random.Next64() % 4];
    }
    return letters;
  };
  for (size_t size = 0; size < 40; ++size) {
    for (int round = 0; round < 40; ++round) {
      std::string bytes;
      ItemBuilder builder(&bytes);
      builder.Attribute(text(1 + round % 20, round % 3 != 0)).String(text(size, round % 2 == 0));
      builder.Attribute("flag").Bool(round % 2 == 0);
      builder.Attribute("count").NumberValue(Number::FromInt64(int64_t{1} << (size + 1)));
      builder.Finish();
      // Without a byte behind it that may be read.
      const std::vector<char> exact(bytes.begin(), bytes.end());
      const ItemView item = ItemView::At({exact.data(), exact.size()});
      std::string json;
      AppendAttributesJson(item.attributes(), &json);
      EXPECT_EQ(json, JsonByParts(item));
    }
  }
  for (int round = 0; round < 300; ++round) {
    const std::string bytes = RandomItem(&random);
    std::string json;
    AppendAttributesJson(ItemView::At(bytes).attributes(), &json);
    EXPECT_EQ(json, JsonByParts(ItemView::At(bytes)));
  }
}

TEST(ValueJson, NothingIsNull) {
  std::string json;
  AppendValueJson(ValueView(), &json);
  AppendAttributesJson(MapView(), &json);
  EXPECT_EQ(json, R"({"NULL":true}{})");
}

TEST(ValueJson, TooDeepValuesEnd) {
  const std::string allowed = JsonOf(NestedLists(limits::kNestingDepthMax));
  EXPECT_NE(allowed.find("BOOL"), std::string::npos);
  const std::string deeper = JsonOf(NestedLists(limits::kNestingDepthMax + 1));
  EXPECT_EQ(deeper.find("BOOL"), std::string::npos);
  EXPECT_NE(deeper.find("NULL"), std::string::npos);
}

// Whatever the bytes are, the text can be parsed.
TEST(ValueJson, DamagedItemsStillGiveJson) {
  SeededRandom random(5);
  for (int round = 0; round < 500; ++round) {
    std::string item = RandomItem(&random);
    item[random.Next64() % item.size()] ^= static_cast<char>(1 << random.Next64() % 7);
    std::string text;
    AppendAttributesJson(ItemView::At(item).attributes(), &text);
    json::Document document;
    // Flipped bits may break UTF-8, which is passed through.
    for (char& byte : text) {
      byte = (byte & 0x80) != 0 ? '?' : byte;
    }
    EXPECT_TRUE(document.Parse({text.data(), text.size()}).ok()) << text;
  }
}

}  // namespace
}  // namespace millrace
