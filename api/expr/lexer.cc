// The lexer: one look at the first character decides what a token is.
#include "api/expr/lexer.h"

#include <algorithm>
#include <array>

namespace millrace::api::expr {
namespace {

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

bool IsLetter(char character) {
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'z';
}

bool IsNameCharacter(char character) {
  return IsLetter(character) || IsDigit(character) || character == '_';
}

bool IsSpace(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

// Bytes of the UTF-8 character that starts with `lead`: an illegal character is quoted whole.
uint32_t CharacterSize(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xC0) {
    return 1;
  }
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

TokenKind PunctuationKind(char character) {
  switch (character) {
    case '=':
      return TokenKind::kEqual;
    case '+':
      return TokenKind::kPlus;
    case '-':
      return TokenKind::kMinus;
    case '(':
      return TokenKind::kLeftParenthesis;
    case ')':
      return TokenKind::kRightParenthesis;
    case '[':
      return TokenKind::kLeftBracket;
    case ']':
      return TokenKind::kRightBracket;
    case '.':
      return TokenKind::kDot;
    case ',':
      return TokenKind::kComma;
    default:
      return TokenKind::kIllegal;
  }
}

}  // namespace

bool EqualsIgnoringCase(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(),
                    [](char a, char b) { return IsLetter(a) && (a & ~0x20) == b; });
}

bool IsPlaceholder(std::string_view placeholder, char marker) {
  return placeholder.size() > 1 && placeholder[0] == marker &&
         std::all_of(placeholder.begin() + 1, placeholder.end(), IsNameCharacter);
}

Token Lexer::Make(TokenKind kind, uint32_t size) {
  const Token token = {kind, offset_, size};
  offset_ += size;
  return token;
}

TokenKind Lexer::WordKind(std::string_view word) const {
  if (word.size() < 2 || word.size() > 7 || grammar_ == Grammar::kProjection) {
    return TokenKind::kIdentifier;
  }
  struct Keyword {
    std::string_view word;
    TokenKind kind;
  };
  static constexpr std::array<Keyword, 5> kConditionKeywords = {{{"AND", TokenKind::kAnd},
                                                                 {"OR", TokenKind::kOr},
                                                                 {"NOT", TokenKind::kNot},
                                                                 {"BETWEEN", TokenKind::kBetween},
                                                                 {"IN", TokenKind::kIn}}};
  static constexpr std::array<Keyword, 4> kUpdateKeywords = {{{"SET", TokenKind::kSet},
                                                              {"REMOVE", TokenKind::kRemove},
                                                              {"ADD", TokenKind::kAdd},
                                                              {"DELETE", TokenKind::kDelete}}};
  const auto find = [word](const auto& keywords) {
    for (const Keyword& keyword : keywords) {
      if (EqualsIgnoringCase(word, keyword.word)) {
        return keyword.kind;
      }
    }
    return TokenKind::kIdentifier;
  };
  return grammar_ == Grammar::kCondition ? find(kConditionKeywords) : find(kUpdateKeywords);
}

Token Lexer::Word() {
  uint32_t end = offset_ + 1;
  while (end < text_.size() && IsNameCharacter(text_[end])) {
    ++end;
  }
  const uint32_t size = end - offset_;
  const char first = text_[offset_];
  if (first == '#' || first == ':') {
    if (size == 1) {
      return Make(TokenKind::kIllegal, 1);
    }
    return Make(first == '#' ? TokenKind::kName : TokenKind::kValue, size);
  }
  return Make(WordKind(text_.substr(offset_, size)), size);
}

Token Lexer::Next() {
  while (offset_ < text_.size() && IsSpace(text_[offset_])) {
    ++offset_;
  }
  if (offset_ == text_.size()) {
    return {TokenKind::kEnd, offset_, 0};
  }
  const char first = text_[offset_];
  if (IsLetter(first) || first == '#' || first == ':') {
    return Word();
  }
  if (IsDigit(first)) {
    uint32_t end = offset_ + 1;
    while (end < text_.size() && IsDigit(text_[end])) {
      ++end;
    }
    return Make(TokenKind::kDigits, end - offset_);
  }
  const char second = offset_ + 1 < text_.size() ? text_[offset_ + 1] : '\0';
  if (first == '<') {
    if (second == '>') {
      return Make(TokenKind::kNotEqual, 2);
    }
    return second == '=' ? Make(TokenKind::kLessOrEqual, 2) : Make(TokenKind::kLess, 1);
  }
  if (first == '>') {
    return second == '=' ? Make(TokenKind::kGreaterOrEqual, 2) : Make(TokenKind::kGreater, 1);
  }
  const TokenKind kind = PunctuationKind(first);
  if (kind != TokenKind::kIllegal) {
    return Make(kind, 1);
  }
  const auto left = static_cast<uint32_t>(text_.size() - offset_);
  return Make(kind, std::min(CharacterSize(first), left));
}

}  // namespace millrace::api::expr
