// Wording, order and number of constraint violations.
#include "api/wire/constraints.h"

#include <gtest/gtest.h>

#include <array>

#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

constexpr std::string_view kOne = "1 validation error detected: ";

std::string Message(const ConstraintCollector& constraints) {
  const ApiStatus status = constraints.Finish();
  return status.ok() ? "ok" : status.error().message;
}

template <typename Check>
std::string MessageOf(std::string_view member, Check check) {
  const ParsedJson parsed(member);
  ConstraintCollector constraints;
  check(parsed.root().Find("v"), &constraints);
  const std::string message = Message(constraints);
  return message.starts_with(kOne) ? message.substr(kOne.size()) : message;
}

TEST(ConstraintsTest, NothingIsOk) {
  EXPECT_TRUE(ConstraintCollector().Finish().ok());
  EXPECT_TRUE(ConstraintCollector().empty());
}

TEST(ConstraintsTest, RequiredMembers) {
  const auto check = [](json::Value value, ConstraintCollector* constraints) {
    constraints->RequirePresent(value, "key");
  };
  EXPECT_EQ(MessageOf(R"({"v":null})", check),
            "Value null at 'key' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(MessageOf(R"({"v":1})", check), "ok");
}

TEST(ConstraintsTest, Enums) {
  const auto check = [](json::Value value, ConstraintCollector* constraints) {
    CheckReturnConsumedCapacity(value, constraints);
    CheckReturnItemCollectionMetrics(value, constraints);
  };
  EXPECT_EQ(MessageOf(R"({"v":"NONE"})", check), "ok");
  EXPECT_EQ(MessageOf("{}", check), "ok");
  EXPECT_EQ(
      MessageOf(R"({"v":"hi"})", check),
      "2 validation errors detected: Value 'hi' at 'returnConsumedCapacity' failed to satisfy "
      "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'hi' at "
      "'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum "
      "value set: [SIZE, NONE]");
}

TEST(ConstraintsTest, Integers) {
  const auto check = [](json::Value value, ConstraintCollector* constraints) {
    constraints->CheckIntegerMin(value, "limit", 1);
    constraints->CheckIntegerMax(value, "limit", 100);
  };
  EXPECT_EQ(
      MessageOf(R"({"v":0})", check),
      "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than "
      "or equal to 1");
  EXPECT_EQ(MessageOf(R"({"v":101})", check),
            "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than "
            "or equal to 100");
  EXPECT_EQ(MessageOf(R"({"v":100.9})", check), "ok");
  EXPECT_EQ(MessageOf(R"({"v":0.9})", check).substr(0, 9), "Value '0'");
}

TEST(ConstraintsTest, LengthsAndPatterns) {
  const auto length = [](json::Value value, ConstraintCollector* constraints) {
    constraints->CheckLength(value, "indexName", 3, 5);
  };
  EXPECT_EQ(MessageOf(R"({"v":"ab"})", length),
            "Value 'ab' at 'indexName' failed to satisfy constraint: Member must have length "
            "greater than or equal to 3");
  EXPECT_EQ(MessageOf(R"({"v":"abcdef"})", length),
            "Value 'abcdef' at 'indexName' failed to satisfy constraint: Member must have length "
            "less than or equal to 5");
  EXPECT_EQ(MessageOf(R"({"v":[]})", length),
            "Value '[]' at 'indexName' failed to satisfy constraint: Member must have length "
            "greater than or equal to 3");
  EXPECT_EQ(MessageOf(R"({"v":["a","b"]})", length).substr(0, 14), "Value '[a, b]'");
  const auto pattern = [](json::Value value, ConstraintCollector* constraints) {
    constraints->CheckNamePattern(value, "n");
  };
  EXPECT_EQ(MessageOf(R"({"v":"a_Z-0."})", pattern), "ok");
  EXPECT_EQ(MessageOf(R"({"v":"a b"})", pattern),
            "Value 'a b' at 'n' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_NE(MessageOf(R"({"v":""})", pattern), "ok");
}

TEST(ConstraintsTest, AtMostTenAreReported) {
  ConstraintCollector constraints;
  for (int index = 0; index < 12; ++index) {
    constraints.AddEntry("entry" + std::to_string(index));
  }
  const std::string message = Message(constraints);
  EXPECT_EQ(message.substr(0, 38), "10 validation errors detected: entry0;");
  EXPECT_TRUE(message.ends_with("; entry9"));
}

TEST(ConstraintsTest, ItemTableNames) {
  const auto check = [](json::Value value, ConstraintCollector* constraints) {
    CheckItemTableName(value, constraints);
  };
  const std::string failed = "' at 'tableName' failed to satisfy constraint: ";
  EXPECT_EQ(MessageOf("{}", check),
            "Value null at 'tableName' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(MessageOf(R"({"v":""})", check),
            "Value '" + failed + "Member must have length greater than or equal to 1");
  EXPECT_EQ(
      MessageOf(R"({"v":"a;b"})", check),
      "Value 'a;b" + failed + "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(MessageOf(R"({"v":"a"})", check), "ok");
  const std::string name(256, 'a');
  EXPECT_EQ(MessageOf("{\"v\":\"" + name + "\"}", check),
            "Value '" + name + failed + "Member must have length less than or equal to 255");
  EXPECT_EQ(MessageOf(R"({"v":"arn:aws:dynamodb:us-east-1:000000000000:table/abc"})", check), "ok");
  EXPECT_NE(MessageOf(R"({"v":"arn:aws:dynamodb:us-east-1:0:table/abc"})", check), "ok");
}

}  // namespace
}  // namespace millrace::api
