// Statement text into tokens, each with its place in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/partiql/keywords.h"

namespace millrace::api::partiql {

enum class TokenKind : uint8_t {
  kEnd,
  kIllegal,       // a character that starts no token, or a malformed number
  kUnterminated,  // a text, quoted name or comment that does not end
  kWord,          // a bare name or keyword
  kQuotedName,    // "..."
  kText,          // '...'
  kNumber,        // digits, fraction, exponent; no sign
  kParameter,     // ?
  kLeftParenthesis,
  kRightParenthesis,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kSetBegin,  // <<
  kSetEnd,    // >>
  kComma,
  kDot,
  kColon,
  kStar,
  kPlus,
  kMinus,
  kEqual,
  kNotEqual,  // <> and !=
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;  // kWord only
  std::string_view text;             // as written, quotes included
  size_t offset = 0;                 // of its first byte in the statement

  bool Is(Keyword wanted) const { return kind == TokenKind::kWord && keyword == wanted; }
  bool IsWord(std::string_view word) const {
    return kind == TokenKind::kWord && EqualsIgnoringCase(text, word);
  }
};

// Yields the tokens of a statement one by one. Blanks and comments (`--` to the end of the line,
// `/*` to `*/`, not nested) separate tokens. Copyable: a copy reads ahead on its own. Tokens refer
// to the text.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token; kEnd for ever at the end of the text, and after a kUnterminated one.
  Token Next();

 private:
  // Moves to the next token; false when a comment does not end.
  bool SkipBlanks();
  bool SkipLongComment();
  TokenKind ReadQuoted(char quote);
  TokenKind ReadNumber();
  TokenKind ReadPunctuation();
  // The character `distance` ahead; '\0' behind the end.
  char Peek(size_t distance = 0) const {
    return position_ + distance < text_.size() ? text_[position_ + distance] : '\0';
  }

  std::string_view text_;
  size_t position_ = 0;
};

// The content of a kText or kQuotedName token: without the quotes, doubled ones made single.
std::string Unquote(std::string_view quoted);

// " at <line>:<column>:<length>" for the piece of `length` bytes at `offset`; line and column count
// from 1, and columns and length are in characters.
std::string DescribePlace(std::string_view text, size_t offset, size_t length);

}  // namespace millrace::api::partiql
