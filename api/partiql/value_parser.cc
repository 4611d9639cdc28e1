// The parser of constants: encoded while they are read.
#include <unordered_map>
#include <utility>

#include "api/partiql/statement_parser.h"
#include "api/wire/attribute_json.h"
#include "api/wire/distinct.h"
#include "storage/base/base64.h"
#include "storage/model/limits.h"
#include "storage/model/number.h"

namespace millrace::api::partiql {
namespace {

constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";
constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";

ValueView ViewFrom(const std::string& bytes, size_t offset) {
  return ValueView::At(bytes.data() + offset, bytes.data() + bytes.size());
}

AttributeType SetTypeOf(AttributeType member) {
  switch (member) {
    case AttributeType::kString:
      return AttributeType::kStringSet;
    case AttributeType::kNumber:
      return AttributeType::kNumberSet;
    default:
      return AttributeType::kBinarySet;
  }
}

// The sentence for a set in which a member repeats, as for one sent as JSON.
std::string DuplicatesMessage(const SetView& set) {
  if (set.type() == AttributeType::kNumberSet) {
    return "Input collection contains duplicates";
  }
  const bool binary = set.type() == AttributeType::kBinarySet;
  std::string members;
  for (const std::string_view member : set) {
    if (!members.empty()) {
      members.append(", ");
    }
    if (binary) {
      EncodeBase64(member, &members);
    } else {
      members.append(member);
    }
  }
  return std::string(kInvalidValues) + "Input collection [" + members +
         (binary ? "]of type BS contains duplicates." : "] contains duplicates.");
}

}  // namespace

bool StatementParser::IsConstantStart() const {
  switch (current_.kind) {
    case TokenKind::kWord:
      return Is(Keyword::kTrue) || Is(Keyword::kFalse) || Is(Keyword::kNull);
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return next_.kind == TokenKind::kNumber;
    case TokenKind::kText:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
    case TokenKind::kLeftBracket:
    case TokenKind::kLeftBrace:
    case TokenKind::kSetBegin:
      return true;
    default:
      return false;
  }
}

bool StatementParser::ParseConstant(ValueView* value) {
  if (Is(TokenKind::kParameter)) {
    return ParseParameter(value);
  }
  std::string& bytes = statement_->storage.emplace_back();
  ValueWriter writer(&bytes);
  if (!ParseLiteral(&writer)) {
    return false;
  }
  *value = ViewFrom(bytes, 0);
  return value->Depth() <= limits::kNestingDepthMax || Fail(kTooDeep);
}

bool StatementParser::ParseParameter(ValueView* value) {
  // Those that are missing stand for NULL until the count is compared, behind all syntax errors.
  static constexpr char kNull = static_cast<char>(AttributeType::kNull);
  const uint32_t index = statement_->parameter_count++;
  *value = index < parameters_.size() ? parameters_[index] : ValueView::At(&kNull, &kNull + 1);
  Advance();
  return true;
}

bool StatementParser::ParseLiteral(ValueWriter* writer) {
  switch (current_.kind) {
    case TokenKind::kText:
      writer->String(Unquote(current_.text));
      Advance();
      return true;
    case TokenKind::kNumber:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return ParseNumber(writer);
    case TokenKind::kLeftBracket:
      return ParseList(writer);
    case TokenKind::kSetBegin:
      return ParseSet(writer);
    case TokenKind::kLeftBrace:
      return ParseTuple(writer);
    case TokenKind::kParameter: {
      ValueView value;
      ParseParameter(&value);
      writer->Copy(value);
      return true;
    }
    default:
      break;
  }
  if (Accept(Keyword::kNull)) {
    writer->Null();
    return true;
  }
  if (!Is(Keyword::kTrue) && !Is(Keyword::kFalse)) {
    return FailHere();
  }
  writer->Bool(Is(Keyword::kTrue));
  Advance();
  return true;
}

bool StatementParser::ParseNumber(ValueWriter* writer) {
  std::string text;
  if (!Is(TokenKind::kNumber)) {
    text = current_.text;
    Advance();
  }
  if (!Is(TokenKind::kNumber)) {
    return FailHere();
  }
  text.append(current_.text);
  Number number;
  if (const NumberError error = Number::Parse(text, &number); error != NumberError::kNone) {
    return Fail(NumberErrorMessage(error, text));
  }
  writer->NumberValue(number);
  Advance();
  return true;
}

bool StatementParser::ParseList(ValueWriter* writer) {
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  Advance();
  const size_t mark = writer->BeginContainer(AttributeType::kList);
  uint32_t count = 0;
  if (!Is(TokenKind::kRightBracket)) {
    do {
      if (!ParseLiteral(writer)) {
        return false;
      }
      ++count;
    } while (Accept(TokenKind::kComma));
  }
  writer->EndContainer(mark, count);
  return Expect(TokenKind::kRightBracket);
}

bool StatementParser::ParseSet(ValueWriter* writer) {
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  Advance();
  if (Is(TokenKind::kSetEnd)) {
    return Fail(std::string(kInvalidValues) + "An string set  may not be empty");
  }
  std::string members;
  std::vector<size_t> offsets;
  ValueWriter member_writer(&members);
  do {
    offsets.push_back(members.size());
    if (!ParseLiteral(&member_writer)) {
      return false;
    }
  } while (Accept(TokenKind::kComma));
  if (!Expect(TokenKind::kSetEnd)) {
    return false;
  }
  const AttributeType member_type = ViewFrom(members, 0).type();
  const size_t start = writer->out()->size();
  const size_t mark = writer->BeginContainer(SetTypeOf(member_type));
  for (const size_t offset : offsets) {
    const ValueView member = ViewFrom(members, offset);
    if (!IsScalarKeyType(member_type) || member.type() != member_type) {
      return Fail(std::string(kInvalidValues) +
                  "A set must contain only strings, only numbers or only binary values");
    }
    writer->SetMember(member.payload());
  }
  writer->EndContainer(mark, static_cast<uint32_t>(offsets.size()));
  const SetView set = ViewFrom(*writer->out(), start).AsSet();
  return !HasDuplicates(set) || Fail(DuplicatesMessage(set));
}

bool StatementParser::ParseEntries(Entries* entries) {
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  Advance();
  ValueWriter writer(&entries->bytes);
  if (!Is(TokenKind::kRightBrace)) {
    do {
      Entries::Entry& entry = entries->entries.emplace_back();
      entry.offset = entries->bytes.size();
      if (!Is(TokenKind::kText)) {
        return FailHere();
      }
      entry.name = Unquote(current_.text);
      Advance();
      if (!Expect(TokenKind::kColon) || !ParseLiteral(&writer)) {
        return false;
      }
    } while (Accept(TokenKind::kComma));
  }
  // The last of several entries of one name counts, as in JSON.
  std::unordered_map<std::string_view, Entries::Entry*> latest;
  for (Entries::Entry& entry : entries->entries) {
    const auto [earlier, is_new] = latest.try_emplace(entry.name, &entry);
    if (!is_new) {
      std::exchange(earlier->second, &entry)->overridden = true;
    }
  }
  return Expect(TokenKind::kRightBrace);
}

bool StatementParser::ParseTuple(ValueWriter* writer) {
  Entries entries;
  if (!ParseEntries(&entries)) {
    return false;
  }
  const size_t mark = writer->BeginContainer(AttributeType::kMap);
  uint32_t count = 0;
  for (const Entries::Entry& entry : entries.entries) {
    if (!entry.overridden) {
      writer->Name(entry.name);
      writer->Copy(ViewFrom(entries.bytes, entry.offset));
      ++count;
    }
  }
  writer->EndContainer(mark, count);
  return true;
}

bool StatementParser::ParseItem() {
  if (!Is(TokenKind::kLeftBrace)) {
    return FailHere();
  }
  Entries entries;
  if (!ParseEntries(&entries)) {
    return false;
  }
  ItemBuilder builder(&statement_->storage.emplace_back());
  for (const Entries::Entry& entry : entries.entries) {
    if (entry.overridden) {
      continue;
    }
    if (ApiStatus status = CheckAttributeName(entry.name); !status.ok()) {
      error_ = std::move(status);
      return false;
    }
    const ValueView value = ViewFrom(entries.bytes, entry.offset);
    if (value.Depth() > limits::kNestingDepthMax) {
      return Fail(kTooDeep);
    }
    builder.CopyValue(entry.name, value);
  }
  statement_->item = builder.Finish();
  return true;
}

}  // namespace millrace::api::partiql
