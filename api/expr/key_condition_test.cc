// Key conditions in both forms against key schemas.
#include "api/expr/key_condition.h"

#include <gtest/gtest.h>

#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

const KeySchema kHash = {{{"pk", AttributeType::kString}}, {}};
const KeySchema kRange = {{{"pk", AttributeType::kString}}, {{"sk", AttributeType::kString}}};
const KeySchema kMulti = {{{"p1", AttributeType::kString}, {"p2", AttributeType::kString}},
                          {{"s1", AttributeType::kString},
                           {"s2", AttributeType::kString},
                           {"s3", AttributeType::kString}}};

const std::string kUnsupported = "Query key condition not supported";
const std::string kLength = "Conditions can be of length 1 or 2 only";
const std::string kType =
    "One or more parameter values were invalid: Condition parameter type does not match schema "
    "type";
std::string Missed(std::string name) {
  return "Query condition missed key schema element: " + name;
}

std::string SchemaProblem(const KeyCondition& condition, const KeySchema& schema) {
  std::vector<const KeyPredicate*> partition;
  std::vector<const KeyPredicate*> sort;
  return Describe(condition.CheckSchema(schema, &partition, &sort));
}

std::string TextProblem(std::string_view text, const KeySchema& schema) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kTestValues, &arena, &placeholders);
  KeyCondition condition;
  EXPECT_EQ(Describe(KeyCondition::Parse(text, &placeholders, &condition)), "") << text;
  return SchemaProblem(condition, schema);
}

TEST(KeyConditionTest, Schema) {
  EXPECT_EQ(TextProblem("pk = :s", kHash), "");
  EXPECT_EQ(TextProblem("pk = :s AND begins_with(sk, :s)", kRange), "");
  EXPECT_EQ(TextProblem("(sk BETWEEN :s AND :z) AND (pk = :s)", kRange), "");
  for (const std::string_view text :
       {"pk > :s", "begins_with(pk, :s)", "pk BETWEEN :s AND :z", "pk < :s AND sk = :s"}) {
    EXPECT_EQ(TextProblem(text, kRange), kUnsupported) << text;
  }
  EXPECT_EQ(TextProblem("sk = :s", kRange), Missed("pk"));
  EXPECT_EQ(TextProblem("sk = :s AND a = :s", kRange), Missed("pk"));
  EXPECT_EQ(TextProblem("pk = :s AND a = :s", kRange), Missed("sk"));
  EXPECT_EQ(TextProblem("pk = :s AND a = :s", kHash), kUnsupported);
  EXPECT_EQ(TextProblem("a = :s", kHash), Missed("pk"));
  EXPECT_EQ(TextProblem("pk = :s AND sk = :s AND a = :s", kRange), kLength);
  EXPECT_EQ(TextProblem("pk = :n", kRange), kType);
  EXPECT_EQ(TextProblem("pk = :true", kRange), kType);
  EXPECT_EQ(TextProblem("pk = :s AND sk = :n", kRange), kType);
  EXPECT_EQ(TextProblem("pk = :s AND sk BETWEEN :n AND :five", kRange), kType);
}

TEST(KeyConditionTest, SchemaOfSeveralAttributes) {
  EXPECT_EQ(TextProblem("p1 = :s AND p2 = :s", kMulti), "");
  EXPECT_EQ(TextProblem("p1 = :s AND p2 = :s AND s1 = :s AND s2 > :s", kMulti), "");
  EXPECT_EQ(
      TextProblem("p1 = :s AND p2 = :s AND s1 = :s AND s2 = :s AND begins_with(s3, :s)", kMulti),
      "");
  EXPECT_EQ(TextProblem("p1 = :s", kMulti), Missed("p2"));
  EXPECT_EQ(TextProblem("p1 = :s AND p2 > :s", kMulti), kUnsupported);
  EXPECT_EQ(TextProblem("p1 = :s AND p2 = :s AND s2 = :s", kMulti), Missed("s1"));
  EXPECT_EQ(TextProblem("p1 = :s AND p2 = :s AND s1 > :s AND s2 = :s", kMulti), kUnsupported);
}

TEST(KeyConditionTest, PredicatesAreInOneForm) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kTestValues, &arena, &placeholders);
  KeyCondition condition;
  ASSERT_TRUE(KeyCondition::Parse(":s < sk AND :z = pk", &placeholders, &condition).ok());
  std::vector<const KeyPredicate*> partition;
  std::vector<const KeyPredicate*> sort;
  ASSERT_TRUE(condition.CheckSchema(kRange, &partition, &sort).ok());
  ASSERT_EQ(partition.size(), 1U);
  EXPECT_EQ(partition[0]->operand.payload(), "z");
  ASSERT_EQ(sort.size(), 1U);
  EXPECT_EQ(sort[0]->operation, KeyOperator::kGreater);
  EXPECT_EQ(sort[0]->operand.payload(), "a");
}

struct Legacy {
  Arena arena;
  KeyCondition condition;
  std::string problem;
  explicit Legacy(std::string_view text)
      : problem(Describe(KeyCondition::FromLegacy(arena.Json(text), arena.Scratch(), &condition))) {
  }
};

std::string List(std::string_view op, std::string_view values) {
  return std::string(R"({"ComparisonOperator":")")
             .append(op)
             .append(R"(","AttributeValueList":[)")
             .append(values) +
         "]}";
}

TEST(KeyConditionTest, Legacy) {
  const std::string pk = R"("pk":)" + List("EQ", R"({"S":"a"})");
  const auto problem = [&](const std::string& text) {
    const Legacy legacy("{" + text + "}");
    return legacy.problem.empty() ? SchemaProblem(legacy.condition, kRange) : legacy.problem;
  };
  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(problem(pk), "");
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("BETWEEN", R"({"S":"a"},{"S":"b"})")), "");
  EXPECT_EQ(problem(""), kLength);
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("EQ", R"({"S":"a"})") + R"(,"z":)" +
                    List("EQ", R"({"S":"a"})")),
            kLength);
  EXPECT_EQ(problem(R"("sk":)" + List("EQ", R"({"S":"a"})")), Missed("pk"));
  EXPECT_EQ(problem(pk + R"(,"z":)" + List("EQ", R"({"S":"a"})")), Missed("sk"));
  EXPECT_EQ(problem(R"("pk":)" + List("GT", R"({"S":"a"})")), kUnsupported);
  for (const std::string_view op : {"NE", "CONTAINS", "NOT_CONTAINS", "IN"}) {
    EXPECT_EQ(problem(pk + R"(,"sk":)" + List(op, R"({"S":"a"})")),
              "Attempted conditional constraint is not an indexable operation");
  }
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("NULL", "")),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("EQ", R"({"N":"1"})")), kType);
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("BEGINS_WITH", R"({"N":"1"})")),
            invalid + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type");
  EXPECT_EQ(problem(pk + R"(,"sk":)" + List("EQ", R"({"BOOL":true})")),
            invalid + "ComparisonOperator EQ is not valid for BOOL AttributeValue type");
}

TEST(KeyConditionTest, SortKeyMatches) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kTestValues, &arena, &placeholders);
  const ItemView keys =
      arena.Item(R"({"a":{"S":"a"},"ab":{"S":"ab"},"b":{"S":"b"},"z":{"S":"z"},"n":{"N":"1"}})");
  const auto matching = [&](std::string_view text) {
    KeyCondition condition;
    EXPECT_TRUE(KeyCondition::Parse(text, &placeholders, &condition).ok());
    std::string names;
    for (const NamedValue& key : keys.attributes()) {
      if (SortKeyMatches(condition.predicates[0], key.value)) {
        names.append(key.name).append(" ");
      }
    }
    return names;
  };
  EXPECT_EQ(matching("sk = :s"), "a ");
  EXPECT_EQ(matching("sk > :s"), "ab b z ");
  EXPECT_EQ(matching("sk >= :s"), "a ab b z ");
  EXPECT_EQ(matching("sk < :z"), "a ab b ");
  EXPECT_EQ(matching("sk <= :z"), "a ab b z ");
  EXPECT_EQ(matching("sk BETWEEN :s AND :x"), "a ab b ");
  EXPECT_EQ(matching("begins_with(sk, :s)"), "a ab ");
  EXPECT_EQ(matching("sk < :five"), "n ");
}

}  // namespace
}  // namespace millrace::api::expr
