// Which names and values a row has.
#include "api/partiql/projected_row.h"

#include <string>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

std::string Project(const std::string& columns, const ItemView& item) {
  const Statement statement = ParseValid("SELECT " + columns + " FROM T");
  std::string text;
  json::Writer writer(&text);
  RowProjection(statement.projection).Write(item, &writer);
  return text;
}

TEST(ProjectedRowTest, WritesColumnsUnderTheirLastName) {
  TestValues values;
  const ItemView item =
      values.Item(R"(M {"a": N 1, "m": M {"x": S "deep", "a": N 2, "l": L [N 7, N 8]},)"
                  R"( "l": L [M {"x": N 9}]})");
  const struct {
    std::string columns;
    std::string row;
  } cases[] = {
      {"a", R"({"a":{"N":"1"}})"},
      {"m.x, a", R"({"x":{"S":"deep"},"a":{"N":"1"}})"},
      {"m.l[1]", R"({"l[1]":{"N":"8"}})"},
      {"l[0]", R"({"l[0]":{"M":{"x":{"N":"9"}}}})"},
      {"l[0].x", R"({"x":{"N":"9"}})"},
      {"b", "{}"},
      {"b, a.c, m.l[2], a", R"({"a":{"N":"1"}})"},
      // One name, one member: the first column that has a value.
      {"a, m.a", R"({"a":{"N":"1"}})"},
      {"m.a, a", R"({"a":{"N":"2"}})"},
      {"b.a, m.a, a", R"({"a":{"N":"2"}})"},
      {"a, a", R"({"a":{"N":"1"}})"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Project(test.columns, item), test.row) << test.columns;
  }
  EXPECT_EQ(Project("*", item), ToJson(item));
}

TEST(ProjectedRowTest, KnowsWholeItems) {
  EXPECT_TRUE(RowProjection({}).whole_items());
  EXPECT_FALSE(RowProjection(ParseValid("SELECT a FROM T").projection).whole_items());
}

}  // namespace
}  // namespace millrace::api::partiql
