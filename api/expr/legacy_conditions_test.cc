// Expected, QueryFilter and ScanFilter: checks, meaning, combination.
#include "api/expr/legacy_conditions.h"

#include <gtest/gtest.h>

#include "api/expr/condition.h"
#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

const std::string kInvalid = "One or more parameter values were invalid: ";
constexpr std::string_view kItem =
    R"({"txt":{"S":"hello"},"num":{"N":"5"},"nul":{"NULL":true},"set":{"SS":["a","b"]},)"
    R"("lst":{"L":[{"N":"1"}]},"doc":{"M":{}}})";

std::string Filter(std::string_view op, std::string_view values) {
  return std::string(R"({"ComparisonOperator":")")
             .append(op)
             .append(R"(","AttributeValueList":[)")
             .append(values) +
         "]}";
}

// "true", "false" or the problem.
std::string Outcome(std::string_view map, std::string_view combination, bool expected) {
  Arena arena;
  Condition condition;
  const json::Value combined =
      combination.empty() ? json::Value() : arena.Json("\"" + std::string(combination) + "\"");
  const json::Value conditions = map.empty() ? json::Value() : arena.Json(map);
  const ApiStatus status =
      expected ? Condition::FromExpected(conditions, combined, arena.Scratch(), &condition)
               : Condition::FromFilter(conditions, combined, arena.Scratch(), &condition);
  if (!status.ok()) {
    return Describe(status);
  }
  return condition.Matches(arena.Item(kItem)) ? "true" : "false";
}

std::string OfFilter(std::string_view attribute, std::string_view op, std::string_view values) {
  return Outcome("{\"" + std::string(attribute) + "\":" + Filter(op, values) + "}", "", false);
}

TEST(FilterTest, Checks) {
  const std::string a = R"({"S":"a"})";
  const std::string aa = a + "," + a;
  for (const std::string op : {"EQ", "NE", "LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS",
                               "BEGINS_WITH", "BETWEEN", "IN"}) {
    const std::string message =
        kInvalid + "Invalid number of argument(s) for the " + op + " ComparisonOperator";
    EXPECT_EQ(OfFilter("a", op, ""), message);
    if (op != "IN" && op != "BETWEEN") {
      EXPECT_EQ(OfFilter("a", op, aa), message);
    }
  }
  for (const std::string op : {"NULL", "NOT_NULL"}) {
    EXPECT_EQ(OfFilter("a", op, a),
              kInvalid + "Invalid number of argument(s) for the " + op + " ComparisonOperator");
  }
  EXPECT_EQ(OfFilter("a", "BETWEEN", aa + "," + a),
            kInvalid + "Invalid number of argument(s) for the BETWEEN ComparisonOperator");
  EXPECT_EQ(Outcome(R"({"a":{"ComparisonOperator":"EQ"}})", "", false),
            kInvalid + "Invalid number of argument(s) for the EQ ComparisonOperator");
  const std::vector<std::tuple<std::string, std::string, std::string>> types = {
      {"LT", R"({"BOOL":true})", "BOOL"},  {"LE", R"({"SS":["a"]})", "SS"},
      {"GT", R"({"NULL":true})", "NULL"},  {"GE", R"({"L":[]})", "L"},
      {"IN", R"({"M":{}})", "M"},          {"BEGINS_WITH", R"({"N":"1"})", "N"},
      {"CONTAINS", R"({"L":[]})", "L"},    {"CONTAINS", R"({"SS":["a"]})", "SS"},
      {"NOT_CONTAINS", R"({"M":{}})", "M"}};
  for (const auto& [op, value, type] : types) {
    EXPECT_EQ(OfFilter("a", op, value), kInvalid + "ComparisonOperator " + op +
                                            " is not valid for " + type + " AttributeValue type");
  }
  const std::string mixed =
      kInvalid + "AttributeValues inside AttributeValueList must be of same type";
  EXPECT_EQ(OfFilter("a", "BETWEEN", a + R"(,{"N":"1"})"), mixed);
  EXPECT_EQ(OfFilter("a", "IN", a + R"(,{"N":"1"})"), mixed);
  EXPECT_EQ(OfFilter("a", "BETWEEN", R"({"N":"2"},{"N":"1"})"),
            "The BETWEEN condition was provided a range where the lower bound is greater than the "
            "upper bound");
  // Values are looked at before numbers of arguments.
  EXPECT_EQ(Outcome("{\"a\":" + Filter("EQ", "") + ",\"b\":" + Filter("EQ", R"({"N":"x"})") + "}",
                    "", false),
            "The parameter cannot be converted to a numeric value: x");
}

TEST(FilterTest, Meaning) {
  const std::string n5 = R"({"N":"5"})";
  EXPECT_EQ(OfFilter("num", "EQ", n5), "true");
  EXPECT_EQ(OfFilter("gone", "EQ", n5), "false");
  EXPECT_EQ(OfFilter("num", "NE", n5), "false");
  EXPECT_EQ(OfFilter("gone", "NE", n5), "true");
  EXPECT_EQ(OfFilter("num", "LE", n5), "true");
  EXPECT_EQ(OfFilter("num", "LT", n5), "false");
  EXPECT_EQ(OfFilter("num", "GE", n5), "true");
  EXPECT_EQ(OfFilter("num", "GT", n5), "false");
  EXPECT_EQ(OfFilter("num", "BETWEEN", R"({"N":"1"},{"N":"5"})"), "true");
  EXPECT_EQ(OfFilter("num", "IN", R"({"N":"1"},{"N":"5"})"), "true");
  EXPECT_EQ(OfFilter("txt", "BEGINS_WITH", R"({"S":"he"})"), "true");
  EXPECT_EQ(OfFilter("txt", "CONTAINS", R"({"S":"ell"})"), "true");
  EXPECT_EQ(OfFilter("set", "CONTAINS", R"({"S":"b"})"), "true");
  EXPECT_EQ(OfFilter("lst", "CONTAINS", R"({"N":"1"})"), "true");
  EXPECT_EQ(OfFilter("set", "NOT_CONTAINS", R"({"S":"b"})"), "false");
  EXPECT_EQ(OfFilter("set", "NOT_CONTAINS", R"({"S":"c"})"), "true");
  EXPECT_EQ(OfFilter("gone", "NOT_CONTAINS", R"({"S":"c"})"), "false");
  EXPECT_EQ(OfFilter("nul", "NULL", ""), "false");
  EXPECT_EQ(OfFilter("gone", "NULL", ""), "true");
  EXPECT_EQ(OfFilter("nul", "NOT_NULL", ""), "true");
  EXPECT_EQ(OfFilter("doc", "EQ", R"({"M":{}})"), "true");
}

TEST(FilterTest, Combination) {
  const std::string yes = Filter("EQ", R"({"N":"5"})");
  const std::string no = Filter("EQ", R"({"N":"6"})");
  const std::string map = R"({"num":)" + yes + R"(,"txt":)" + no + "}";
  EXPECT_EQ(Outcome(map, "", false), "false");
  EXPECT_EQ(Outcome(map, "AND", false), "false");
  EXPECT_EQ(Outcome(map, "OR", false), "true");
  const std::string without = "ConditionalOperator cannot be used without Filter or Expected";
  EXPECT_EQ(Outcome("", "OR", false), without);
  EXPECT_EQ(Outcome("{}", "AND", true), without);
  EXPECT_EQ(Outcome(R"({"num":)" + yes + "}", "AND", false),
            "ConditionalOperator can only be used when Filter or Expected has two or more "
            "elements");
  EXPECT_EQ(Outcome("{}", "", true), "true");
}

TEST(FilterTest, ManyPathsAreResolvedAlike) {
  // Beyond some number of paths the item is walked once for all of them.
  for (const int others : {0, 100}) {
    std::string map;
    for (int index = 0; index < others; ++index) {
      map += "\"absent" + std::to_string(index) + "\":" + Filter("NULL", "") + ",";
    }
    const std::string txt = "\"txt\":" + Filter("EQ", R"({"S":"hello"})");
    const std::string num = ",\"num\":";
    EXPECT_EQ(Outcome("{" + map + txt + num + Filter("GT", R"({"N":"4"})") + "}", "", false),
              "true");
    EXPECT_EQ(Outcome("{" + map + txt + num + Filter("GT", R"({"N":"5"})") + "}", "", false),
              "false");
    EXPECT_EQ(Outcome("{" + map + txt + num + Filter("NULL", "") + "}", "", false), "false");
  }
}

TEST(FilterTest, ManyConditionsDoNotExhaustTheStack) {
  std::string map = "{";
  for (int index = 0; index < 100000; ++index) {
    map += (index > 0 ? ",\"a" : "\"a") + std::to_string(index) + "\":" + Filter("NULL", "");
  }
  EXPECT_EQ(Outcome(map + "}", "", false), "true");
}

TEST(ExpectedTest, Checks) {
  const std::string of = " for Attribute: a";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"Value":{"S":"a"},"AttributeValueList":[{"S":"a"}],"ComparisonOperator":"EQ"})",
       kInvalid + "Value and AttributeValueList cannot be used together" + of},
      {R"({"Exists":true,"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]})",
       kInvalid + "Exists and ComparisonOperator cannot be used together" + of},
      {R"({"ComparisonOperator":"GT"})",
       kInvalid + "Value or AttributeValueList must be used with ComparisonOperator: GT" + of},
      {R"({"AttributeValueList":[{"S":"a"}]})",
       kInvalid + "AttributeValueList can only be used with a ComparisonOperator" + of},
      {R"({"Exists":true})", kInvalid + "Value must be provided when Exists is true" + of},
      {"{}", kInvalid + "Value must be provided when Exists is null" + of},
      {R"({"Exists":false,"Value":{"S":"a"}})",
       kInvalid + "Value cannot be used when Exists is false" + of},
      {R"({"ComparisonOperator":"NULL","AttributeValueList":[{"S":"a"}]})",
       kInvalid + "Invalid number of argument(s) for the NULL ComparisonOperator"},
      {R"({"Value":{"N":"x"}})", "The parameter cannot be converted to a numeric value: x"},
  };
  for (const auto& [entry, message] : cases) {
    EXPECT_EQ(Outcome(R"({"a":)" + entry + "}", "", true), message) << entry;
  }
}

TEST(ExpectedTest, Meaning) {
  EXPECT_EQ(Outcome(R"({"txt":{"Exists":false}})", "", true), "false");
  EXPECT_EQ(Outcome(R"({"gone":{"Exists":false}})", "", true), "true");
  EXPECT_EQ(Outcome(R"({"txt":{"Value":{"S":"hello"}}})", "", true), "true");
  EXPECT_EQ(Outcome(R"({"txt":{"Exists":true,"Value":{"S":"x"}}})", "", true), "false");
  EXPECT_EQ(Outcome(R"({"num":{"Value":{"S":"5"}}})", "", true), "false");
  EXPECT_EQ(Outcome(R"({"num":{"ComparisonOperator":"GT","Value":{"N":"4"}}})", "", true), "true");
  EXPECT_EQ(Outcome(R"({"num":{"ComparisonOperator":"NOT_NULL"}})", "", true), "true");
  EXPECT_EQ(Outcome(R"({"num":{"Value":{"N":"4"}},"gone":{"Exists":false}})", "OR", true), "true");
}

}  // namespace
}  // namespace millrace::api::expr
