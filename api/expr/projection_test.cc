// What projections select, and what they refuse.
#include "api/expr/projection.h"

#include <gtest/gtest.h>

#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kItem =
    R"({"pk":{"S":"k"},"a":{"M":{"b":{"N":"1"},"c":{"M":{"d":{"S":"x"}}},"e":{"NULL":true}}},)"
    R"("l":{"L":[{"N":"0"},{"M":{"a":{"N":"1"},"b":{"N":"2"}}},{"N":"2"},{"L":[]}]},)"
    R"("x.y":{"S":"dot"}})";

std::string Problem(std::string_view text, Projection* projection) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#xy":"x.y","#a":"a"})", "", &arena, &placeholders);
  return Describe(Projection::Parse(text, &placeholders, projection));
}

std::string Selected(std::string_view text, std::string_view item_text = kItem) {
  Projection projection;
  EXPECT_EQ(Problem(text, &projection), "") << text;
  EXPECT_TRUE(projection.present());
  Arena arena;
  std::string json;
  json::Writer writer(&json);
  // In an array, so that what is taken back is seen not to disturb what is around it.
  writer.BeginArray();
  writer.Int(1);
  projection.Write(arena.Item(item_text), &writer);
  writer.Int(2);
  writer.EndArray();
  EXPECT_TRUE(json.starts_with("[1,") && json.ends_with(",2]")) << json;
  return json.substr(3, json.size() - 6);
}

TEST(ProjectionTest, Selects) {
  EXPECT_EQ(Selected("pk"), R"({"pk":{"S":"k"}})");
  EXPECT_EQ(Selected("gone"), "{}");
  EXPECT_EQ(Selected("#xy, pk"), R"({"pk":{"S":"k"},"x.y":{"S":"dot"}})");
  EXPECT_EQ(Selected("a.b, a.e"), R"({"a":{"M":{"b":{"N":"1"},"e":{"NULL":true}}}})");
  EXPECT_EQ(Selected("a.c.d, #a.b"), R"({"a":{"M":{"b":{"N":"1"},"c":{"M":{"d":{"S":"x"}}}}}})");
  EXPECT_EQ(Selected("l[2], l[0]"), R"({"l":{"L":[{"N":"0"},{"N":"2"}]}})");
  EXPECT_EQ(Selected("l[1].b, l[1].a"), R"({"l":{"L":[{"M":{"a":{"N":"1"},"b":{"N":"2"}}}]}})");
  EXPECT_EQ(Selected("l[3]"), R"({"l":{"L":[{"L":[]}]}})");
  EXPECT_EQ(Selected("l[10], l[9], l[2]"), R"({"l":{"L":[{"N":"2"}]}})");
}

TEST(ProjectionTest, LeavesNoEmptyParents) {
  EXPECT_EQ(Selected("a.gone, pk.x, l[0].q, l[3][0], l[1].z, #xy[0]", kItem), "{}");
  EXPECT_EQ(Selected("a.c.gone, a.b"), R"({"a":{"M":{"b":{"N":"1"}}}})");
  EXPECT_EQ(Selected("a.b.gone, pk, l[9]"), R"({"pk":{"S":"k"}})");
}

TEST(ProjectionTest, Refuses) {
  const auto touch = [](std::string how, std::string one, std::string two) {
    return "Two document paths " + how +
           " with each other; must remove or rewrite one of these paths; path one: [" + one +
           "], path two: [" + two + "]";
  };
  const std::string no_name =
      "An expression attribute name used in the document path is not defined; attribute name: #b";
  const std::string reserved = "Attribute name is a reserved keyword; reserved keyword: name";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a, a", touch("overlap", "a", "a")},
      {"#a, a", touch("overlap", "a", "a")},
      {"b, a, b", touch("overlap", "b", "b")},
      {"a.b, a", touch("overlap", "a, b", "a")},
      {"a[0].b, a[0]", touch("overlap", "a, [0], b", "a, [0]")},
      {"a[0], a.b", touch("conflict", "a, [0]", "a, b")},
      {"a.b, a[0]", touch("conflict", "a, b", "a, [0]")},
      {"a, name", reserved},
      {"a, #b", no_name},
      {"#b, name", reserved},
      {"a, a, #b", no_name},
      {std::string(4097, 'a'),
       "Expression size has exceeded the maximum allowed size; expression size: 4097"},
  };
  for (const auto& [text, detail] : cases) {
    Projection projection;
    EXPECT_EQ(Problem(text, &projection), "ENVELOPED Invalid ProjectionExpression: " + detail)
        << text;
    EXPECT_FALSE(projection.present());
  }
  Projection projection;
  EXPECT_EQ(Problem("", &projection),
            "Invalid ProjectionExpression: The expression can not be empty;");
}

TEST(ProjectionTest, AttributesToGet) {
  Arena arena;
  Projection projection;
  ASSERT_TRUE(
      Projection::FromAttributesToGet(arena.Json(R"(["x.y","pk","no"])"), &projection).ok());
  std::string json;
  json::Writer writer(&json);
  projection.Write(arena.Item(kItem), &writer);
  EXPECT_EQ(json, R"({"pk":{"S":"k"},"x.y":{"S":"dot"}})");
  EXPECT_EQ(Describe(Projection::FromAttributesToGet(arena.Json(R"(["a","b","a"])"), &projection)),
            "One or more parameter values were invalid: Duplicate value in attribute name: a");
}

TEST(ProjectionTest, UnsortedPathsAndAnySelected) {
  Arena arena;
  const ItemView item = arena.Item(kItem);
  const std::vector<DocumentPath> paths = {{{{"l", 0, false}, {"", 2, true}}},
                                           {{{"a", 0, false}, {"b", 0, false}}},
                                           {{{"l", 0, false}, {"", 0, true}}}};
  std::string json;
  json::Writer writer(&json);
  WriteSelected(paths, item, &writer);
  EXPECT_EQ(json, R"({"a":{"M":{"b":{"N":"1"}}},"l":{"L":[{"N":"0"},{"N":"2"}]}})");
  EXPECT_TRUE(AnySelected(paths, item));
  EXPECT_FALSE(AnySelected(paths, ItemView()));
  EXPECT_FALSE(AnySelected({}, item));
}

}  // namespace
}  // namespace millrace::api::expr
