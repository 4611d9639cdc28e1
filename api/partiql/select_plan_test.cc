// Key detection, bounds, order and what is left for the filter.
#include "api/partiql/select_plan.h"

#include <string>
#include <vector>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

std::string DescribeBounds(const SortBounds& bounds) {
  if (bounds.point) {
    return " =" + ToJson(bounds.from);
  }
  std::string text;
  if (bounds.prefix.has_value()) {
    text += " prefix " + std::string(*bounds.prefix);
  }
  if (bounds.from.present()) {
    text += (bounds.from_inclusive ? " >=" : " >") + ToJson(bounds.from);
  }
  if (bounds.to.present()) {
    text += (bounds.to_inclusive ? " <=" : " <") + ToJson(bounds.to);
  }
  return text;
}

// The plan for `SELECT * FROM T <rest>` in one line, or the error.
std::string Plan(const std::string& rest, const KeySchema& schema) {
  const Statement statement = ParseValid("SELECT * FROM T " + rest);
  SelectPlan plan;
  const ApiStatus status = PlanSelect(statement, schema, &plan);
  if (!status.ok()) {
    return "ERROR " + status.error().message;
  }
  std::string text = plan.keyed ? "query" : "scan";
  for (const std::vector<ValueView>& partition : plan.partitions) {
    text += " [";
    for (const ValueView value : partition) {
      text += ToJson(value);
    }
    text += "]";
  }
  for (const SortBounds& bounds : plan.sort) {
    text += DescribeBounds(bounds);
  }
  text += plan.full_key ? " full" : "";
  text += plan.reverse ? " reverse" : "";
  text += plan.strict_projection ? "" : " lenient";
  if (plan.filter.present()) {
    text += " filter";
    for (const expr::DocumentPath& path : plan.filter.paths()) {
      text += " " + path.ToString();
    }
  }
  return text;
}

struct PlanCase {
  std::string rest;
  std::string plan;
};

void Check(const std::vector<PlanCase>& cases, const KeySchema& schema) {
  for (const PlanCase& test : cases) {
    EXPECT_EQ(Plan(test.rest, schema), test.plan) << test.rest;
  }
}

TEST(SelectPlanTest, FindsPartitions) {
  Check(
      {
          {"", "scan lenient"},
          {"WHERE a = 1", "scan lenient filter [a]"},
          {"WHERE pk = 'x'", R"(query [{"S":"x"}] full)"},
          {"WHERE 'x' = pk", R"(query [{"S":"x"}] full)"},
          {"WHERE (pk = 'x') AND a = 1", R"(query [{"S":"x"}] full filter [a])"},
          {"WHERE a = 1 AND pk = 'x' AND b = 2", R"(query [{"S":"x"}] full filter [a] [b])"},
          {"WHERE pk IN ['x', 'y', 'x']", R"(query [{"S":"x"}] [{"S":"y"}])"},
          {"WHERE pk IN ('x')", R"(query [{"S":"x"}] full)"},
          {"WHERE pk IN ['x', a]", "scan lenient filter [pk] [a]"},
          {"WHERE pk = 'x' AND pk = 'y'", R"(query [{"S":"x"}] full filter [pk])"},
          {"WHERE pk IN ['x'] AND pk = 'y'", R"(query [{"S":"y"}] full filter [pk])"},
          {"WHERE pk = 'x' OR pk = 'y'", "scan lenient filter [pk] [pk]"},
          {"WHERE NOT pk = 'x'", "scan lenient filter [pk]"},
          {"WHERE pk <> 'x'", "scan lenient filter [pk]"},
          {"WHERE pk > 'x'", "scan lenient filter [pk]"},
          {"WHERE pk.a = 'x'", "scan lenient filter [pk, a]"},
          {"WHERE size(pk) = 1", "scan lenient filter [pk]"},
          {"WHERE pk = a", "scan lenient filter [pk] [a]"},
          {"WHERE pk = 'x' AND (a = 1 OR b = 2)",
           R"(query [{"S":"x"}] full lenient filter [a] [b])"},
          {"WHERE pk = 'x' AND NOT (a = 1 OR b = 2)",
           R"(query [{"S":"x"}] full lenient filter [a] [b])"},
          {"WHERE pk = 5",
           "ERROR One or more parameter values were invalid: Condition parameter type does not "
           "match schema type"},
          {"WHERE pk IN ['x', 5]",
           "ERROR One or more parameter values were invalid: Condition parameter type does not "
           "match schema type"},
      },
      TestSchema("pk:S"));
}

TEST(SelectPlanTest, BoundsSortKeys) {
  const std::string x = R"(query [{"S":"x"}])";
  const KeySchema schema = TestSchema("pk:S sk:N");
  const std::vector<PlanCase> cases = {
      {"", ""},
      {"AND sk = 1", R"( ={"N":"1"} full)"},
      {"AND 1 = sk", R"( ={"N":"1"} full)"},
      {"AND sk < 1", R"( <{"N":"1"})"},
      {"AND sk <= 1", R"( <={"N":"1"})"},
      {"AND sk > 1", R"( >{"N":"1"})"},
      {"AND sk >= 1", R"( >={"N":"1"})"},
      {"AND 1 < sk", R"( >{"N":"1"})"},
      {"AND 1 >= sk", R"( <={"N":"1"})"},
      {"AND sk > 1 AND sk <= 5", R"( >{"N":"1"} <={"N":"5"})"},
      {"AND sk > 1 AND sk > 2", R"( >{"N":"1"} filter [sk])"},
      {"AND sk BETWEEN 1 AND 5", R"( >={"N":"1"} <={"N":"5"})"},
      {"AND sk BETWEEN 1 AND 5 AND sk < 3", R"( >={"N":"1"} <={"N":"5"} filter [sk])"},
      {"AND sk = 1 AND sk < 3", R"( ={"N":"1"} full filter [sk])"},
      {"AND sk IN [1, 2]", " filter [sk]"},
      {"AND sk <> 1", " filter [sk]"},
      {"AND NOT sk = 1", " filter [sk]"},
      {"AND a = 1 AND sk = 2", R"( ={"N":"2"} full filter [a])"},
  };
  for (const PlanCase& test : cases) {
    EXPECT_EQ(Plan("WHERE pk = 'x' " + test.rest, schema), x + test.plan) << test.rest;
  }
  // Never true: there is no partition to read.
  EXPECT_EQ(Plan("WHERE pk = 'x' AND sk > 5 AND sk < 1", schema), R"(query >{"N":"5"} <{"N":"1"})");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND sk BETWEEN 5 AND 1", schema),
            R"(query >={"N":"5"} <={"N":"1"})");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND sk > 5 AND sk <= 5", schema),
            R"(query >{"N":"5"} <={"N":"5"})");
  EXPECT_EQ(Plan("WHERE sk = 1", schema), "scan lenient filter [sk]");
  EXPECT_EQ(Plan("WHERE pk IN ['x', 'y'] AND sk = 1", schema),
            R"(query [{"S":"x"}] [{"S":"y"}] ={"N":"1"})");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND sk = 'text'", schema),
            "ERROR One or more parameter values were invalid: Condition parameter type does not "
            "match schema type");
  // Without the partition key the type is the filter's business.
  EXPECT_EQ(Plan("WHERE sk = 'text'", schema), "scan lenient filter [sk]");
}

TEST(SelectPlanTest, BoundsSortKeysByPrefix) {
  const KeySchema schema = TestSchema("Artist:S Song:S");
  EXPECT_EQ(Plan("WHERE \"Artist\" = 'A' AND begins_with(\"Song\", 'B')", schema),
            R"(query [{"S":"A"}] prefix B)");
  EXPECT_EQ(Plan("WHERE Artist = 'A' AND begins_with(Song, 'B') AND Song < 'C'", schema),
            R"(query [{"S":"A"}] prefix B filter [Song])");
  EXPECT_EQ(Plan("WHERE Artist = 'A' AND begins_with(Song, x)", schema),
            R"(query [{"S":"A"}] filter [Song] [x])");
}

TEST(SelectPlanTest, BoundsSeveralSortAttributes) {
  const KeySchema schema = TestSchema("pk:S a:N b:N c:N");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND a = 1 AND b > 2 AND c = 3", schema),
            R"(query [{"S":"x"}] ={"N":"1"} >{"N":"2"} filter [c])");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND b = 2", schema), R"(query [{"S":"x"}] filter [b])");
  EXPECT_EQ(Plan("WHERE pk = 'x' AND c = 3 AND b = 2 AND a = 1", schema),
            R"(query [{"S":"x"}] ={"N":"1"} ={"N":"2"} ={"N":"3"} full)");
}

TEST(SelectPlanTest, NeedsAllPartitionAttributes) {
  KeySchema schema = TestSchema("p:S");
  schema.partition.push_back({"q", AttributeType::kNumber});
  EXPECT_EQ(Plan("WHERE p = 'x'", schema), "scan lenient filter [p]");
  EXPECT_EQ(Plan("WHERE q = 1 AND p = 'x'", schema), R"(query [{"S":"x"}{"N":"1"}] full)");
  EXPECT_EQ(Plan("WHERE p IN ['x', 'y'] AND q IN [1, 2]", schema),
            R"(query [{"S":"x"}{"N":"1"}] [{"S":"x"}{"N":"2"}] [{"S":"y"}{"N":"1"}])"
            R"( [{"S":"y"}{"N":"2"}])");
}

TEST(SelectPlanTest, BoundsKeyValues) {
  const auto list = [](int count) {
    std::string text = "WHERE pk IN [0";
    for (int index = 1; index < count; ++index) {
      text += "," + std::to_string(index);
    }
    return text + "]";
  };
  EXPECT_TRUE(Plan(list(50), TestSchema("pk:N")).starts_with("query"));
  EXPECT_EQ(Plan(list(51), TestSchema("pk:N")),
            "ERROR The IN operator is provided with too many operands; number of operands: 51");
  EXPECT_TRUE(Plan(list(51), TestSchema("other:N")).starts_with("scan"));
}

TEST(SelectPlanTest, Orders) {
  const std::string needs_where =
      "ERROR Must have WHERE clause in the statement when using ORDER BY clause.";
  const auto not_a_key = [](const std::string& name) {
    return "ERROR Variable reference " + name +
           " in ORDER BY clause must be part of the primary key";
  };
  Check(
      {
          {"ORDER BY sk", needs_where},
          {"WHERE a = 1 ORDER BY sk", needs_where},
          {"WHERE pk = 'x' ORDER BY a", not_a_key("a")},
          {"WHERE pk = 'x' ORDER BY sk.b", not_a_key("b")},
          {"WHERE pk = 'x' ORDER BY sk", R"(query [{"S":"x"}])"},
          {"WHERE pk = 'x' ORDER BY sk ASC", R"(query [{"S":"x"}])"},
          {"WHERE pk = 'x' ORDER BY sk DESC", R"(query [{"S":"x"}] reverse)"},
          {"WHERE pk = 'x' ORDER BY pk, sk DESC", R"(query [{"S":"x"}] reverse)"},
          {"WHERE pk = 'x' ORDER BY pk DESC", R"(query [{"S":"x"}])"},
          {"WHERE pk IN ['y', 'x', 'z'] ORDER BY pk",
           R"(query [{"S":"x"}] [{"S":"y"}] [{"S":"z"}])"},
          {"WHERE pk IN ['y', 'x', 'z'] ORDER BY pk DESC, sk DESC",
           R"(query [{"S":"z"}] [{"S":"y"}] [{"S":"x"}] reverse)"},
          {"WHERE pk IN ['y', 'x'] ORDER BY sk", needs_where},
          {"WHERE pk IN ['y', 'x'] ORDER BY sk, pk", needs_where},
      },
      TestSchema("pk:S sk:N"));
}

}  // namespace
}  // namespace millrace::api::partiql
