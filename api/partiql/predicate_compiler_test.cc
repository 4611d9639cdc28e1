// Predicates on items: every operator on present and on missing attributes.
#include "api/partiql/predicate_compiler.h"

#include <string>
#include <utility>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

bool Matches(const std::string& predicate, const ItemView& item) {
  const Statement statement = ParseValid("SELECT * FROM T WHERE " + predicate);
  const Predicate* const where = &*statement.where;
  return CompilePredicates({&where, 1}).Matches(item);
}

struct MatchCase {
  std::string predicate;
  bool matches;
};

TEST(PredicateCompilerTest, Matches) {
  TestValues values;
  const ItemView item = values.Item(
      R"(M {"s": S "abc", "n": N 5, "b": B <6162>, "t": BOOL true, "z": NULL, "ss": SS ["x", "y"],)"
      R"( "l": L [N 1, S "two"], "m": M {"k": N 1, "d": M {"e": S "f"}}})");
  const MatchCase cases[] = {
      {"s = 'abc'", true},
      {"s = 'abd'", false},
      {"'abc' = s", true},
      {"n = 5.0", true},
      {"n = '5'", false},
      {"n <> 5", false},
      {"n <> 6", true},
      {"n != '5'", true},
      {"n <> s", true},
      {"t = true", true},
      {"z = NULL", true},
      {"ss = <<'y','x'>>", true},
      {"l = [1, 'two']", true},
      {"l = ['two', 1]", false},
      {"m = {'d': {'e': 'f'}, 'k': 1}", true},
      {"m.d.e = 'f'", true},
      {"l[1] = 'two'", true},
      {"n < 6", true},
      {"n < 5", false},
      {"n <= 5", true},
      {"n > 4", true},
      {"n >= 6", false},
      {"s < 'abd'", true},
      {"s < 5", false},
      {"6 > n", true},
      {"n BETWEEN 1 AND 5", true},
      {"n BETWEEN 6 AND 9", false},
      {"n NOT BETWEEN 6 AND 9", true},
      {"n IN [1, 5]", true},
      {"n IN ('5')", false},
      {"n NOT IN [1, 5]", false},
      {"s IS MISSING", false},
      {"s IS NOT MISSING", true},
      {"z IS NULL", true},
      {"s IS NULL", false},
      {"z IS NOT NULL", false},
      {"z IS NOT MISSING", true},
      {"n IS N", true},
      {"n IS STRING", false},
      {"attribute_type(m, 'M')", true},
      {"attribute_type(m, 'L')", false},
      {"begins_with(s, 'ab')", true},
      {"begins_with(s, 'b')", false},
      {"begins_with(n, '5')", false},
      {"contains(s, 'bc')", true},
      {"contains(ss, 'x')", true},
      {"contains(ss, 'z')", false},
      {"contains(l, 1)", true},
      {"contains(l, '1')", false},
      {"size(s) = 3", true},
      {"size(ss) > 1", true},
      {"size(m) = size(l)", true},
      {"n = 5 AND s = 'abc'", true},
      {"n = 5 AND s = 'x'", false},
      {"n = 4 OR s = 'abc'", true},
      {"n = 4 OR s = 'x'", false},
      {"NOT (n = 4 OR s = 'x')", true},
      {"n = 1 OR n = 2 OR n = 3 OR n = 5", true},
      {"1 = 1", true},
  };
  for (const MatchCase& test : cases) {
    EXPECT_EQ(Matches(test.predicate, item), test.matches) << test.predicate;
  }
}

// A predicate that needs a missing value is false, `<>` included, and its NOT is true.
TEST(PredicateCompilerTest, MissingAttributes) {
  TestValues values;
  const ItemView item = values.Item(R"(M {"a": N 1, "l": L []})");
  const std::string predicates[] = {
      "x = 1",
      "1 = x",
      "x = a",
      "x = y",
      "x <> 1",
      "x != 1",
      "1 <> x",
      "x <> a",
      "a <> x",
      "x <> y",
      "x < 1",
      "x <= 1",
      "x > 1",
      "x >= 1",
      "x BETWEEN 0 AND 9",
      "a BETWEEN x AND 9",
      "x IN [1, 2]",
      "a IN [x]",
      "begins_with(x, '')",
      "contains(x, '')",
      "contains(a, x)",
      "x IS NULL",
      "x IS N",
      "attribute_type(x, 'N')",
      "size(x) = 0",
      "size(x) <> 0",
      "size(a) <> 0",
      "l[0] = 1",
      "l[0] <> 1",
      "a.b <> 1",
      "x.y.z = 1",
  };
  for (const std::string& predicate : predicates) {
    EXPECT_FALSE(Matches(predicate, item)) << predicate;
    EXPECT_TRUE(Matches("NOT " + predicate, item)) << predicate;
    EXPECT_FALSE(Matches("NOT NOT " + predicate, item)) << predicate;
  }
  EXPECT_TRUE(Matches("x IS MISSING", item));
  EXPECT_TRUE(Matches("x NOT IN [1]", item));
  EXPECT_TRUE(Matches("x NOT BETWEEN 1 AND 2", item));
  EXPECT_TRUE(Matches("x IS NOT NULL", item));
  // NOT over AND and OR is what De Morgan says, row by row.
  EXPECT_TRUE(Matches("NOT (x = 1 AND a = 1)", item));
  EXPECT_TRUE(Matches("NOT (x = 1 OR a = 2)", item));
  EXPECT_FALSE(Matches("NOT (x = 1 OR a = 1)", item));
  EXPECT_FALSE(Matches("NOT (NOT x = 1)", item));
}

TEST(PredicateCompilerTest, AnItemThatIsNotThereHasNoAttributes) {
  EXPECT_FALSE(Matches("a = 1", ItemView()));
  EXPECT_TRUE(Matches("a IS MISSING", ItemView()));
}

TEST(PredicateCompilerTest, JoinsPredicatesAndKeepsPaths) {
  TestValues values;
  const Statement statement =
      ParseValid("SELECT * FROM T WHERE a = 1 AND size(b.c) > 2 AND d <> 3");
  const Predicate* const all[] = {&statement.where->children[0], &statement.where->children[1],
                                  &statement.where->children[2]};
  EXPECT_FALSE(CompilePredicates({}).present());
  const expr::Condition condition = CompilePredicates(all);
  ASSERT_TRUE(condition.present());
  std::string paths;
  for (const expr::DocumentPath& path : condition.paths()) {
    paths += path.ToString();
  }
  EXPECT_EQ(paths, "[a][b, c][d]");
  EXPECT_TRUE(condition.Matches(values.Item(R"(M {"a": N 1, "b": M {"c": S "abc"}, "d": N 4})")));
  EXPECT_FALSE(condition.Matches(values.Item(R"(M {"a": N 1, "b": M {"c": S "abc"}})")));
}

}  // namespace
}  // namespace millrace::api::partiql
