// Attribute values: each message, the order of checks, duplicates, depth, and the way there and
// back.
#include "api/wire/attribute_json.h"

#include <gtest/gtest.h>

#include "api/wire/parsed_json.h"
#include "api/wire/shape.h"
#include "storage/codec/validate.h"

namespace millrace::api {
namespace {

using Kind = ValueProblem::Kind;

// Parses one value; its message, or its JSON when it is valid.
std::string Parse(std::string_view text, Kind* kind = nullptr) {
  const ParsedJson parsed(text);
  EXPECT_TRUE(parsed.valid()) << text;
  EXPECT_TRUE(CheckShape(kAttributeValueShape, parsed.root()).ok()) << text;
  std::string bytes;
  ValueWriter writer(&bytes);
  ValueProblem problem;
  const bool ok = ParseAttributeValue(parsed.root(), 1, &writer, &problem);
  if (kind != nullptr) {
    *kind = problem.kind;
  }
  if (!ok) {
    EXPECT_NE(problem.kind, Kind::kNone);
    return problem.message;
  }
  EXPECT_TRUE(ValidateValue(bytes).ok()) << text;
  std::string json;
  json::Writer json_writer(&json);
  WriteAttributeValue(ValueView::At(bytes.data(), bytes.data() + bytes.size()), &json_writer);
  return json;
}

void ExpectUnchanged(std::string_view text) { EXPECT_EQ(Parse(text), text); }

const std::string kInvalid = "One or more parameter values were invalid: ";
constexpr std::string_view kEmpty =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr std::string_view kMultiple =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";

TEST(AttributeJsonTest, EveryTypeComesBack) {
  ExpectUnchanged(R"({"S":""})");
  ExpectUnchanged(R"({"S":"a\"b\\c\u0000\u001f"})");
  ExpectUnchanged(R"({"N":"-12.5"})");
  ExpectUnchanged(R"({"B":""})");
  ExpectUnchanged(R"({"B":"AAEC/w=="})");
  ExpectUnchanged(R"({"BOOL":true})");
  ExpectUnchanged(R"({"BOOL":false})");
  ExpectUnchanged(R"({"NULL":true})");
  ExpectUnchanged(R"({"SS":["b","","a"]})");
  ExpectUnchanged(R"({"NS":["3","-1","2.5"]})");
  ExpectUnchanged(R"({"BS":["YQ==","","Yg=="]})");
  ExpectUnchanged(R"({"L":[]})");
  ExpectUnchanged(R"({"L":[{"S":"a"},{"N":"1"},{"L":[{"NULL":true}]}]})");
  ExpectUnchanged(R"({"M":{}})");
  ExpectUnchanged(R"({"M":{"":{"S":"a"},"b":{"M":{"c":{"SS":["d"]}}}}})");
}

TEST(AttributeJsonTest, NumbersBecomeCanonical) {
  EXPECT_EQ(Parse(R"({"N":"+0042.10"})"), R"({"N":"42.1"})");
  EXPECT_EQ(Parse(R"({"N":"-0e5"})"), R"({"N":"0"})");
  EXPECT_EQ(Parse(R"({"NS":["1e3",".5"]})"), R"({"NS":["1000","0.5"]})");
}

TEST(AttributeJsonTest, LenientBooleans) {
  EXPECT_EQ(Parse(R"({"BOOL":"Yes"})"), R"({"BOOL":true})");
  EXPECT_EQ(Parse(R"({"BOOL":"0"})"), R"({"BOOL":false})");
  EXPECT_EQ(Parse(R"({"NULL":"true"})"), R"({"NULL":true})");
}

TEST(AttributeJsonTest, NumberMessages) {
  Kind kind = Kind::kNone;
  EXPECT_EQ(Parse(R"({"N":""})", &kind), "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(kind, Kind::kNumber);
  EXPECT_EQ(Parse(R"({"N":"b"})"), "The parameter cannot be converted to a numeric value: b");
  EXPECT_EQ(Parse(R"({"N":"NaN"})"), "The parameter cannot be converted to a numeric value: NaN");
  EXPECT_EQ(Parse(R"({"N":"1e126"})"),
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range");
  EXPECT_EQ(Parse(R"({"N":"1e-131"})"),
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range");
  EXPECT_EQ(Parse(R"({"N":"123456789012345678901234567890123456789"})"),
            "Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(Parse(R"({"NS":["1","x"]})"),
            "The parameter cannot be converted to a numeric value: x");
}

TEST(AttributeJsonTest, SetAndNullMessages) {
  Kind kind = Kind::kNone;
  EXPECT_EQ(Parse(R"({"NULL":false})", &kind),
            kInvalid + "Null attribute value types must have the value of true");
  EXPECT_EQ(kind, Kind::kNullNotTrue);
  EXPECT_EQ(Parse(R"({"SS":[]})", &kind), kInvalid + "An string set  may not be empty");
  EXPECT_EQ(kind, Kind::kEmptyStringSet);
  EXPECT_EQ(Parse(R"({"NS":[]})", &kind), kInvalid + "An number set  may not be empty");
  EXPECT_EQ(kind, Kind::kEmptyNumberSet);
  EXPECT_EQ(Parse(R"({"BS":[]})", &kind), kInvalid + "Binary sets should not be empty");
  EXPECT_EQ(kind, Kind::kEmptyBinarySet);
  EXPECT_EQ(Parse(R"({"SS":["a","b","a"]})", &kind),
            kInvalid + "Input collection [a, b, a] contains duplicates.");
  EXPECT_EQ(kind, Kind::kDuplicates);
  EXPECT_EQ(Parse(R"({"NS":["1","1.0"]})"), "Input collection contains duplicates");
  EXPECT_EQ(Parse(R"({"BS":["Yg==","Yg=="]})"),
            kInvalid + "Input collection [Yg==, Yg==]of type BS contains duplicates.");
  EXPECT_EQ(Parse(R"({"SS":["a",null]})"), kEmpty);
}

TEST(AttributeJsonTest, EmptyAndMultipleTypes) {
  Kind kind = Kind::kNone;
  for (const std::string_view text : {R"({})", R"({"X":"1"})", R"({"S":null})", R"({"s":"a"})"}) {
    EXPECT_EQ(Parse(text, &kind), kEmpty) << text;
    EXPECT_EQ(kind, Kind::kEmptyValue);
  }
  EXPECT_EQ(Parse(R"({"L":[{"S":"a"},{}]})"), kEmpty);
  EXPECT_EQ(Parse(R"({"M":{"a":null}})"), kEmpty);
  EXPECT_EQ(Parse(R"({"S":"a","N":"1"})", &kind), kMultiple);
  EXPECT_EQ(kind, Kind::kMultipleTypes);
  EXPECT_EQ(Parse(R"({"X":{},"S":"a","N":null})"), R"({"S":"a"})");
  EXPECT_EQ(Parse(R"({"S":"a","S":"b"})"), R"({"S":"b"})");
}

// Each object breaks two rules; the one that stands first in the data model is reported.
TEST(AttributeJsonTest, ChecksOfOneObjectComeBeforeTheirNumber) {
  EXPECT_EQ(Parse(R"({"S":"y","N":"x"})"),
            "The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(Parse(R"({"NULL":false,"N":"x"})"),
            "The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(Parse(R"({"SS":[],"NULL":false})"),
            kInvalid + "Null attribute value types must have the value of true");
  EXPECT_EQ(Parse(R"({"NS":[],"SS":[]})"), kInvalid + "An string set  may not be empty");
  EXPECT_EQ(Parse(R"({"BS":[],"NS":[]})"), kInvalid + "An number set  may not be empty");
  EXPECT_EQ(Parse(R"({"NS":["x"],"BS":[]})"), kInvalid + "Binary sets should not be empty");
  EXPECT_EQ(Parse(R"({"SS":["a","a"],"NS":["x"]})"),
            "The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(Parse(R"({"NS":["1","1"],"SS":["a","a"]})"),
            kInvalid + "Input collection [a, a] contains duplicates.");
  EXPECT_EQ(Parse(R"({"BS":["YQ==","YQ=="],"NS":["1","1"]})"),
            "Input collection contains duplicates");
  EXPECT_EQ(Parse(R"({"L":[{"N":"x"}],"BS":["YQ==","YQ=="]})"),
            kInvalid + "Input collection [YQ==, YQ==]of type BS contains duplicates.");
  EXPECT_EQ(Parse(R"({"L":[{"N":"x"}],"S":"a"})"),
            "The parameter cannot be converted to a numeric value: x");
}

std::string StringSet(int count, int last) {
  std::string text = R"({"SS":[)";
  for (int index = 0; index < count; ++index) {
    text += "\"m" + std::to_string(index) + "\",";
  }
  return text + "\"m" + std::to_string(last) + "\"]}";
}

TEST(AttributeJsonTest, DuplicatesInSetsOfAllSizes) {
  for (const int count : {1, 2, 15, 16, 17, 1000, 20000}) {
    Kind kind = Kind::kNone;
    Parse(StringSet(count, count), &kind);
    EXPECT_EQ(kind, Kind::kNone) << count;
    Parse(StringSet(count, 0), &kind);
    EXPECT_EQ(kind, Kind::kDuplicates) << count;
    Parse(StringSet(count, count - 1), &kind);
    EXPECT_EQ(kind, Kind::kDuplicates) << count;
  }
}

std::string Nested(int levels, bool lists) {
  std::string text = R"({"S":"x"})";
  for (int level = 1; level < levels; ++level) {
    text = lists ? R"({"L":[)" + text + "]}" : R"({"M":{"a":)" + text + "}}";
  }
  return text;
}

TEST(AttributeJsonTest, ThirtyTwoLevels) {
  for (const bool lists : {true, false}) {
    ExpectUnchanged(Nested(32, lists));
    Kind kind = Kind::kNone;
    EXPECT_EQ(Parse(Nested(33, lists), &kind),
              "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
              "levels beyond supported limit");
    EXPECT_EQ(kind, Kind::kNesting);
  }
}

// Parses an item; its message, or its JSON.
std::string ParseItem(std::string_view text, bool* enveloped = nullptr) {
  const ParsedJson parsed(text);
  EXPECT_TRUE(parsed.valid());
  std::string bytes = "in front";
  ItemView item;
  const ApiStatus status = ParseAttributeMap(parsed.root(), &bytes, &item);
  if (!status.ok()) {
    if (enveloped != nullptr) {
      *enveloped = status.error().enveloped_on_writes;
    }
    return status.error().message;
  }
  EXPECT_TRUE(ValidateItem(item.encoded()).ok());
  std::string json;
  json::Writer writer(&json);
  WriteAttributes(item.attributes(), &writer);
  return json;
}

TEST(AttributeJsonTest, Items) {
  EXPECT_EQ(ParseItem("{}"), "{}");
  EXPECT_EQ(ParseItem(R"({"a":{"S":"1"},"b":{"N":"2"}})"), R"({"a":{"S":"1"},"b":{"N":"2"}})");
  EXPECT_EQ(ParseItem(R"({"":{"S":"1"}})"), kInvalid + "Empty attribute name");
  const std::string name(65535, 'n');
  EXPECT_EQ(ParseItem("{\"" + name + R"(":{"S":"1"}})"), "{\"" + name + R"(":{"S":"1"}})");
  EXPECT_EQ(ParseItem("{\"" + name + R"(n":{"S":"1"}})"),
            kInvalid + "Attribute name is too large, must be less than 65536 bytes");
  EXPECT_EQ(ParseItem(R"({"a":{"M":{")" + name + R"(n":{"S":"1"}}}})"),
            kInvalid + "Attribute name is too large, must be less than 65536 bytes");
}

TEST(AttributeJsonTest, LaterDuplicateNamesWin) {
  EXPECT_EQ(ParseItem(R"({"a":{"S":"1"},"b":{"S":"2"},"a":{"S":"3"},"a":{"S":"4"}})"),
            R"({"b":{"S":"2"},"a":{"S":"4"}})");
  EXPECT_EQ(ParseItem(R"({"a":{"M":{"x":{"N":"bad"},"x":{"N":"1"}}}})"),
            R"({"a":{"M":{"x":{"N":"1"}}}})");
  std::string text = "{";
  for (int index = 0; index < 100; ++index) {
    text += "\"n" + std::to_string(index % 50) + R"(":{"N":")" + std::to_string(index) + "\"},";
  }
  text.back() = '}';
  const std::string result = ParseItem(text);
  EXPECT_EQ(result.find(R"("n0":{"N":"0"})"), std::string::npos);
  EXPECT_NE(result.find(R"("n0":{"N":"50"})"), std::string::npos);
  EXPECT_NE(result.find(R"("n49":{"N":"99"})"), std::string::npos);
}

TEST(AttributeJsonTest, EnvelopesInItems) {
  const std::pair<std::string_view, bool> cases[] = {
      {R"({"a":{"SS":[]}})", true},          {R"({"a":{"NS":[]}})", true},
      {R"({"a":{"BS":[]}})", true},          {R"({"a":{"NS":["1","1"]}})", true},
      {R"({"a":{"SS":["a","a"]}})", true},   {R"({"a":{"NULL":false}})", true},
      {R"({"a":{"N":"x"}})", false},         {R"({"a":{}})", false},
      {R"({"a":{"S":"a","N":"1"}})", false},
  };
  for (const auto& [text, expected] : cases) {
    bool enveloped = !expected;
    ParseItem(text, &enveloped);
    EXPECT_EQ(enveloped, expected) << text;
  }
  bool enveloped = true;
  ParseItem(R"({"a":)" + Nested(33, true) + "}", &enveloped);
  EXPECT_FALSE(enveloped);
}

TEST(AttributeJsonTest, ValuesAreSeparatedInArrays) {
  std::string bytes;
  ValueWriter value_writer(&bytes);
  value_writer.Bool(true);
  const ValueView value = ValueView::At(bytes.data(), bytes.data() + bytes.size());
  std::string json;
  json::Writer writer(&json);
  writer.BeginArray();
  WriteAttributeValue(value, &writer);
  WriteAttributeValue(value, &writer);
  WriteAttributes(MapView(), &writer);
  writer.EndArray();
  EXPECT_EQ(json, R"([{"BOOL":true},{"BOOL":true},{}])");
}

}  // namespace
}  // namespace millrace::api
