// Syntax errors: which token is named and what stands near it, for every grammar; and the bounds of
// texts.
#include <gtest/gtest.h>

#include "api/expr/reserved_words.h"
#include "api/expr/syntax_tree.h"

namespace millrace::api::expr {
namespace {

struct Case {
  std::string text;
  std::string token;
  std::string near;
};

std::string ProblemOf(std::string_view text, Grammar grammar) {
  SyntaxTree tree;
  std::string detail;
  return ParseExpression(text, grammar, &tree, &detail) ? "" : detail;
}

void ExpectCases(Grammar grammar, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    EXPECT_EQ(ProblemOf(each.text, grammar),
              "Syntax error; token: \"" + each.token + "\", near: \"" + each.near + "\"")
        << each.text;
  }
}

TEST(SyntaxTest, Updates) {
  ExpectCases(Grammar::kUpdate, {{"INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"},
                                 {"ADD hits : incr", ":", "hits : incr"},
                                 {"SET a = :x, SET updated = :y", "SET", ", SET updated"},
                                 {"SET a = :x, #, b = :y", "#", ", #,"},
                                 {"SET a = :v1,", "<EOF>", ","},
                                 {"SET a = :v1, b", "<EOF>", "b"},
                                 {"SET a = ", "<EOF>", "="},
                                 {"SET a", "<EOF>", "a"},
                                 {"SET", "<EOF>", "SET"},
                                 {"SET a :v", ":v", "a :v"},
                                 {"SET a = 5", "5", "= 5"},
                                 {"SET a = :v + :w + :x", "+", ":w + :x"},
                                 {"SET a = :v - :w - :x", "-", ":w - :x"},
                                 {"SET a += :v", "+", "a +="},
                                 {"SET :v = a", ":v", "SET :v ="},
                                 {"SET a == :v", "=", "== :v"},
                                 {"SET a = if_not_exists(a, b + :c)", "+", "b + :c"},
                                 {"REMOVE", "<EOF>", "REMOVE"},
                                 {"REMOVE a b", "b", "a b"},
                                 {"REMOVE a[", "<EOF>", "["},
                                 {"REMOVE a[b]", "b", "[b]"},
                                 {"REMOVE a[-1]", "-", "[-1"},
                                 {"REMOVE a.", "<EOF>", "."},
                                 {"REMOVE .a", ".", "REMOVE .a"},
                                 {"ADD a = :v", "=", "a = :v"},
                                 {"ADD a b", "b", "a b"},
                                 {"DELETE a,", ",", "a,"},
                                 {"a = :v", "a", "a ="},
                                 {"SET _a = :v", "_", "SET _a"},
                                 {"SET a = 'x'", "'", "= 'x"},
                                 {"SET a = \xC3\xA9", "\xC3\xA9", "= \xC3\xA9"}});
}

TEST(SyntaxTest, Conditions) {
  ExpectCases(Grammar::kCondition,
              {{"x AND __typename = :t", "_", "AND __"},
               {"x AND b", "AND", "x AND b"},
               {"a = :v AND __typename = :t", "_", "AND __"},
               {"#a attribute_not_exists :v", "attribute_not_exists", "#a attribute_not_exists :v"},
               {"contains()", ")", "()"},
               {"!!!", "!", "!!"},
               {"a =", "<EOF>", "="},
               {"a", "<EOF>", "a"},
               {"a = :v b", "b", ":v b"},
               {"a = :v AND", "<EOF>", "AND"},
               {"AND a = :v", "AND", "AND a"},
               {"(a = :v", "<EOF>", ":v"},
               {"a = :v)", ")", ":v)"},
               {"(a)", "<EOF>", ")"},
               {"(a AND b = :v)", "AND", "a AND b"},
               {"(b = :v AND a)", ")", "a)"},
               {"(NOT a)", ")", "a)"},
               {"(a = :v) = :w", "=", ") = :w"},
               {"a == :v", "=", "== :v"},
               {"a != :v", "!", "a !="},
               {"a..b = :v", ".", "..b"},
               {"a.and = :v", "and", ".and ="},
               {"a BETWEEN :v", "<EOF>", ":v"},
               {"a BETWEEN :v OR :w", "OR", ":v OR :w"},
               {"a IN :v", ":v", "IN :v"},
               {"a IN ()", ")", "()"},
               {"a IN (:v", "<EOF>", ":v"},
               {"attribute_exists(a", "<EOF>", "a"},
               {"attribute_exists(a,)", ")", ",)"},
               {"a = :v,", ",", ":v,"},
               {"NOT", "<EOF>", "NOT"},
               {"a = : v", ":", "= : v"},
               {"a = # v", "#", "= # v"},
               {"a = \"x\"", "\"", "= \"x"},
               {"a  =   :v    b", "b", ":v    b"},
               {"a\t=\n:v\r\nb", "b", ":v\r\nb"},
               {"   ", "<EOF>", ""}});
}

TEST(SyntaxTest, Projections) {
  ExpectCases(Grammar::kProjection, {{"a b", "b", "a b"},
                                     {"a,", "<EOF>", ","},
                                     {",a", ",", ",a"},
                                     {"a,,b", ",", ",,b"},
                                     {"a.", "<EOF>", "."},
                                     {"a[0", "<EOF>", "0"},
                                     {"a[x]", "x", "[x]"},
                                     {"a[]", "]", "[]"},
                                     {"1a", "1", "1a"},
                                     {"_a", "_", "_a"},
                                     {"a-b", "-", "a-b"},
                                     {"a, :v", ":v", ", :v"},
                                     {"(a)", "(", "(a"},
                                     {"*", "*", "*"}});
}

TEST(SyntaxTest, Accepts) {
  for (const std::string_view text :
       {"a=:v", "a = :v and b = :w oR not c = :x", "a IN (:a,:b , :c)",
        "a BETWEEN :a AND :b AND c = :d", "(a) = (:v)", "(size(a)) > :n", "((a = :v) AND (b = :w))",
        "NOT NOT contains(a.b[0].#c, :v)", "a.#b_1[12].c=:v\r\n\t", "#0 = :_", "a[00001] = :v"}) {
    EXPECT_EQ(ProblemOf(text, Grammar::kCondition), "") << text;
  }
  for (const std::string_view text :
       {"set a = :v remove b add c :d delete e :f", "SET a = (b + :c) - (d)",
        "SET a = list_append(if_not_exists(l, :e), :x)", "SET a=:v,b.c[1]=if_not_exists((a), b)"}) {
    EXPECT_EQ(ProblemOf(text, Grammar::kUpdate), "") << text;
  }
}

TEST(SyntaxTest, DeepTextsEndInALimit) {
  const auto repeat = [](std::string_view part, size_t count) {
    std::string text;
    while (count-- > 0) {
      text.append(part);
    }
    return text;
  };
  const std::string redundant = "The expression has redundant parentheses;";
  EXPECT_EQ(ProblemOf(repeat("(", 1500) + "a = :v" + repeat(")", 1500), Grammar::kCondition),
            redundant);
  EXPECT_EQ(ProblemOf(repeat("(", 4096), Grammar::kCondition), redundant);
  EXPECT_EQ(ProblemOf("a = " + repeat("(", 4000), Grammar::kCondition), redundant);
  EXPECT_EQ(ProblemOf("SET a = " + repeat("(", 4000), Grammar::kUpdate), redundant);
  EXPECT_EQ(ProblemOf(repeat("NOT ", 1000) + "a = :v", Grammar::kCondition),
            "The expression contains too many operators; operator count: 1001");
  EXPECT_EQ(ProblemOf(repeat("NOT(", 400) + "a = :v" + repeat(")", 400), Grammar::kCondition),
            "The expression contains too many operators; operator count: 401");
  EXPECT_EQ(ProblemOf("SET a = " + repeat("f(", 1000), Grammar::kUpdate),
            "The expression contains too many operators; operator count: 1001");
  // The deepest that is allowed.
  EXPECT_EQ(ProblemOf(repeat("NOT(", 299) + "a = :v" + repeat(")", 299), Grammar::kCondition), "");
}

TEST(SyntaxTest, Limits) {
  EXPECT_EQ(ProblemOf(std::string(4096, 'a'), Grammar::kProjection), "");
  EXPECT_EQ(ProblemOf(std::string(4097, '!'), Grammar::kProjection),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
  std::string operators = "a=:v";
  for (int count = 0; count < 149; ++count) {
    operators += " OR a=:v";
  }
  EXPECT_EQ(ProblemOf("NOT " + operators, Grammar::kCondition), "");
  EXPECT_EQ(ProblemOf("NOT NOT " + operators, Grammar::kCondition),
            "The expression contains too many operators; operator count: 301");
  std::string list = "a IN (:v";
  for (int count = 0; count < 99; ++count) {
    list += ",:v";
  }
  EXPECT_EQ(ProblemOf(list + ")", Grammar::kCondition), "");
  EXPECT_EQ(ProblemOf(list + ",:v)", Grammar::kCondition),
            "The IN operator is provided with too many operands; number of operands: 101");
}

TEST(ReservedWordsTest, AnyCaseAndNothingElse) {
  for (const std::string_view word :
       {"ABORT", "abort", "AbOrT", "zone", "Name", "sqlexception", "SPECIFICTYPE", "LOCALTIMESTAMP",
        "as", "TTL", "deterministic"}) {
    EXPECT_TRUE(IsReservedWord(word)) << word;
  }
  for (const std::string_view word : {"", "a", "pk", "sk", "names1", "name_", "abortx", "abor",
                                      "a0", "LOCALTIMESTAMPS", "Q", "_b"}) {
    EXPECT_FALSE(IsReservedWord(word)) << word;
  }
}

}  // namespace
}  // namespace millrace::api::expr
