// A recursive descent over the notation of the vectors.
#include "storage/codec/value_text.h"

#include <utility>

#include "storage/base/check.h"

namespace millrace {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  AttributeValue Value();
  bool AtEnd() {
    SkipBlanks();
    return rest_.empty();
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && rest_[0] == ' ') {
      rest_.remove_prefix(1);
    }
  }
  bool Accept(char c) {
    SkipBlanks();
    if (rest_.empty() || rest_[0] != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) { CHECK(Accept(c)); }
  // The text up to one of `ends`, which stays.
  std::string_view Until(std::string_view ends) {
    SkipBlanks();
    const std::string_view text = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(text.size());
    return text;
  }
  std::string QuotedText() {
    Expect('"');
    const std::string_view text = rest_.substr(0, rest_.find('"'));
    rest_.remove_prefix(text.size());
    Expect('"');
    return std::string(text);
  }
  std::string HexBytes() {
    Expect('<');
    std::string bytes = BytesFromHex(Until(">"));
    Expect('>');
    return bytes;
  }
  Number NumberText() {
    Number number;
    CHECK(Number::Parse(Until(" ,]}"), &number) == NumberError::kNone);
    return number;
  }
  // Calls `part` for each of the parts between brackets.
  template <typename Part>
  void Parts(char open, char close, Part part) {
    Expect(open);
    if (Accept(close)) {
      return;
    }
    do {
      part();
    } while (Accept(','));
    Expect(close);
  }

  std::string_view rest_;
};

AttributeValue Parser::Value() {
  AttributeValue value;
  value.type = ParseAttributeTypeName(Until(" ,]}")).value();
  switch (value.type) {
    case AttributeType::kString:
      value.bytes = QuotedText();
      break;
    case AttributeType::kNumber:
      value.number = NumberText();
      break;
    case AttributeType::kBinary:
      value.bytes = HexBytes();
      break;
    case AttributeType::kBool:
      value.boolean = Until(" ,]}") == "true";
      break;
    case AttributeType::kNull:
      break;
    case AttributeType::kStringSet:
      Parts('[', ']', [&] { value.byte_set.push_back(QuotedText()); });
      break;
    case AttributeType::kNumberSet:
      Parts('[', ']', [&] { value.number_set.push_back(NumberText()); });
      break;
    case AttributeType::kBinarySet:
      Parts('[', ']', [&] { value.byte_set.push_back(HexBytes()); });
      break;
    case AttributeType::kList:
      Parts('[', ']', [&] { value.list.push_back(Value()); });
      break;
    case AttributeType::kMap:
      Parts('{', '}', [&] {
        std::string name = QuotedText();
        Expect(':');
        value.map.emplace_back(std::move(name), Value());
      });
      break;
  }
  return value;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  CHECK(c >= 'a' && c <= 'f');
  return c - 'a' + 10;
}

}  // namespace

std::string BytesFromHex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') {
      continue;
    }
    if (high < 0) {
      high = HexDigit(c);
    } else {
      bytes.push_back(static_cast<char>(high * 16 + HexDigit(c)));
      high = -1;
    }
  }
  CHECK(high < 0);
  return bytes;
}

AttributeValue ValueFromText(std::string_view text) {
  Parser parser(text);
  AttributeValue value = parser.Value();
  CHECK(parser.AtEnd());
  return value;
}

}  // namespace millrace
