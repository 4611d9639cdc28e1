// Every message that needs no table, and which one wins.
#include <string>
#include <vector>

#include "api/partiql/parser.h"
#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

struct ErrorCase {
  std::string text;
  std::string message;
};

void Check(const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& test : cases) {
    EXPECT_EQ(ParseToText(test.text), "ERROR " + test.message) << test.text;
  }
}

std::string NotWellFormed(std::string_view detail) {
  return "Statement wasn't well formed, can't be processed: " + std::string(detail);
}

std::string Repeat(std::string_view text, int count) {
  std::string repeated;
  for (int index = 0; index < count; ++index) {
    repeated.append(text);
  }
  return repeated;
}

TEST(ParserErrorTest, Syntax) {
  const std::string no_statement = NotWellFormed("Expected data manipulation");
  const std::string token = NotWellFormed("Unexpected token");
  const std::string keyword = NotWellFormed("Unexpected keyword");
  Check({
      {"", no_statement},
      {"CREATE TABLE T", no_statement},
      {"hello", no_statement},
      {"(SELECT * FROM T)", no_statement},
      {"SELECT", token},
      {"SELECT FROM T", keyword},
      {"SELECT * T", token},
      {"SELECT * FROM", token},
      {"SELECT * FROM T;", token},
      {"SELECT * FROM T x", token},
      {"SELECT * FROM T AS x", keyword},
      {"SELECT DISTINCT a FROM T", keyword},
      {"SELECT a AS b FROM T", keyword},
      {"SELECT size(a) FROM T", keyword},
      {"SELECT a, FROM T", keyword},
      {"SELECT * FROM T, U", token},
      {"SELECT * FROM T JOIN U", keyword},
      {"SELECT * FROM T GROUP BY a", keyword},
      {"SELECT * FROM T LIMIT 1", keyword},
      {"SELECT * FROM date", keyword},
      {"SELECT * FROM 'T'", token},
      {"SELECT * FROM ?", token},
      {"SELECT * FROM a-b", token},
      {"SELECT * FROM T WHERE", token},
      {"SELECT * FROM T WHERE a", token},
      {"SELECT * FROM T WHERE (a)", token},
      {"SELECT * FROM T WHERE a =", token},
      {"SELECT * FROM T WHERE a = 1 AND", token},
      {"SELECT * FROM T WHERE (a = 1", token},
      {"SELECT * FROM T WHERE a = 1)", token},
      {"SELECT * FROM T WHERE (a AND b = 1)", keyword},
      {"SELECT * FROM T WHERE NOT (a) AND b = 1", keyword},
      {"SELECT * FROM T WHERE value = 1", keyword},
      {"SELECT * FROM T WHERE a.value = 1", keyword},
      {"SELECT * FROM T WHERE a = MISSING", keyword},
      {"SELECT * FROM T WHERE a + 1 = 2", token},
      {"SELECT * FROM T WHERE a IN []", token},
      {"SELECT * FROM T WHERE a IN (1]", token},
      {"SELECT * FROM T WHERE a IN 1", token},
      {"SELECT * FROM T WHERE a BETWEEN 1 OR 2", keyword},
      {"SELECT * FROM T WHERE a NOT = 1", token},
      {"SELECT * FROM T WHERE a IS 1", token},
      {"SELECT * FROM T WHERE a IS FANCY", token},
      {"SELECT * FROM T WHERE size(a) IS MISSING", keyword},
      {"SELECT * FROM T WHERE a[x] = 1", token},
      {"SELECT * FROM T WHERE a[-1] = 1", token},
      {"SELECT * FROM T WHERE a[1.0] = 1", token},
      {"SELECT * FROM T WHERE a['b'] = 1", token},
      {"SELECT * FROM T WHERE a = 1abc", token},
      {"SELECT * FROM T WHERE a = - b", token},
      {"SELECT * FROM T WHERE a = {b: 1}", token},
      {"SELECT * FROM T WHERE a = {'b' 1}", token},
      {"SELECT * FROM T WHERE a = [1,]", token},
      {"SELECT * FROM T WHERE a = [b]", token},
      {"SELECT * FROM T WHERE EXISTS(SELECT * FROM U)", keyword},
      {"SELECT * FROM T ORDER a", token},
      {"SELECT * FROM T ORDER BY", token},
  });
}

TEST(ParserErrorTest, SyntaxOfWritesAndLiterals) {
  const std::string token = NotWellFormed("Unexpected token");
  const std::string keyword = NotWellFormed("Unexpected keyword");
  const std::string unterminated = NotWellFormed("");
  Check({
      {"INSERT T VALUE {}", token},
      {"INSERT INTO T {}", token},
      {"INSERT INTO T VALUES {}", keyword},
      {"INSERT INTO T VALUE [1]", token},
      {"INSERT INTO T VALUE ?", token},
      {"INSERT INTO T VALUE {'a': 1}, {'b': 2}", token},
      {"INSERT INTO T VALUE {'a': 1} RETURNING ALL OLD *", keyword},
      {"INSERT INTO T VALUE {'a': 1} IF NOT EXISTS", token},
      {"UPDATE T WHERE a = 1", keyword},
      {"UPDATE T SET WHERE a = 1", keyword},
      {"UPDATE T SET a WHERE a = 1", keyword},
      {"UPDATE T SET a = 1, WHERE b = 1", keyword},
      {"UPDATE T SET ? = 1", token},
      {"UPDATE T ADD a 1", keyword},
      {"UPDATE T SET a = 1 RETURNING OLD *", token},
      {"UPDATE T SET a = 1 RETURNING ALL *", token},
      {"UPDATE T SET a = 1 RETURNING ALL OLD", token},
      {"DELETE T WHERE a = 1", token},
      {"'open", unterminated},
      {"SELECT * FROM \"T", unterminated},
      {"SELECT * FROM T WHERE a = 'open", unterminated},
      {"SELECT * FROM T /* open", unterminated},
  });
}

TEST(ParserErrorTest, PathsAndTargets) {
  Check({
      {"SELECT COUNT(*) FROM T", "Unexpected path component at 1:8:5"},
      {"SELECT a,\n  count (a) FROM T", "Unexpected path component at 2:3:5"},
      {"SELECT COUNT(*", "Unexpected path component at 1:8:5"},
      {"SELECT COUNT FROM T", NotWellFormed("Unexpected keyword")},
      {"SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"},
      {"UPDATE a.b.c SET x = 1", "A path may contain at most 2 components in the FROM clause"},
      {"INSERT INTO T.i VALUE {}",
       "FROM clause may only contain a single table name in data manipulation statements at "
       "1:13:1"},
      {"INSERT INTO\n \"Tab\".\"i\" VALUE {}",
       "FROM clause may only contain a single table name in data manipulation statements at "
       "2:2:5"},
      {"UPDATE T.i SET a = 1 WHERE pk = 1", "This operation is not supported on an index"},
      {"DELETE FROM \"T\".\"i\" WHERE pk = 1", "This operation is not supported on an index"},
      {"SELECT * FROM \"\"", "Path component cannot be an empty string"},
      {"SELECT * FROM \"T\".\"\"", "Path component cannot be an empty string"},
      {"SELECT a.\"\" FROM T", "Path component cannot be an empty string"},
      {"DELETE FROM T WHERE a = 1 RETURNING ALL NEW *",
       "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
      {"DELETE FROM T WHERE a = 1 RETURNING MODIFIED OLD *",
       "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
      {"DELETE FROM T WHERE a = 1 RETURNING MODIFIED NEW *",
       "Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
  });
}

TEST(ParserErrorTest, Constants) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::vector<ErrorCase> cases = {
      {"<<>>", invalid + "An string set  may not be empty"},
      {"<<1, 'a'>>",
       invalid + "A set must contain only strings, only numbers or only binary values"},
      {"<<true>>", invalid + "A set must contain only strings, only numbers or only binary values"},
      {"<<[1]>>", invalid + "A set must contain only strings, only numbers or only binary values"},
      {"<<'a', 'b', 'a'>>", invalid + "Input collection [a, b, a] contains duplicates."},
      {"<<1, 1.0>>", "Input collection contains duplicates"},
      {"1e126",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"-1e999999999999",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"1e-131",
       "Number underflow. Attempting to store a number with magnitude smaller than supported "
       "range"},
      {"123456789012345678901234567890123456789",
       "Attempting to store more than 38 significant digits in a Number"},
  };
  for (const ErrorCase& test : cases) {
    for (const std::string start : {"INSERT INTO T VALUE {'a': ", "DELETE FROM T WHERE a = "}) {
      const std::string text = start + test.text + (start.starts_with("INSERT") ? "}" : "");
      EXPECT_EQ(ParseToText(text), "ERROR " + test.message) << text;
    }
  }
  TestValues values;
  EXPECT_EQ(ParseToText("SELECT * FROM T WHERE a = <<?, ?>>",
                        {values.Value("B <62>"), values.Value("B <62>")}),
            "ERROR " + invalid + "Input collection [Yg==, Yg==]of type BS contains duplicates.");
  EXPECT_TRUE(ParseToText("INSERT INTO T VALUE {'': 1}").starts_with("ERROR "));
}

TEST(ParserErrorTest, ParameterCount) {
  TestValues values;
  const std::string message = "ERROR Number of parameters in request and statement don't match.";
  EXPECT_EQ(ParseToText("SELECT * FROM T WHERE a = ?"), message);
  EXPECT_EQ(ParseToText("SELECT * FROM T", {values.Value("N 1")}), message);
  EXPECT_EQ(ParseToText("SELECT * FROM T WHERE a IN [?, ?]", {values.Value("N 1")}), message);
  // Syntax comes first, operand types behind.
  EXPECT_EQ(ParseToText("SELECT * FROM T WHERE a = ? x"),
            "ERROR " + NotWellFormed("Unexpected token"));
  EXPECT_EQ(ParseToText("SELECT * FROM T WHERE a < ? AND b < true"), message);
}

TEST(ParserErrorTest, OperandTypes) {
  const std::string start =
      "Incorrect operand type for operator or function; operator or "
      "function: ";
  const std::vector<ErrorCase> cases = {
      {"a < true", start + "<, operand type: BOOL"},
      {"a <= NULL", start + "<=, operand type: NULL"},
      {"a > [1]", start + ">, operand type: L"},
      {"a >= {}", start + ">=, operand type: M"},
      {"<<1>> < a", start + "<, operand type: NS"},
      {"a between <<'x'>> and 2", start + "BETWEEN, operand type: SS"},
      {"a BETWEEN 1 AND false", start + "BETWEEN, operand type: BOOL"},
      {"begins_with(a, 1)", start + "begins_with, operand type: N"},
      {"Begins_With(a, NULL)", start + "begins_with, operand type: NULL"},
      {"attribute_type(a, 1)", start + "attribute_type, operand type: N"},
      {"attribute_type(a, b)",
       start + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
      {"attribute_type(a, 'X')",
       "Invalid attribute type name found; type: X, valid types: "
       "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
      {"b = 1 AND NOT (c = 2 OR a < true)", start + "<, operand type: BOOL"},
      {"fancy(a)", "Invalid function name; function: fancy"},
      {"a = fancy(b)", "Invalid function name; function: fancy"},
      {"size(a)",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"begins_with(size(a), 'x')",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"a = contains(b, c)",
       "The function is not allowed to be used this way in an expression; function: contains"},
      {"begins_with(a)",
       "Incorrect number of operands for operator or function; operator or function: begins_with, "
       "number of operands: 1"},
      {"contains()",
       "Incorrect number of operands for operator or function; operator or function: contains, "
       "number of operands: 0"},
      {"size(a, b) = 1",
       "Incorrect number of operands for operator or function; operator or function: size, number "
       "of operands: 2"},
      {"size('x') = 1",
       "Operator or function requires a document path; operator or function: size"},
      {"contains('x', a)",
       "Operator or function requires a document path; operator or function: contains"},
  };
  for (const ErrorCase& test : cases) {
    EXPECT_EQ(ParseToText("SELECT * FROM T WHERE " + test.text), "ERROR " + test.message)
        << test.text;
  }
  // Before the index of a write is looked at.
  EXPECT_EQ(ParseToText("DELETE FROM T.i WHERE a < true"),
            "ERROR " + start + "<, operand type: BOOL");
}

TEST(ParserErrorTest, Updates) {
  const std::string start =
      "Incorrect operand type for operator or function; operator or "
      "function: ";
  const std::string misused =
      "The function is not allowed to be used this way in an expression; function: ";
  const std::vector<ErrorCase> cases = {
      {"SET a = a + 'x'", start + "+, operand type: S"},
      {"SET a = true - a", start + "-, operand type: BOOL"},
      {"SET a = list_append(a, 1)", start + "list_append, operand type: N"},
      {"SET a = set_add(a, 1)", start + "set_add, operand type: N"},
      {"SET a = set_delete(a, [1])", start + "set_delete, operand type: L"},
      {"SET a = set_add(b, <<1>>)", misused + "set_add"},
      {"SET a = set_add(a, b)", misused + "set_add"},
      {"SET a = set_delete(a, <<1>>) + 1", misused + "set_delete"},
      {"SET a = if_not_exists(a, set_add(a, <<1>>))", misused + "set_add"},
      {"SET a = if_not_exists('x', 1)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"SET a = list_append(a)",
       "Incorrect number of operands for operator or function; operator or function: list_append, "
       "number of operands: 1"},
      {"SET a = size(b)", "Invalid function name; function: size"},
      {"SET a = begins_with(b, 'x')", "Invalid function name; function: begins_with"},
      {"SET a = 1, a = 2",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path one: [a], path two: [a]"},
      {"SET a.b = 1 REMOVE a",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path one: [a, b], path two: [a]"},
      {"SET a[0] = 1 REMOVE a.b",
       "Two document paths conflict with each other; must remove or rewrite one of these paths; "
       "path one: [a, [0]], path two: [a, b]"},
  };
  for (const ErrorCase& test : cases) {
    EXPECT_EQ(ParseToText("UPDATE T " + test.text + " WHERE pk = 1"), "ERROR " + test.message)
        << test.text;
  }
}

TEST(ParserErrorTest, NestingIsBounded) {
  const std::string too_deep = "ERROR The statement is nested too deeply; the limit is 64 levels";
  const auto where = [](const std::string& predicate) {
    return ParseToText("SELECT * FROM T WHERE " + predicate);
  };
  EXPECT_EQ(where(Repeat("(", 64) + "a = 1" + Repeat(")", 64)),
            R"(SELECT T where (= [a] {"N":"1"}))");
  EXPECT_EQ(where(Repeat("(", 65) + "a = 1" + Repeat(")", 65)), too_deep);
  EXPECT_EQ(where(Repeat("(", 65) + "a" + Repeat(")", 65) + " = 1"), too_deep);
  EXPECT_EQ(where("a = " + Repeat("(", 65) + "1" + Repeat(")", 65)), too_deep);
  for (const char* const open : {"(", "[", "<<", "{'a':", "a = (", "NOT (", "size("}) {
    EXPECT_EQ(where("a = " + Repeat(open, 4000)).substr(0, 6), "ERROR ") << open;
    EXPECT_EQ(where(Repeat(open, 4000)).substr(0, 6), "ERROR ") << open;
  }
  EXPECT_EQ(ParseToText("UPDATE T SET a = " + Repeat("(", 4000)), too_deep);
  EXPECT_EQ(ParseToText("UPDATE T SET a = " + Repeat("list_append(", 600)), too_deep);

  const std::string nesting =
      "ERROR Nesting Levels have exceeded supported limits: Attributes in the item have nested "
      "levels beyond supported limit";
  EXPECT_TRUE(where("a = " + Repeat("[", 32) + Repeat("]", 32)).starts_with("SELECT"));
  EXPECT_EQ(where("a = " + Repeat("[", 33) + Repeat("]", 33)), nesting);
  EXPECT_EQ(ParseToText("INSERT INTO T VALUE {'a': " + Repeat("[", 33) + Repeat("]", 33) + "}"),
            nesting);
  EXPECT_EQ(where(Repeat("a.", 32) + "a = 1"),
            "ERROR The document path has too many nesting elements; nesting levels: 33");
}

TEST(ParserErrorTest, OperatorsAreBounded) {
  const std::string too_many =
      "ERROR The expression contains too many operators; operator count: 301";
  const auto where = [](const std::string& predicate) {
    return ParseToText("SELECT * FROM T WHERE " + predicate);
  };
  EXPECT_TRUE(where(Repeat("a=1 OR ", 149) + "a=1").starts_with("SELECT"));
  EXPECT_EQ(where(Repeat("a=1 OR ", 150) + "a=1"), too_many);
  EXPECT_EQ(where(Repeat("NOT ", 1000) + "a=1"), too_many);
  EXPECT_EQ(ParseToText("UPDATE T SET a = 1" + Repeat("+1", 301)), too_many);
  EXPECT_TRUE(where("a IN [1" + Repeat(",1", 99) + "]").starts_with("SELECT"));
  EXPECT_EQ(where("a IN [1" + Repeat(",1", 100) + "]"),
            "ERROR The IN operator is provided with too many operands; number of operands: 101");
}

}  // namespace
}  // namespace millrace::api::partiql
