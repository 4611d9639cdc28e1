// Which item a write addresses.
#include "api/partiql/write_plan.h"

#include <string>
#include <string_view>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

std::string Plan(std::string_view text, const KeySchema& schema) {
  ParseOptions options;
  options.in_transaction = true;
  const Statement statement = ParseValid(text, {}, options);
  WritePlan plan;
  const ApiStatus status = PlanWrite(statement, schema, &plan);
  if (!status.ok()) {
    return "ERROR " + status.error().message;
  }
  std::string line = ToJson(plan.partition_key);
  if (plan.sort_key.present()) {
    line += ToJson(plan.sort_key);
  }
  for (const expr::DocumentPath& path : plan.condition.paths()) {
    line += " " + path.ToString();
  }
  return line;
}

constexpr std::string_view kNoKey =
    "ERROR Where clause does not contain a mandatory equality on all key attributes";
constexpr std::string_view kMismatch = "ERROR The provided key element does not match the schema";

struct PlanCase {
  std::string_view text;
  std::string_view plan;
};

TEST(WritePlanTest, TableWithoutSortKey) {
  const PlanCase cases[] = {
      {"DELETE FROM T WHERE pk = '1'", R"({"S":"1"})"},
      {"DELETE FROM T WHERE '1' = pk", R"({"S":"1"})"},
      {"DELETE FROM T WHERE v = 3 AND pk = '1' AND w <> 4", R"({"S":"1"} [v] [w])"},
      {"DELETE FROM T WHERE pk = '1' AND (a = 1 OR b = 2)", R"({"S":"1"} [a] [b])"},
      {"DELETE FROM T WHERE pk = '1' AND pk = '2'", R"({"S":"1"} [pk])"},
      {"DELETE FROM T WHERE pk = '1' AND pk > '2'", R"({"S":"1"} [pk])"},
      {"DELETE FROM T", kNoKey},
      {"DELETE FROM T WHERE a = '1'", kNoKey},
      {"DELETE FROM T WHERE pk > '1'", kNoKey},
      {"DELETE FROM T WHERE pk IN ['1']", kNoKey},
      {"DELETE FROM T WHERE pk = '1' OR pk = '2'", kNoKey},
      {"DELETE FROM T WHERE NOT pk = '1'", kNoKey},
      {"DELETE FROM T WHERE pk = a", kNoKey},
      {"DELETE FROM T WHERE pk.a = '1'", kNoKey},
      {"DELETE FROM T WHERE pk = 1", kMismatch},
      {"UPDATE T SET a = 1", kNoKey},
      {"UPDATE T SET a = 1 WHERE pk = '1'", R"({"S":"1"})"},
      {"UPDATE T SET pk = '2' WHERE pk = '1'",
       "ERROR One or more parameter values were invalid: Cannot update attribute pk. This "
       "attribute is part of the key"},
      {"UPDATE T REMOVE a, pk.b WHERE pk = '1'",
       "ERROR One or more parameter values were invalid: Cannot update attribute pk. This "
       "attribute is part of the key"},
      {"UPDATE T SET pk = '2' WHERE a = '1'", kNoKey},
      {"EXISTS(SELECT * FROM T WHERE pk = '1' AND a = 1)", R"({"S":"1"} [a])"},
      {"EXISTS(SELECT * FROM T WHERE a = 1)", kNoKey},
      {"EXISTS(SELECT * FROM T WHERE pk = '1')",
       "ERROR EXISTS must have the full primary key and at least one further condition"},
  };
  for (const PlanCase& test : cases) {
    EXPECT_EQ(Plan(test.text, TestSchema("pk:S")), test.plan) << test.text;
  }
}

TEST(WritePlanTest, TableWithSortKey) {
  const PlanCase cases[] = {
      {"DELETE FROM T WHERE pk = '1' AND sk = 2", R"({"S":"1"}{"N":"2"})"},
      {"DELETE FROM T WHERE sk = 2 AND pk = '1' AND a = 3", R"({"S":"1"}{"N":"2"} [a])"},
      {"DELETE FROM T WHERE pk = '1'", kNoKey},
      {"DELETE FROM T WHERE sk = 2", kNoKey},
      {"DELETE FROM T WHERE pk = '1' AND sk > 2", kNoKey},
      {"DELETE FROM T WHERE pk = '1' AND sk = '2'", kMismatch},
      {"UPDATE T SET sk = 3 WHERE pk = '1' AND sk = 2",
       "ERROR One or more parameter values were invalid: Cannot update attribute sk. This "
       "attribute is part of the key"},
  };
  for (const PlanCase& test : cases) {
    EXPECT_EQ(Plan(test.text, TestSchema("pk:S sk:N")), test.plan) << test.text;
  }
}

TEST(WritePlanTest, ConditionIsTheRest) {
  TestValues values;
  const Statement statement = ParseValid("DELETE FROM T WHERE pk = '1' AND v = 3");
  WritePlan plan;
  ASSERT_TRUE(PlanWrite(statement, TestSchema("pk:S"), &plan).ok());
  EXPECT_TRUE(plan.condition.Matches(values.Item(R"(M {"pk": S "other", "v": N 3})")));
  EXPECT_FALSE(plan.condition.Matches(values.Item(R"(M {"pk": S "1", "v": N 4})")));
}

}  // namespace
}  // namespace millrace::api::partiql
