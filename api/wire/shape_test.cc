// Every row of the two tables of type errors, the order in which mismatches are found, and what is
// let through.
#include "api/wire/shape.h"

#include <gtest/gtest.h>

#include <array>

#include "api/wire/parsed_json.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

const Shape kAttributeMapListShape = {ShapeKind::kList, {}, &kAttributeMapShape, {}};
constexpr std::array<ShapeMember, 1> kWriteMembers = {{{"PutRequest", &kStringShape}}};
constexpr Shape kWriteShape = {ShapeKind::kStructure, "WriteRequest", nullptr, kWriteMembers};
constexpr Shape kWriteListShape = {ShapeKind::kList, {}, &kWriteShape, {}};
constexpr Shape kWriteListMapShape = {ShapeKind::kMap, {}, &kWriteListShape, {}};
constexpr std::array<ShapeMember, 1> kProjectionMembers = {{{"Type", &kStringShape}}};
constexpr Shape kProjectionShape = {ShapeKind::kStructure, "Projection", nullptr,
                                    kProjectionMembers};

constexpr std::array<ShapeMember, 15> kMembers = {{
    {"Text", &kStringShape},
    {"Flag", &kBooleanShape},
    {"Count", &kIntegerShape},
    {"Units", &kLongShape},
    {"Ratio", &kDoubleShape},
    {"Blob", &kBlobShape},
    {"Names", &kStringListShape},
    {"Aliases", &kStringMapShape},
    {"Item", &kAttributeMapShape},
    {"Value", &kAttributeValueShape},
    {"Keys", &kAttributeMapListShape},
    {"RequestItems", &kWriteListMapShape},
    {"Projection", &kProjectionShape},
    {"Expected", &kExpectedMapShape},
    {"Writes", &kWriteListShape},
}};
constexpr Shape kInputShape = {ShapeKind::kStructure, "Input", nullptr, kMembers};

// The message for an input, or "ok".
std::string Check(std::string_view text) {
  const ParsedJson parsed(text);
  if (!parsed.valid()) {
    return "not JSON";
  }
  const ApiStatus status = CheckShape(kInputShape, parsed.root());
  if (status.ok()) {
    return "ok";
  }
  EXPECT_EQ(status.error().type, ErrorType::kSerialization);
  return status.error().message;
}

constexpr std::string_view kUnexpectedStructure =
    "Start of structure or map found where not expected";
constexpr std::string_view kParameterized =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')";

TEST(ShapeTest, Scalars) {
  EXPECT_EQ(Check(R"({"Text":true})"), "TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Text":false})"), "FALSE_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Count":true})"), "TRUE_VALUE cannot be converted to Integer");
  EXPECT_EQ(Check(R"({"Units":false})"), "FALSE_VALUE cannot be converted to Long");
  EXPECT_EQ(Check(R"({"Ratio":true})"), "TRUE_VALUE cannot be converted to Double");
  EXPECT_EQ(Check(R"({"Text":23})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Flag":23})"), "NUMBER_VALUE cannot be converted to Boolean");
  EXPECT_EQ(Check(R"({"Text":-2.5})"), "DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Flag":2.5})"), "DECIMAL_VALUE cannot be converted to Boolean");
  EXPECT_EQ(Check(R"({"Count":"1"})"), "STRING_VALUE cannot be converted to Integer");
  EXPECT_EQ(Check(R"({"Units":"1"})"), "STRING_VALUE cannot be converted to Long");
  EXPECT_EQ(Check(R"({"Ratio":"1"})"), "STRING_VALUE cannot be converted to Double");
  EXPECT_EQ(Check(R"({"Flag":"a"})"), "Unexpected token received from parser");
  EXPECT_EQ(Check(R"({"Text":[]})"), "Unrecognized collection type class java.lang.String");
  EXPECT_EQ(Check(R"({"Flag":[]})"), "Unrecognized collection type class java.lang.Boolean");
  EXPECT_EQ(Check(R"({"Count":[]})"), "Unrecognized collection type class java.lang.Integer");
  EXPECT_EQ(Check(R"({"Units":[]})"), "Unrecognized collection type class java.lang.Long");
  EXPECT_EQ(Check(R"({"Ratio":[]})"), "Unrecognized collection type class java.lang.Double");
  for (const std::string name : {"Text", "Flag", "Count", "Units", "Ratio", "Blob"}) {
    EXPECT_EQ(Check("{\"" + name + "\":{}}"), kUnexpectedStructure);
  }
}

TEST(ShapeTest, AcceptedScalars) {
  EXPECT_EQ(Check(R"({"Count":1.7,"Units":-2e3,"Ratio":1,"Text":"","Flag":true})"), "ok");
  for (const std::string text : {"true", "FALSE", "1", "0", "Yes", "nO"}) {
    EXPECT_EQ(Check("{\"Flag\":\"" + text + "\"}"), "ok");
  }
  EXPECT_EQ(Check(R"({"Unknown":[{}],"Text":null,"Item":null,"Item":{"a":null}})"), "ok");
}

TEST(ShapeTest, TruthOfBooleans) {
  const ParsedJson parsed(R"([true,"true","YES","1",false,"no","0","x"])");
  int index = 0;
  for (const json::Value value : parsed.root().elements()) {
    EXPECT_EQ(BooleanOf(value), index < 4) << index;
    ++index;
  }
  EXPECT_FALSE(BooleanOf(json::Value()));
}

TEST(ShapeTest, Containers) {
  EXPECT_EQ(Check(R"({"Names":"a"})"), "Unexpected field type");
  EXPECT_EQ(Check(R"({"Names":{}})"), kUnexpectedStructure);
  EXPECT_EQ(Check(R"({"Names":[1]})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Item":1})"), "Unexpected field type");
  EXPECT_EQ(Check(R"({"Item":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(Check(R"({"Aliases":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>");
  EXPECT_EQ(Check(R"({"Expected":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue>");
  EXPECT_EQ(Check(R"({"Projection":true})"), "Unexpected field type");
  EXPECT_EQ(Check(R"({"Projection":[]})"),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Projection");
  EXPECT_EQ(Check(R"({"Item":{"a":"x"}})"), "Unexpected value type in payload");
  EXPECT_EQ(Check(R"({"Writes":[1]})"), "Unexpected value type in payload");
  EXPECT_EQ(Check(R"({"Writes":[[]]})"),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.WriteRequest");
  EXPECT_EQ(Check(R"({"Item":{"a":[]}})"),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
}

TEST(ShapeTest, ParameterizedElements) {
  EXPECT_EQ(Check(R"({"Keys":["a"]})"), kParameterized);
  EXPECT_EQ(Check(R"({"Keys":[[]]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(Check(R"({"RequestItems":{"t":1}})"), kParameterized);
  EXPECT_EQ(Check(R"({"RequestItems":{"t":{}}})"), kUnexpectedStructure);
  EXPECT_EQ(Check(R"({"RequestItems":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>");
}

TEST(ShapeTest, Blobs) {
  constexpr std::string_view kOnlyStrings = "only base-64-encoded strings are convertible to bytes";
  EXPECT_EQ(Check(R"({"Blob":true})"), kOnlyStrings);
  EXPECT_EQ(Check(R"({"Blob":1.5})"), kOnlyStrings);
  EXPECT_EQ(Check(R"({"Blob":[]})"), "Unrecognized collection type class java.nio.ByteBuffer");
  EXPECT_EQ(Check(R"({"Blob":"abcde"})"),
            "Base64 encoded length is expected a multiple of 4 bytes but found: 5");
  EXPECT_EQ(Check(R"({"Blob":"ab*d"})"), "Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(Check(R"({"Blob":"YZ=="})"), "Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(Check(R"({"Blob":"YQ=="})"), "ok");
  EXPECT_EQ(Check(R"({"Blob":""})"), "ok");
}

TEST(ShapeTest, Base64CheckAgreesWithTheDecoder) {
  const std::string letters = "AQgw/+=*b";
  for (size_t code = 0; code < 9 * 9 * 9 * 9; ++code) {
    std::string text = "QUJD";
    for (size_t rest = code, index = 0; index < 4; ++index, rest /= 9) {
      text.push_back(letters[rest % 9]);
    }
    std::string bytes;
    const bool decodes = DecodeBase64(text, &bytes) == Base64Error::kNone;
    ASSERT_EQ(IsValidBase64(text), decodes) << text;
    bytes.clear();
    const std::string front = text.substr(4) + "QUJD";
    ASSERT_EQ(IsValidBase64(front), DecodeBase64(front, &bytes) == Base64Error::kNone) << front;
  }
}

TEST(ShapeTest, AttributeValues) {
  EXPECT_EQ(Check(R"({"Value":{"S":1}})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Value":{"N":1.5}})"), "DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Value":{"B":"x"}})"),
            "Base64 encoded length is expected a multiple of 4 bytes but found: 1");
  EXPECT_EQ(Check(R"({"Value":{"BOOL":1}})"), "NUMBER_VALUE cannot be converted to Boolean");
  EXPECT_EQ(Check(R"({"Value":{"NULL":"x"}})"), "Unexpected token received from parser");
  EXPECT_EQ(Check(R"({"Value":{"SS":"x"}})"), "Unexpected field type");
  EXPECT_EQ(Check(R"({"Value":{"NS":[1]}})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(Check(R"({"Value":{"BS":["x"]}})"),
            "Base64 encoded length is expected a multiple of 4 bytes but found: 1");
  EXPECT_EQ(Check(R"({"Value":{"L":["x"]}})"), "Unexpected value type in payload");
  EXPECT_EQ(Check(R"({"Value":{"L":{}}})"), kUnexpectedStructure);
  EXPECT_EQ(Check(R"({"Value":{"M":{"a":{"L":[{"S":[]}]}}}})"),
            "Unrecognized collection type class java.lang.String");
  EXPECT_EQ(Check(R"({"Value":{"X":1,"S":null,"L":[null],"M":{"a":null},"SS":[null]}})"), "ok");
}

TEST(ShapeTest, ContainersAreLookedAtBeforeScalars) {
  EXPECT_EQ(Check(R"({"Text":1,"Item":1})"), "Unexpected field type");
  EXPECT_EQ(Check(R"({"Value":{"S":1,"L":1}})"), "Unexpected field type");
  // Among containers, and among scalars, the order is the shape's.
  EXPECT_EQ(Check(R"({"Item":[],"Names":{}})"), kUnexpectedStructure);
  EXPECT_EQ(Check(R"({"Flag":1,"Text":true})"), "TRUE_VALUE cannot be converted to String");
}

TEST(ShapeTest, LastOfEqualMembersCounts) {
  EXPECT_EQ(Check(R"({"Text":1,"Text":"a"})"), "ok");
  EXPECT_EQ(Check(R"({"Text":"a","Text":1})"), "NUMBER_VALUE cannot be converted to String");
}

}  // namespace
}  // namespace millrace::api
