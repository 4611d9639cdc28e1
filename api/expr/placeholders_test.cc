// Names and values of a request, and the checks on which parameters may come together.
#include "api/expr/placeholders.h"

#include <gtest/gtest.h>

#include <array>

#include "api/expr/expression_request.h"
#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

std::string NamesProblem(std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  return Describe(placeholders.Parse(arena.Json(text), json::Value(), nullptr));
}

std::string ValuesProblem(std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  return Describe(placeholders.Parse(json::Value(), arena.Json(text), arena.Scratch()));
}

TEST(PlaceholdersTest, Keys) {
  EXPECT_EQ(NamesProblem("{}"), "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(ValuesProblem("{}"), "ExpressionAttributeValues must not be empty");
  for (const std::string key : {"a", "#", "#a-b", "##a", "", ":a", "# a"}) {
    EXPECT_EQ(NamesProblem("{\"" + key + "\":\"a\"}"),
              "ExpressionAttributeNames contains invalid key: Syntax error; key: \"" + key + "\"");
  }
  for (const std::string key : {"v", ":", ":a-b", "", "#a", ":a.b"}) {
    EXPECT_EQ(ValuesProblem("{\"" + key + "\":{\"S\":\"a\"}}"),
              "ExpressionAttributeValues contains invalid key: Syntax error; key: \"" + key + "\"");
  }
  EXPECT_EQ(NamesProblem(R"({"#_0aZ":"a"})"), "");
}

TEST(PlaceholdersTest, ValueProblems) {
  const std::string contains = "ExpressionAttributeValues contains invalid value: ";
  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(ValuesProblem(R"({":v":{"N":"x"}})"),
            contains + "The parameter cannot be converted to a numeric value: x for key :v");
  EXPECT_EQ(ValuesProblem(R"({":v":{}})"),
            contains +
                "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes for key :v");
  EXPECT_EQ(ValuesProblem(R"({":v":{"SS":["a","a"]}})"),
            "ENVELOPED " + contains + invalid +
                "Input collection [a, a] contains duplicates. for key :v");
  EXPECT_EQ(ValuesProblem(R"({":v":{"SS":[]}})"),
            "ENVELOPED " + contains + invalid + "An string set  may not be empty for key :v");
  EXPECT_EQ(ValuesProblem(R"({":v":{"NULL":false}})"),
            "ENVELOPED " + invalid + "Null attribute value types must have the value of true");
  std::string deep = R"({"S":"x"})";
  for (int level = 0; level < 32; ++level) {
    deep = R"({"L":[)" + deep + "]}";
  }
  EXPECT_EQ(ValuesProblem(R"({":v":)" + deep + "}"),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            "levels beyond supported limit");
  // Keys are looked at before values.
  EXPECT_EQ(ValuesProblem(R"({":v":{"N":"x"},"w":{"S":"a"}})"),
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"w\"");
}

TEST(PlaceholdersTest, UseAndUnused) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#b":"B","#a":"A","#c":"C"})",
                    R"({":b":{"N":"2"},":a":{"S":"one"},":b":{"N":"3"}})", &arena, &placeholders);
  EXPECT_EQ(Describe(placeholders.CheckAllUsed()),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b, #c}");
  ASSERT_NE(placeholders.UseName("#a"), nullptr);
  EXPECT_EQ(*placeholders.UseName("#a"), "A");
  EXPECT_EQ(*placeholders.UseName("#b"), "B");
  EXPECT_EQ(placeholders.UseName("#d"), nullptr);
  EXPECT_EQ(placeholders.UseName("#"), nullptr);
  EXPECT_EQ(Describe(placeholders.CheckAllUsed()),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#c}");
  EXPECT_EQ(*placeholders.UseName("#c"), "C");
  EXPECT_EQ(placeholders.UseValue(":a").payload(), "one");
  EXPECT_EQ(Describe(placeholders.CheckAllUsed()),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}");
  // Of a repeated member the last counts.
  EXPECT_EQ(placeholders.UseValue(":b").AsNumber().ToString(), "3");
  EXPECT_FALSE(placeholders.UseValue(":c").present());
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());
}

class ParametersTest : public testing::Test {
 protected:
  Arena arena_;
  const json::Value given_ = arena_.Json("{}");
  const json::Value absent_{};

  std::string Check(json::Value attributes, json::Value expected, json::Value update,
                    json::Value condition, json::Value names, json::Value values) {
    const std::array<NamedParameter, 2> legacy = {
        {{"AttributeUpdates", attributes}, {"Expected", expected}}};
    const std::array<NamedParameter, 2> expressions = {
        {{"UpdateExpression", update}, {"ConditionExpression", condition}}};
    return Describe(CheckExpressionParameters(legacy, expressions, expressions, names, values));
  }
};

TEST_F(ParametersTest, Order) {
  EXPECT_EQ(Check(absent_, absent_, absent_, absent_, absent_, absent_), "");
  EXPECT_EQ(Check(given_, given_, absent_, absent_, absent_, absent_), "");
  EXPECT_EQ(Check(absent_, absent_, given_, absent_, given_, given_), "");
  EXPECT_EQ(Check(given_, given_, given_, given_, given_, given_),
            "ENVELOPED Can not use both expression and non-expression parameters in the same "
            "request: Non-expression parameters: {AttributeUpdates, Expected} Expression "
            "parameters: {UpdateExpression, ConditionExpression}");
  EXPECT_EQ(Check(absent_, given_, absent_, given_, absent_, absent_),
            "ENVELOPED Can not use both expression and non-expression parameters in the same "
            "request: Non-expression parameters: {Expected} Expression parameters: "
            "{ConditionExpression}");
  EXPECT_EQ(Check(given_, absent_, absent_, absent_, given_, given_),
            "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(Check(absent_, absent_, absent_, absent_, absent_, given_),
            "ENVELOPED ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression is null and ConditionExpression is null");
}

TEST_F(ParametersTest, ValuesNeedAnExpressionThatTakesThem) {
  const std::array<NamedParameter, 2> expressions = {
      {{"ProjectionExpression", given_}, {"FilterExpression", absent_}}};
  EXPECT_EQ(Describe(CheckExpressionParameters({}, expressions, std::span(expressions).last(1),
                                               absent_, given_)),
            "ENVELOPED ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression is null");
}

}  // namespace
}  // namespace millrace::api::expr
