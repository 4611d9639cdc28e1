// Tokens of expression texts. All five kinds of expressions share one lexer and differ in their
// keywords. A token is its kind and its place in the text, because error messages quote the text
// around it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::api::expr {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,
  kName,   // #name
  kValue,  // :value
  kDigits,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kPlus,
  kMinus,
  kLeftParenthesis,
  kRightParenthesis,
  kLeftBracket,
  kRightBracket,
  kDot,
  kComma,
  kAnd,
  kOr,
  kNot,
  kBetween,
  kIn,
  kSet,
  kRemove,
  kAdd,
  kDelete,
  kIllegal,  // a character that starts no token
};

// Which words are keywords.
enum class Grammar : uint8_t { kCondition, kUpdate, kProjection };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  uint32_t size = 0;
  uint32_t end() const { return offset + size; }
};

// Reads one text from front to back. Any bytes are safe; every call makes progress until kEnd,
// which repeats.
class Lexer {
 public:
  Lexer(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {}

  Token Next();
  std::string_view TextOf(const Token& token) const {
    return text_.substr(token.offset, token.size);
  }
  std::string_view text() const { return text_; }

 private:
  Token Make(TokenKind kind, uint32_t size);
  Token Word();
  TokenKind WordKind(std::string_view word) const;

  std::string_view text_;
  Grammar grammar_;
  uint32_t offset_ = 0;
};

// Whether `placeholder` is `marker` ('#' or ':') and at least one character of A-Z a-z 0-9 _.
bool IsPlaceholder(std::string_view placeholder, char marker);

// Whether `text` is `upper` (capital letters only) in any case.
bool EqualsIgnoringCase(std::string_view text, std::string_view upper);

}  // namespace millrace::api::expr
