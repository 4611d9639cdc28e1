// What conditions say about items: the truth tables of comparisons and functions, and the older
// parameters.
#include "api/expr/condition.h"

#include <gtest/gtest.h>

#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kItem = R"({
    "txt":{"S":"hello"},"num":{"N":"5"},"num2":{"N":"5.0"},"bin":{"B":"aGVsbG8="},
    "yes":{"BOOL":true},"nul":{"NULL":true},"emoji":{"S":"a\ud83d\ude00"},
    "strings":{"SS":["a","b","c"]},"numbers":{"NS":["1","2.0","3"]},"bins":{"BS":["YQ==","Yg=="]},
    "lst":{"L":[{"S":"x"},{"N":"7"},{"L":[{"S":"deep"}]},{"SS":["p","q"]}]},
    "doc":{"M":{"a":{"S":"x"},"b":{"M":{"c":{"N":"1"}}}}},
    "doc2":{"M":{"b":{"M":{"c":{"N":"1.0"}}},"a":{"S":"x"}}}})";

constexpr std::string_view kValues = R"({
    ":hello":{"S":"hello"},":he":{"S":"he"},":ll":{"S":"ll"},":nothing":{"S":""},":z":{"S":"z"},
    ":five":{"N":"5"},":one":{"N":"1"},":two":{"N":"2"},":three":{"N":"3"},":seven":{"N":"7"},
    ":ten":{"N":"10"},":true":{"BOOL":true},":false":{"BOOL":false},":null":{"NULL":true},
    ":bhello":{"B":"aGVsbG8="},":bhe":{"B":"aGU="},":abc":{"SS":["c","b","a"]},
    ":ab":{"SS":["a","b"]},

    ":a":{"S":"a"},":d":{"S":"d"},":ba":{"B":"YQ=="},":x":{"S":"x"},":qp":{"SS":["q","p"]},
    ":deeplist":{"L":[{"S":"deep"}]},":N":{"S":"N"},":S":{"S":"S"},":NULL":{"S":"NULL"},
    ":doc":{"M":{"b":{"M":{"c":{"N":"1"}}},"a":{"S":"x"}}}})";

bool Holds(std::string_view text, std::string_view item_text = kItem) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#n":"num","#dot":"doc.a"})", kValues, &arena, &placeholders);
  Condition condition;
  const ApiStatus status = Condition::Parse("ConditionExpression", text, &placeholders, &condition);
  EXPECT_EQ(Describe(status), "") << text;
  return condition.Matches(item_text.empty() ? ItemView() : arena.Item(item_text));
}

constexpr std::string_view kTrue[] = {"txt = :hello",
                                      "num = :five",
                                      "num = num2",
                                      "#n = :five",
                                      "bin = :bhello",
                                      "yes = :true",
                                      "nul = :null",
                                      "strings = :abc",
                                      "doc = doc2",
                                      "doc = :doc",
                                      "lst[1] = :seven",
                                      "lst[2][0] <> lst[0]",
                                      "doc.b.c = :one",
                                      "lst[3] = :qp",
                                      "txt <> num",
                                      "txt <> :z",
                                      "absent <> :z",
                                      "absent <> gone",
                                      "NOT absent = :z",
                                      "num < :ten",
                                      "num <= num2",
                                      "num >= :five",
                                      "num > :one",
                                      "txt < :z",
                                      "bin > :bhe",
                                      "num BETWEEN :five AND :ten",
                                      "num BETWEEN :one AND :five",
                                      ":five BETWEEN :one AND num",
                                      "num IN (:hello, :one, :five)",
                                      "strings IN (:ab, :abc)",
                                      "attribute_exists(nul)",
                                      "attribute_exists(doc.b.c)",
                                      "attribute_exists(lst[0])",
                                      "attribute_not_exists(lst[9])",
                                      "attribute_not_exists(doc.a.b)",
                                      "attribute_not_exists(txt[0])",
                                      "attribute_not_exists(#dot)",
                                      "attribute_type(num, :N)",
                                      "attribute_type(nul, :NULL)",
                                      "begins_with(txt, :he)",
                                      "begins_with(txt, :nothing)",
                                      "begins_with(bin, :bhe)",
                                      "contains(txt, :ll)",
                                      "contains(txt, :nothing)",
                                      "contains(bin, :bhe)",
                                      "contains(strings, :a)",
                                      "contains(numbers, :two)",
                                      "contains(bins, :ba)",
                                      "contains(lst, :seven)",
                                      "contains(lst, :deeplist)",
                                      "contains(lst, :qp)",
                                      "contains(:abc, doc.nothing) OR contains(:abc, :a)",
                                      "size(txt) = :five",
                                      "size(emoji) = :three",
                                      "size(bin) = :five",
                                      "size(strings) = :three",
                                      "size(numbers) = :three",
                                      "size(lst) > :three",
                                      "size(doc) = :two",
                                      "size(:hello) = num",
                                      "size(absent) <> :one",
                                      "size(num) <> :one",
                                      "num = :five AND txt = :hello",
                                      "num = :one OR txt = :hello",
                                      "num = :one OR txt = :hello AND num = :five",
                                      "NOT num = :one AND txt = :hello",
                                      "NOT (num = :one AND txt = :hello)",
                                      "NOT NOT num = :five",
                                      "num BETWEEN :one AND :ten AND txt = :hello",
                                      "size(txt) BETWEEN :one AND num"};

TEST(ConditionTest, True) {
  for (const std::string_view text : kTrue) {
    EXPECT_TRUE(Holds(text)) << text;
  }
}

TEST(ConditionTest, False) {
  for (const std::string_view text : {"txt = num",
                                      "absent = :z",
                                      "absent = gone",
                                      "absent < :z",
                                      "absent >= :z",
                                      "absent BETWEEN :a AND :z",
                                      "absent IN (:z)",
                                      "NOT absent <> :z",
                                      "txt <> :hello",
                                      "txt < :five",
                                      "txt > num",
                                      "yes < num",
                                      "strings = :ab",
                                      "lst[0] = :z",
                                      "yes = :false",
                                      "strings < :z",
                                      "doc > lst",
                                      "num BETWEEN :one AND :two",
                                      "num BETWEEN :a AND :z",
                                      "num IN (:one, :two)",
                                      "attribute_exists(absent)",
                                      "attribute_exists(doc.b.c.d)",
                                      "attribute_exists(lst[4])",
                                      "attribute_exists(doc[0])",
                                      "attribute_exists(lst.a)",
                                      "attribute_not_exists(txt)",
                                      "attribute_type(absent, :S)",
                                      "attribute_type(num, :S)",
                                      "begins_with(txt, :ll)",
                                      "begins_with(num, :he)",
                                      "begins_with(absent, :he)",
                                      "begins_with(strings, :a)",
                                      "begins_with(bin, :he)",
                                      "contains(txt, :z)",
                                      "contains(strings, :d)",
                                      "contains(strings, :one)",
                                      "contains(numbers, :five)",
                                      "contains(doc, :a)",
                                      "contains(absent, :a)",
                                      "contains(num, :five)",
                                      "contains(txt, :bhe)",
                                      "size(absent) = :one",
                                      "size(num) = :one",
                                      "size(yes) < :ten",
                                      "size(nul) = size(absent)"}) {
    EXPECT_FALSE(Holds(text)) << text;
  }
}

TEST(ConditionTest, MissingItemHasNoAttributes) {
  EXPECT_TRUE(Holds("attribute_not_exists(pk)", ""));
  EXPECT_FALSE(Holds("attribute_exists(pk)", ""));
  EXPECT_TRUE(Holds("pk <> :a", ""));
}

TEST(ConditionTest, AbsentConditionHolds) {
  EXPECT_FALSE(Condition().present());
  EXPECT_TRUE(Condition().Matches(ItemView()));
}

TEST(ConditionTest, PathsAreThoseOfTheText) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#n":"n.m"})", kValues, &arena, &placeholders);
  Condition condition;
  ASSERT_TRUE(Condition::Parse("FilterExpression", "a.b[2] = :a AND size(#n) IN (c, :d)",
                               &placeholders, &condition)
                  .ok());
  ASSERT_EQ(condition.paths().size(), 3U);
  EXPECT_EQ(condition.paths()[0].ToString(), "[a, b, [2]]");
  EXPECT_EQ(condition.paths()[1].ToString(), "[n.m]");
  EXPECT_EQ(condition.paths()[2].ToString(), "[c]");
}

TEST(ConditionTest, RepetitiveTextsAreSearchedInLinearTime) {
  // A quadratic search would take minutes here.
  const std::string haystack(200000, 'a');
  const std::string needle(100000, 'a');
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", R"({":v":{"S":")" + needle + R"(b"}})", &arena, &placeholders);
  Condition condition;
  ASSERT_TRUE(
      Condition::Parse("FilterExpression", "contains(a, :v)", &placeholders, &condition).ok());
  EXPECT_FALSE(condition.Matches(arena.Item(R"({"a":{"S":")" + haystack + R"("}})")));
}

}  // namespace
}  // namespace millrace::api::expr
