// What updates make of items.
#include "api/expr/update.h"

#include <gtest/gtest.h>

#include "api/expr/projection.h"
#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kItem =
    R"({"pk":{"S":"item"},"n":{"N":"5"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]},)"
    R"("ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"m":{"M":{"a":{"S":"x"},)"
    R"("b":{"M":{"c":{"N":"1"}}},)"
    R"("l":{"L":[{"M":{"x":{"N":"1"}}}]}}}})";
constexpr std::string_view kValues =
    R"({":s":{"S":"v"},":t":{"S":"w"},":n":{"N":"2.5"},":l":{"L":[{"S":"e"}]},":ss":{"SS":["b",)"
    R"("c"]},)"
    R"(":ab":{"SS":["b","a"]},":ns":{"NS":["2.0","3"]},":m":{"M":{}}})";

std::string Updated(std::string_view text, std::string_view item_text = kItem,
                    std::string_view key_text = R"({"pk":{"S":"item"}})") {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#n":"n"})", kValues, &arena, &placeholders);
  Update update;
  EXPECT_EQ(Describe(Update::Parse(text, &placeholders, &update)), "") << text;
  EXPECT_TRUE(update.creates_missing_item());
  std::string out = "front";
  ItemView item;
  const ItemView old_item = item_text.empty() ? ItemView() : arena.Item(item_text);
  EXPECT_EQ(Describe(update.Apply(old_item, arena.Item(key_text), &out, &item)), "") << text;
  EXPECT_TRUE(out.starts_with("front"));
  return ToJson(item);
}

// kItem with one attribute's JSON replaced.
std::string With(std::string_view attribute, std::string_view json) {
  Arena arena;
  std::string text = "{";
  for (const NamedValue& entry : arena.Item(kItem).attributes()) {
    if (entry.name == attribute && json.empty()) {
      continue;
    }
    text += std::string(text.size() > 1 ? "," : "") + "\"" + std::string(entry.name) + "\":";
    if (entry.name == attribute) {
      text += json;
    } else {
      json::Writer writer(&text);
      WriteAttributeValue(entry.value, &writer);
    }
  }
  return text + "}";
}

std::string Plus(std::string_view attributes) {
  std::string text(kItem);
  text.insert(text.size() - 1, "," + std::string(attributes));
  return text;
}

TEST(UpdateTest, Set) {
  EXPECT_EQ(Updated("SET a = :s"), Plus(R"("a":{"S":"v"})"));
  EXPECT_EQ(Updated("SET n = :s"), With("n", R"({"S":"v"})"));
  EXPECT_EQ(Updated("SET #n = #n + :n"), With("n", R"({"N":"7.5"})"));
  EXPECT_EQ(Updated("SET n = :n - n"), With("n", R"({"N":"-2.5"})"));
  EXPECT_EQ(Updated("SET n = (n + n) + (n - :n)"), With("n", R"({"N":"12.5"})"));
  EXPECT_EQ(Updated("SET n = if_not_exists(n, :n) + :n"), With("n", R"({"N":"7.5"})"));
  EXPECT_EQ(Updated("SET c = if_not_exists(c, :n) + :n"), Plus(R"("c":{"N":"5"})"));
  EXPECT_EQ(Updated("SET n = :s, a = n"), [] {
    std::string text = With("n", R"({"S":"v"})");
    return text.insert(text.size() - 1, R"(,"a":{"N":"5"})");
  }());
  EXPECT_EQ(Updated("SET ll = list_append(if_not_exists(ll, :l), :l)"),
            Plus(R"("ll":{"L":[{"S":"e"},{"S":"e"}]})"));
  EXPECT_EQ(Updated("SET l = list_append(:l, l)"),
            With("l", R"({"L":[{"S":"e"},{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]})"));
}

TEST(UpdateTest, SetBelow) {
  EXPECT_EQ(
      Updated("SET m.a = :s, m.z = :t, m.b.c = m.b.c + :n, m.l[0].x = :m"),
      With("m",
           R"({"M":{"a":{"S":"v"},"b":{"M":{"c":{"N":"3.5"}}},"l":{"L":[{"M":{"x":{"M":{}}}}]},)"
           R"("z":{"S":"w"}}})"));
  EXPECT_EQ(Updated("SET l[1] = :s"),
            With("l", R"({"L":[{"N":"0"},{"S":"v"},{"N":"2"},{"N":"3"}]})"));
  // Beyond the end: appended in ascending order of index, without gaps.
  EXPECT_EQ(
      Updated("SET l[90] = :s, l[7] = :t, l[4000000000] = n"),
      With("l",
           R"({"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"S":"w"},{"S":"v"},{"N":"5"}]})"));
  EXPECT_EQ(Updated("SET l[0] = l[1], l[1] = l[0]"),
            With("l", R"({"L":[{"N":"1"},{"N":"0"},{"N":"2"},{"N":"3"}]})"));
}

TEST(UpdateTest, Remove) {
  EXPECT_EQ(Updated("REMOVE n, gone"), With("n", ""));
  EXPECT_EQ(Updated("REMOVE m.b.c, m.gone"),
            With("m", R"({"M":{"a":{"S":"x"},"b":{"M":{}},"l":{"L":[{"M":{"x":{"N":"1"}}}]}}})"));
  EXPECT_EQ(Updated("REMOVE l[0], l[2], l[9]"), With("l", R"({"L":[{"N":"1"},{"N":"3"}]})"));
  EXPECT_EQ(Updated("REMOVE l[0], l[1] SET l[2] = :s, l[8] = :t"),
            With("l", R"({"L":[{"S":"v"},{"N":"3"},{"S":"w"}]})"));
}

TEST(UpdateTest, AddAndDelete) {
  EXPECT_EQ(Updated("ADD n :n"), With("n", R"({"N":"7.5"})"));
  EXPECT_EQ(Updated("ADD c :n"), Plus(R"("c":{"N":"2.5"})"));
  EXPECT_EQ(Updated("ADD c :ss"), Plus(R"("c":{"SS":["b","c"]})"));
  EXPECT_EQ(Updated("ADD ss :ss"), With("ss", R"({"SS":["a","b","c"]})"));
  EXPECT_EQ(Updated("ADD ns :ns"), With("ns", R"({"NS":["1","2","3"]})"));
  EXPECT_EQ(Updated("ADD m.b.c :n, m.b.d :n"),
            With("m", R"({"M":{"a":{"S":"x"},"b":{"M":{"c":{"N":"3.5"},"d":{"N":"2.5"}}},)"
                      R"("l":{"L":[{"M":{"x":{"N":"1"}}}]}}})"));
  EXPECT_EQ(Updated("DELETE ss :ss"), With("ss", R"({"SS":["a"]})"));
  EXPECT_EQ(Updated("DELETE ns :ns"), With("ns", R"({"NS":["1"]})"));
  EXPECT_EQ(Updated("DELETE ss :ab"), With("ss", ""));
  EXPECT_EQ(Updated("DELETE gone :ab, m.gone :ab"), kItem);
}

TEST(UpdateTest, MissingItem) {
  EXPECT_EQ(Updated("SET a = :s", ""), R"({"pk":{"S":"item"},"a":{"S":"v"}})");
  EXPECT_EQ(Updated("REMOVE a", ""), R"({"pk":{"S":"item"}})");
  EXPECT_EQ(Updated("ADD c :n", ""), R"({"pk":{"S":"item"},"c":{"N":"2.5"}})");
}

TEST(UpdateTest, LargeSets) {
  std::string members;
  for (int index = 0; index < 20000; ++index) {
    members += (index > 0 ? ",\"" : "\"") + std::to_string(index) + "\"";
  }
  const std::string values = R"({":v":{"NS":[)" + members + R"(,"-1"]}})";
  const std::string item_text = R"({"s":{"NS":[)" + members + R"(,"-2"]}})";
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", values, &arena, &placeholders);
  for (const auto& [text, count] :
       std::vector<std::pair<std::string, uint32_t>>{{"ADD s :v", 20002}, {"DELETE s :v", 1}}) {
    Update update;
    ASSERT_TRUE(Update::Parse(text, &placeholders, &update).ok());
    std::string out;
    ItemView item;
    ASSERT_TRUE(update.Apply(arena.Item(item_text), ItemView(), &out, &item).ok());
    EXPECT_EQ(item.Find("s").AsSet().count(), count);
  }
}

TEST(UpdateTest, ManyTargets) {
  // More targets than fit the bitmap, some of which exist.
  std::string text = "REMOVE ";
  for (int index = 0; index < 200; ++index) {
    text += (index > 0 ? ",x" : "x") + std::to_string(index);
  }
  EXPECT_EQ(Updated(text, R"({"pk":{"S":"a"},"x7":{"N":"1"},"y":{"N":"2"},"x199":{"N":"3"}})"),
            R"({"pk":{"S":"a"},"y":{"N":"2"}})");
}

std::string LegacyUpdated(std::string_view updates, std::string_view item_text, bool creates) {
  Arena arena;
  Update update;
  EXPECT_EQ(Describe(Update::FromAttributeUpdates(arena.Json(updates), arena.Scratch(), &update)),
            "");
  EXPECT_EQ(update.creates_missing_item(), creates) << updates;
  std::string out;
  ItemView item;
  EXPECT_EQ(Describe(update.Apply(arena.Item(item_text), ItemView(), &out, &item)), "");
  return ToJson(item);
}

TEST(AttributeUpdatesTest, Actions) {
  EXPECT_EQ(LegacyUpdated(R"({"a":{"Value":{"S":"v"}},"n":{"Action":"PUT","Value":{"N":"1"}}})",
                          R"({"n":{"S":"x"}})", true),
            R"({"n":{"N":"1"},"a":{"S":"v"}})");
  EXPECT_EQ(
      LegacyUpdated(R"({"n":{"Action":"ADD","Value":{"N":"1"}},
                              "c":{"Action":"ADD","Value":{"N":"1"}},
                              "s":{"Action":"ADD","Value":{"SS":["b"]}},
                              "l":{"Action":"ADD","Value":{"L":[{"S":"y"}]}}})",
                    R"({"n":{"N":"1"},"s":{"SS":["a"]},"l":{"L":[{"S":"x"}]}})", true),
      R"({"n":{"N":"2"},"s":{"SS":["a","b"]},"l":{"L":[{"S":"x"},{"S":"y"}]},"c":{"N":"1"}})");
  EXPECT_EQ(
      LegacyUpdated(R"({"a.b":{"Action":"DELETE"},"s":{"Action":"DELETE","Value":{"SS":["a"]}},
                              "gone":{"Action":"DELETE"}})",
                    R"({"a.b":{"N":"1"},"s":{"SS":["a"]},"k":{"N":"2"}})", false),
      R"({"k":{"N":"2"}})");
  EXPECT_EQ(LegacyUpdated("{}", R"({"k":{"N":"2"}})", true), R"({"k":{"N":"2"}})");
}

TEST(UpdateTest, NoActionsKeepTheItem) {
  Arena arena;
  const Update update;
  EXPECT_FALSE(update.present());
  EXPECT_TRUE(update.creates_missing_item());
  std::string out;
  ItemView item;
  ASSERT_TRUE(update.Apply(ItemView(), arena.Item(R"({"pk":{"S":"a"}})"), &out, &item).ok());
  EXPECT_EQ(ToJson(item), R"({"pk":{"S":"a"}})");
}

uint32_t Measured(std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kValues, &arena, &placeholders);
  Update update;
  EXPECT_EQ(Describe(Update::Parse(text, &placeholders, &update)), "") << text;
  KeySchema schema;
  schema.partition.push_back({"pk", AttributeType::kString});
  return update.MeasuredSize(arena.Item(R"({"pk":{"S":"12345678901234567890"},"a":{"S":"x"}})"),
                             schema);
}

TEST(UpdateTest, MeasuredSize) {
  // The item has 24 bytes, 22 of them its key.
  EXPECT_EQ(Measured("REMOVE a"), 24U);
  EXPECT_EQ(Measured("SET a = :s"), 2U + 3 + 19);
  EXPECT_EQ(Measured("SET a = :s REMOVE b"), 2U + 3 + 19 + 2);
  EXPECT_EQ(Measured("SET a = b + :n"), 2U + 3 + 19 + 50);
  EXPECT_EQ(Measured("SET a[1] = :s ADD b :n"), 2U + 3 + 19 + 1 + 19);
  EXPECT_EQ(Measured("SET a = :s DELETE b :ss"), 2U + 3 + 19 + 2);
}

TEST(UpdateTest, PathsStartWithTheTargets) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kValues, &arena, &placeholders);
  Update update;
  ASSERT_TRUE(
      Update::Parse("SET a = b.c, d[0] = if_not_exists(e, f) REMOVE g", &placeholders, &update)
          .ok());
  std::string text;
  for (const DocumentPath& path : update.targets()) {
    text += path.ToString();
  }
  EXPECT_EQ(text, "[a][d, [0]][g]");
  text.clear();
  for (const DocumentPath& path : update.paths()) {
    text += path.ToString();
  }
  EXPECT_EQ(text, "[a][d, [0]][g][b, c][e][f]");
}

}  // namespace
}  // namespace millrace::api::expr
