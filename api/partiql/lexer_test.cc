// Tokens, keywords, quoting and places.
#include "api/partiql/lexer.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

// The texts of all tokens up to the end, illegal ones marked with ! and unterminated ones with ~.
std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    const std::string mark = token.kind == TokenKind::kIllegal        ? "!"
                             : token.kind == TokenKind::kUnterminated ? "~"
                                                                      : "";
    EXPECT_EQ(text.substr(token.offset, token.text.size()), token.text);
    tokens.push_back(mark + std::string(token.text));
  }
  return tokens;
}

using Strings = std::vector<std::string>;

struct LexerCase {
  std::string_view text;
  Strings tokens;
};

TEST(LexerTest, SplitsStatements) {
  const LexerCase cases[] = {
      {"", {}},
      {" \t\r\n ", {}},
      {"SELECT*FROM\"T\".i", {"SELECT", "*", "FROM", "\"T\"", ".", "i"}},
      {"a<>b a!=b a<=b a>=b a<b a>b a=b", {"a",  "<>", "b", "a",  "!=", "b", "a",
                                           "<=", "b",  "a", ">=", "b",  "a", "<",
                                           "b",  "a",  ">", "b",  "a",  "=", "b"}},
      {"<<1,2>>", {"<<", "1", ",", "2", ">>"}},
      {"{'a':[?]}", {"{", "'a'", ":", "[", "?", "]", "}"}},
      {"1 1.5 1. .5 1e3 1E-3 1.5e+10", {"1", "1.5", "1.", ".5", "1e3", "1E-3", "1.5e+10"}},
      {"n-1", {"n", "-", "1"}},
      {"a[0].b", {"a", "[", "0", "]", ".", "b"}},
      {"_a $b a1_$", {"_a", "$b", "a1_$"}},
      {"'it''s' \"a\"\"b\" ''", {"'it''s'", "\"a\"\"b\"", "''"}},
      {"a--comment\nb--end", {"a", "b"}},
      {"a/* one\n * two */b/**/c", {"a", "b", "c"}},
      {"'a--b' '/*'", {"'a--b'", "'/*'"}},
      // What is no token.
      {"a;b", {"a", "!;", "b"}},
      {"1abc 1e 1e+ 1.5x", {"!1abc", "!1e", "!1e+", "!1.5x"}},
      {"'open", {"~'open"}},
      {"\"open", {"~\"open"}},
      {"'open''", {"~'open''"}},
      {"a /* open", {"a", "~/* open"}},
      {"/*/", {"~/*/"}},
  };
  for (const LexerCase& test : cases) {
    EXPECT_EQ(Tokens(test.text), test.tokens) << test.text;
  }
}

TEST(LexerTest, EndsForEver) {
  Lexer lexer("'open");
  EXPECT_EQ(lexer.Next().kind, TokenKind::kUnterminated);
  EXPECT_EQ(lexer.Next().kind, TokenKind::kEnd);
  EXPECT_EQ(lexer.Next().kind, TokenKind::kEnd);
}

TEST(LexerTest, KnowsKeywordsInAnyCase) {
  EXPECT_EQ(KeywordOf("SELECT"), Keyword::kSelect);
  EXPECT_EQ(KeywordOf("select"), Keyword::kSelect);
  EXPECT_EQ(KeywordOf("SeLeCt"), Keyword::kSelect);
  EXPECT_EQ(KeywordOf("missing"), Keyword::kMissing);
  EXPECT_EQ(KeywordOf("where"), Keyword::kWhere);
  EXPECT_EQ(KeywordOf("date"), Keyword::kReserved);
  EXPECT_EQ(KeywordOf("absolute"), Keyword::kReserved);
  EXPECT_EQ(KeywordOf("zone"), Keyword::kReserved);
  EXPECT_EQ(KeywordOf("character_length"), Keyword::kReserved);
  for (const std::string_view name : {"", "a", "selected", "old", "NEW", "modified", "pk",
                                      "_select", "zzz", "a_name_longer_than_every_keyword"}) {
    EXPECT_EQ(KeywordOf(name), Keyword::kNone) << name;
  }
}

TEST(LexerTest, Unquotes) {
  EXPECT_EQ(Unquote("''"), "");
  EXPECT_EQ(Unquote("'a'"), "a");
  EXPECT_EQ(Unquote("'it''s'"), "it's");
  EXPECT_EQ(Unquote("''''"), "'");
  EXPECT_EQ(Unquote("\"a\"\"b\""), "a\"b");
  EXPECT_EQ(Unquote("'\"'"), "\"");
}

TEST(LexerTest, DescribesPlaces) {
  EXPECT_EQ(DescribePlace("SELECT COUNT(a)", 7, 5), " at 1:8:5");
  EXPECT_EQ(DescribePlace("a\nbc\n  d", 7, 1), " at 3:3:1");
  // Columns and lengths count characters, not bytes.
  EXPECT_EQ(DescribePlace("'\xC3\xA4' \"\xC3\xB6\"", 5, 4), " at 1:5:3");
}

}  // namespace
}  // namespace millrace::api::partiql
