// The tokenizer of statements.
#include "api/partiql/lexer.h"

#include <algorithm>

namespace millrace::api::partiql {
namespace {

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

bool IsNameStart(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         character == '_' || character == '$';
}

bool IsNamePart(char character) { return IsNameStart(character) || IsDigit(character); }

bool IsBlank(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

// Characters of UTF-8 text: bytes that do not continue one.
size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace

bool Lexer::SkipLongComment() {
  const size_t end = text_.find("*/", position_ + 2);
  if (end == std::string_view::npos) {
    return false;
  }
  position_ = end + 2;
  return true;
}

bool Lexer::SkipBlanks() {
  while (position_ < text_.size()) {
    if (IsBlank(text_[position_])) {
      ++position_;
    } else if (Peek() == '-' && Peek(1) == '-') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (Peek() == '/' && Peek(1) == '*') {
      if (!SkipLongComment()) {
        return false;
      }
    } else {
      break;
    }
  }
  return true;
}

TokenKind Lexer::ReadQuoted(char quote) {
  for (++position_; position_ < text_.size(); ++position_) {
    if (text_[position_] != quote) {
      continue;
    }
    if (Peek(1) != quote) {
      ++position_;
      return quote == '"' ? TokenKind::kQuotedName : TokenKind::kText;
    }
    ++position_;
  }
  return TokenKind::kUnterminated;
}

TokenKind Lexer::ReadNumber() {
  const auto skip_digits = [this] {
    const size_t start = position_;
    while (IsDigit(Peek())) {
      ++position_;
    }
    return position_ > start;
  };
  skip_digits();
  if (Peek() == '.') {
    ++position_;
    skip_digits();
  }
  bool sound = true;
  if (Peek() == 'e' || Peek() == 'E') {
    ++position_;
    if (Peek() == '+' || Peek() == '-') {
      ++position_;
    }
    sound = skip_digits();
  }
  // A name must not follow at once: 1abc is neither a number nor two tokens.
  while (IsNamePart(Peek())) {
    sound = false;
    ++position_;
  }
  return sound ? TokenKind::kNumber : TokenKind::kIllegal;
}

TokenKind Lexer::ReadPunctuation() {
  struct Punctuation {
    std::string_view text;
    TokenKind kind;
  };
  // Longer ones first.
  static constexpr Punctuation kPunctuation[] = {
      {"<<", TokenKind::kSetBegin},
      {">>", TokenKind::kSetEnd},
      {"<>", TokenKind::kNotEqual},
      {"!=", TokenKind::kNotEqual},
      {"<=", TokenKind::kLessOrEqual},
      {">=", TokenKind::kGreaterOrEqual},
      {"<", TokenKind::kLess},
      {">", TokenKind::kGreater},
      {"=", TokenKind::kEqual},
      {"(", TokenKind::kLeftParenthesis},
      {")", TokenKind::kRightParenthesis},
      {"[", TokenKind::kLeftBracket},
      {"]", TokenKind::kRightBracket},
      {"{", TokenKind::kLeftBrace},
      {"}", TokenKind::kRightBrace},
      {",", TokenKind::kComma},
      {".", TokenKind::kDot},
      {":", TokenKind::kColon},
      {"*", TokenKind::kStar},
      {"+", TokenKind::kPlus},
      {"-", TokenKind::kMinus},
      {"?", TokenKind::kParameter},
  };
  for (const Punctuation& candidate : kPunctuation) {
    if (text_.substr(position_).starts_with(candidate.text)) {
      position_ += candidate.text.size();
      return candidate.kind;
    }
  }
  ++position_;
  return TokenKind::kIllegal;
}

Token Lexer::Next() {
  Token token;
  const bool blanks_end = SkipBlanks();
  token.offset = position_;
  if (!blanks_end) {
    token.kind = TokenKind::kUnterminated;
    position_ = text_.size();
  } else if (position_ == text_.size()) {
    token.kind = TokenKind::kEnd;
  } else if (const char first = text_[position_]; IsNameStart(first)) {
    while (IsNamePart(Peek())) {
      ++position_;
    }
    token.kind = TokenKind::kWord;
    token.keyword = KeywordOf(text_.substr(token.offset, position_ - token.offset));
  } else if (first == '\'' || first == '"') {
    token.kind = ReadQuoted(first);
  } else if (IsDigit(first) || (first == '.' && IsDigit(Peek(1)))) {
    token.kind = ReadNumber();
  } else {
    token.kind = ReadPunctuation();
  }
  token.text = text_.substr(token.offset, position_ - token.offset);
  return token;
}

std::string Unquote(std::string_view quoted) {
  const char quote = quoted.front();
  std::string content;
  content.reserve(quoted.size());
  for (size_t index = 1; index + 1 < quoted.size(); ++index) {
    content.push_back(quoted[index]);
    if (quoted[index] == quote) {
      ++index;
    }
  }
  return content;
}

std::string DescribePlace(std::string_view text, size_t offset, size_t length) {
  const std::string_view before = text.substr(0, offset);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  const std::string_view same_line =
      newline == std::string_view::npos ? before : before.substr(newline + 1);
  return " at " + std::to_string(line) + ":" + std::to_string(CountCharacters(same_line) + 1) +
         ":" + std::to_string(CountCharacters(text.substr(offset, length)));
}

}  // namespace millrace::api::partiql
