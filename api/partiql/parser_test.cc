// What statements mean: grammar, constants, parameters.
#include "api/partiql/parser.h"

#include <string>
#include <vector>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

struct ParserCase {
  std::string_view text;
  std::string_view meaning;
};

void Check(const std::vector<ParserCase>& cases) {
  for (const ParserCase& test : cases) {
    EXPECT_EQ(ParseToText(test.text), test.meaning) << test.text;
  }
}

TEST(ParserTest, Selects) {
  Check({
      {"SELECT * FROM T", "SELECT T"},
      {"select * from T", "SELECT T"},
      {"SELECT*FROM\"T\"", "SELECT T"},
      {"SELECT * FROM \"a.b-c\"", "SELECT a.b-c"},
      {"SELECT * FROM \"T\".\"byDate\"", "SELECT T.byDate"},
      {"SELECT * FROM T.byDate", "SELECT T.byDate"},
      {"SELECT * FROM \"select\"", "SELECT select"},
      {"SELECT a, m.x, l[0][1].\"odd name\" FROM T",
       "SELECT T column [a] column [m, x] column [l, [0], [1], odd name]"},
      {"SELECT a[99999999999999999999] FROM T", "SELECT T column [a, [4294967295]]"},
      {"SELECT old, new, modified FROM T", "SELECT T column [old] column [new] column [modified]"},
      {"SELECT /* all */ * -- the rest\nFROM T", "SELECT T"},
      {"SELECT * FROM T WHERE a = 1 ORDER BY a",
       R"(SELECT T where (= [a] {"N":"1"}) order [a] up)"},
      {"SELECT * FROM T ORDER BY a ASC, b DESC", "SELECT T order [a] up order [b] down"},
  });
}

TEST(ParserTest, Predicates) {
  const std::string start = "SELECT * FROM T WHERE ";
  const std::vector<ParserCase> cases = {
      {"a = 1", R"((= [a] {"N":"1"}))"},
      {"1 = a", R"((= {"N":"1"} [a]))"},
      {"a <> 1", R"((<> [a] {"N":"1"}))"},
      {"a != 1", R"((<> [a] {"N":"1"}))"},
      {"a < 'x'", R"((< [a] {"S":"x"}))"},
      {"a <= 'x'", R"((<= [a] {"S":"x"}))"},
      {"a > b", "(> [a] [b])"},
      {"a >= b.c", "(>= [a] [b, c])"},
      {"\"and\" = \"A\"", "(= [and] [A])"},
      {"a=1 AND b=2 AND c=3", R"((AND (= [a] {"N":"1"}) (= [b] {"N":"2"}) (= [c] {"N":"3"})))"},
      {"(a=1 AND b=2) AND c=3", R"((AND (= [a] {"N":"1"}) (= [b] {"N":"2"}) (= [c] {"N":"3"})))"},
      {"a=1 AND (b=2 AND c=3)", R"((AND (= [a] {"N":"1"}) (= [b] {"N":"2"}) (= [c] {"N":"3"})))"},
      {"a=1 OR b=2 AND c=3", R"((OR (= [a] {"N":"1"}) (AND (= [b] {"N":"2"}) (= [c] {"N":"3"}))))"},
      {"(a=1 OR b=2) AND c=3",
       R"((AND (OR (= [a] {"N":"1"}) (= [b] {"N":"2"})) (= [c] {"N":"3"})))"},
      {"NOT a=1 AND b=2", R"((AND (NOT (= [a] {"N":"1"})) (= [b] {"N":"2"})))"},
      {"NOT (a=1 AND b=2)", R"((NOT (AND (= [a] {"N":"1"}) (= [b] {"N":"2"}))))"},
      {"NOT NOT a=1", R"((= [a] {"N":"1"}))"},
      {"NOT NOT NOT a=1", R"((NOT (= [a] {"N":"1"})))"},
      {"((a=1))", R"((= [a] {"N":"1"}))"},
      {"(a) = 1", R"((= [a] {"N":"1"}))"},
      {"((a)) = ((1))", R"((= [a] {"N":"1"}))"},
      {"((a) = 1)", R"((= [a] {"N":"1"}))"},
      {"(size(a)) > 1", R"((> size[a] {"N":"1"}))"},
      {"a BETWEEN 1 AND 2 AND b = 3",
       R"((AND (BETWEEN [a] {"N":"1"} {"N":"2"}) (= [b] {"N":"3"})))"},
      {"a NOT BETWEEN 1 AND 2", R"((NOT (BETWEEN [a] {"N":"1"} {"N":"2"})))"},
      {"a IN [1, 'x']", R"((IN [a] {"N":"1"} {"S":"x"}))"},
      {"a IN (1)", R"((IN [a] {"N":"1"}))"},
      {"a NOT IN (b, c)", "(NOT (IN [a] [b] [c]))"},
      {"(a) IN (1)", R"((IN [a] {"N":"1"}))"},
      {"a IS MISSING", "(MISSING [a])"},
      {"a.b[2] IS NOT MISSING", "(NOT (MISSING [a, b, [2]]))"},
      {"a IS NULL", "(TYPE NULL [a])"},
      {"a IS NOT NULL", "(NOT (TYPE NULL [a]))"},
      {"a IS ss", "(TYPE SS [a])"},
      {"a IS STRING", "(TYPE S [a])"},
      {"attribute_type(a, 'NS')", "(TYPE NS [a])"},
      {"Attribute_Type(a.b, 'M')", "(TYPE M [a, b])"},
      {"BEGINS_WITH(a, 'x')", R"((begins_with [a] {"S":"x"}))"},
      {"contains(a, 1)", R"((contains [a] {"N":"1"}))"},
      {"contains(a, b)", "(contains [a] [b])"},
      {"SIZE(a.b) > 3", R"((> size[a, b] {"N":"3"}))"},
      {"size(a) BETWEEN 1 AND size(b)", R"((BETWEEN size[a] {"N":"1"} size[b]))"},
      {"begins = contains", "(= [begins] [contains])"},
  };
  for (const ParserCase& test : cases) {
    EXPECT_EQ(ParseToText(start + std::string(test.text)),
              "SELECT T where " + std::string(test.meaning))
        << test.text;
  }
}

TEST(ParserTest, Constants) {
  const std::vector<ParserCase> cases = {
      {"'text'", R"({"S":"text"})"},
      {"''", R"({"S":""})"},
      {"'it''s'", R"({"S":"it's"})"},
      {"1.50", R"({"N":"1.5"})"},
      {"-1", R"({"N":"-1"})"},
      {"+1e2", R"({"N":"100"})"},
      {"-.5E1", R"({"N":"-5"})"},
      {"-0", R"({"N":"0"})"},
      {"TRUE", R"({"BOOL":true})"},
      {"false", R"({"BOOL":false})"},
      {"NULL", R"({"NULL":true})"},
      {"[]", R"({"L":[]})"},
      {"[1, 'a', [NULL]]", R"({"L":[{"N":"1"},{"S":"a"},{"L":[{"NULL":true}]}]})"},
      {"{}", R"({"M":{}})"},
      {"{'a': 1, 'b': {'c': true}}", R"({"M":{"a":{"N":"1"},"b":{"M":{"c":{"BOOL":true}}}}})"},
      {"{'a': 1, 'b': 2, 'a': 3}", R"({"M":{"b":{"N":"2"},"a":{"N":"3"}}})"},
      {"<<'x', 'y'>>", R"({"SS":["x","y"]})"},
      {"<<1, 2.0>>", R"({"NS":["1","2"]})"},
      {"<<''>>", R"({"SS":[""]})"},
  };
  for (const ParserCase& test : cases) {
    EXPECT_EQ(ParseToText("DELETE FROM T WHERE a = " + std::string(test.text)),
              "DELETE T where (= [a] " + std::string(test.meaning) + ")")
        << test.text;
  }
}

TEST(ParserTest, Inserts) {
  Check({
      {"INSERT INTO \"T\" VALUE {'pk':'1','tags':<<'x','y'>>,'n':1.50}",
       R"(INSERT T {"pk":{"S":"1"},"tags":{"SS":["x","y"]},"n":{"N":"1.5"}})"},
      {"insert into T value {}", "INSERT T {}"},
      {"INSERT INTO T VALUE {'a': 1, 'a': 2}", R"(INSERT T {"a":{"N":"2"}})"},
  });
}

TEST(ParserTest, Updates) {
  Check({
      {"UPDATE \"T\" SET n = n + 1 REMOVE old WHERE pk = '1' AND v = 3 RETURNING MODIFIED NEW *",
       R"(UPDATE T set [n] (+ [n] {"N":"1"}) remove [old] where )"
       R"((AND (= [pk] {"S":"1"}) (= [v] {"N":"3"})) modified-new)"},
      {"UPDATE T SET a = 1 SET b = 2, c = 3 REMOVE d, e.f[1] SET g = h",
       R"(UPDATE T set [a] {"N":"1"} set [b] {"N":"2"} set [c] {"N":"3"} remove [d] )"
       "remove [e, f, [1]] set [g] [h]"},
      {"UPDATE T SET a = b + 1 - c", R"(UPDATE T set [a] (- (+ [b] {"N":"1"}) [c]))"},
      {"UPDATE T SET a = b - (1 + c)", R"(UPDATE T set [a] (- [b] (+ {"N":"1"} [c])))"},
      {"UPDATE T SET a = b -1", R"(UPDATE T set [a] (- [b] {"N":"1"}))"},
      {"UPDATE T SET a = b + -1", R"(UPDATE T set [a] (+ [b] {"N":"-1"}))"},
      {"UPDATE T SET a = list_append(a, [1])",
       R"(UPDATE T set [a] (list_append [a] {"L":[{"N":"1"}]}))"},
      {"UPDATE T SET a = LIST_APPEND(if_not_exists(a, []), b)",
       R"(UPDATE T set [a] (list_append (if_not_exists [a] {"L":[]}) [b]))"},
      {"UPDATE T SET a = if_not_exists(a, 0) + 1",
       R"(UPDATE T set [a] (+ (if_not_exists [a] {"N":"0"}) {"N":"1"}))"},
      {"UPDATE T SET a.b = set_add(a.b, <<1>>)",
       R"(UPDATE T set [a, b] (set_add [a, b] {"NS":["1"]}))"},
      {"UPDATE T SET a = Set_Delete(a, <<'x'>>)",
       R"(UPDATE T set [a] (set_delete [a] {"SS":["x"]}))"},
      {"UPDATE T SET a = 1 WHERE b = 2 RETURNING ALL OLD *",
       R"(UPDATE T set [a] {"N":"1"} where (= [b] {"N":"2"}) all-old)"},
      {"UPDATE T SET a = 1 returning all new *", R"(UPDATE T set [a] {"N":"1"} all-new)"},
      {"UPDATE T SET a = 1 RETURNING modified old *", R"(UPDATE T set [a] {"N":"1"} modified-old)"},
  });
}

TEST(ParserTest, IndexesAndParameters) {
  TestValues values;
  EXPECT_EQ(ParseToText("SELECT a, m.x FROM \"T\".\"byDate\" WHERE d > ?", {values.Value("N 3")}),
            R"(SELECT T.byDate column [a] column [m, x] where (> [d] {"N":"3"}))");
}

TEST(ParserTest, Deletes) {
  Check({
      {"DELETE FROM \"T\" WHERE pk = '1' RETURNING ALL OLD *",
       R"(DELETE T where (= [pk] {"S":"1"}) all-old)"},
      {"DELETE FROM T", "DELETE T"},
  });
}

TEST(ParserTest, ExistsIsAStatementOfTransactions) {
  ParseOptions options;
  options.in_transaction = true;
  const std::string_view text = "EXISTS(SELECT * FROM T WHERE pk = 1 AND a IS MISSING)";
  EXPECT_EQ(ParseToText(text, {}, options),
            R"(EXISTS T where (AND (= [pk] {"N":"1"}) (MISSING [a])))");
  EXPECT_EQ(ParseToText(text),
            "ERROR Statement wasn't well formed, can't be processed: Expected data manipulation");
  EXPECT_EQ(ParseToText("EXISTS(SELECT * FROM T", {}, options),
            "ERROR Statement wasn't well formed, can't be processed: Unexpected token");
  EXPECT_EQ(ParseToText("EXISTS(DELETE FROM T)", {}, options),
            "ERROR Statement wasn't well formed, can't be processed: Unexpected keyword");
  EXPECT_EQ(ParseToText("EXISTS(SELECT COUNT(a) FROM T)", {}, options),
            "ERROR Unexpected path component at 1:15:5");
  EXPECT_TRUE(ParseValid(text, {}, options).is_write());
  EXPECT_FALSE(ParseValid("SELECT * FROM T").is_write());
}

TEST(ParserTest, ParametersStandForValuesFromLeftToRight) {
  TestValues values;
  const std::vector<ValueView> parameters = {values.Value("B <00ff>"), values.Value("N 2"),
                                             values.Value("L [S \"x\"]"),
                                             values.Value("S \"key\"")};
  EXPECT_EQ(ParseToText("UPDATE T SET a = ?, b = {'c': [?, ?]} WHERE pk = ?", parameters),
            R"(UPDATE T set [a] {"B":"AP8="} set [b] )"
            R"({"M":{"c":{"L":[{"N":"2"},{"L":[{"S":"x"}]}]}}} where (= [pk] {"S":"key"}))");
  EXPECT_EQ(ParseToText("INSERT INTO T VALUE {'a': <<?>>}", {values.Value("B <01>")}),
            R"(INSERT T {"a":{"BS":["AQ=="]}})");
  EXPECT_EQ(
      ParseToText("SELECT * FROM T WHERE a IN [?, ?]", {values.Value("N 1"), values.Value("NULL")}),
      R"(SELECT T where (IN [a] {"N":"1"} {"NULL":true}))");
}

}  // namespace
}  // namespace millrace::api::partiql
