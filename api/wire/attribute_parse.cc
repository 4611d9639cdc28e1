// Attribute values from JSON to encoded bytes, with the checks of AWS in its order.
#include <array>
#include <vector>

#include "api/wire/attribute_json.h"
#include "api/wire/attribute_members.h"
#include "api/wire/distinct.h"
#include "api/wire/shape.h"
#include "storage/base/base64.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

using Kind = ValueProblem::Kind;

constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";
constexpr std::string_view kEmptyValueMessage =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr std::string_view kMultipleTypesMessage =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";
constexpr std::string_view kNestingMessage =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";

bool Refuse(Kind kind, std::string_view message, ValueProblem* problem) {
  problem->kind = kind;
  problem->message = message;
  return false;
}

bool RefuseInvalid(Kind kind, std::string_view sentence, ValueProblem* problem) {
  problem->kind = kind;
  problem->message.assign(kInvalidValues).append(sentence);
  return false;
}

// The elements of a set as they were sent: "[a, b, a]".
std::string PrintMembers(json::Value set) {
  std::string text("[");
  for (const json::Value member : set.elements()) {
    if (text.size() > 1) {
      text.append(", ");
    }
    text.append(member.AsString());
  }
  return text + "]";
}

bool ParseNumber(json::Value value, Number* number, ValueProblem* problem) {
  const NumberError error = Number::Parse(value.AsString(), number);
  if (error == NumberError::kNone) [[likely]] {
    return true;
  }
  return Refuse(Kind::kNumber, NumberErrorMessage(error, value.AsString()), problem);
}

bool CheckSetNotEmpty(AttributeType type, json::Value value, ValueProblem* problem) {
  if (value.size() > 0) [[likely]] {
    return true;
  }
  switch (type) {
    case AttributeType::kStringSet:
      return RefuseInvalid(Kind::kEmptyStringSet, "An string set  may not be empty", problem);
    case AttributeType::kNumberSet:
      return RefuseInvalid(Kind::kEmptyNumberSet, "An number set  may not be empty", problem);
    default:
      return RefuseInvalid(Kind::kEmptyBinarySet, "Binary sets should not be empty", problem);
  }
}

bool RefuseDuplicates(AttributeType type, json::Value value, ValueProblem* problem) {
  switch (type) {
    case AttributeType::kStringSet:
      return RefuseInvalid(Kind::kDuplicates,
                           "Input collection " + PrintMembers(value) + " contains duplicates.",
                           problem);
    case AttributeType::kNumberSet:
      return Refuse(Kind::kDuplicates, "Input collection contains duplicates", problem);
    default:
      return RefuseInvalid(
          Kind::kDuplicates,
          "Input collection " + PrintMembers(value) + "of type BS contains duplicates.", problem);
  }
}

bool WriteSetMember(AttributeType type, json::Value member, std::string* buffer,
                    ValueWriter* writer, ValueProblem* problem) {
  if (!member.IsString()) {
    // The shape check lets a null pass.
    return Refuse(Kind::kEmptyValue, kEmptyValueMessage, problem);
  }
  if (type == AttributeType::kStringSet) {
    writer->SetMember(member.AsString());
    return true;
  }
  buffer->clear();
  if (type == AttributeType::kNumberSet) {
    Number number;
    if (!ParseNumber(member, &number, problem)) {
      return false;
    }
    number.AppendSortable(buffer);
  } else if (DecodeBase64(member.AsString(), buffer) != Base64Error::kNone) {
    return Refuse(Kind::kEmptyValue, kEmptyValueMessage, problem);
  }
  writer->SetMember(*buffer);
  return true;
}

bool ParseSet(AttributeType type, json::Value value, ValueWriter* writer, ValueProblem* problem) {
  if (!CheckSetNotEmpty(type, value, problem)) {
    return false;
  }
  const size_t start = writer->out()->size();
  const size_t mark = writer->BeginContainer(type);
  std::string buffer;
  for (const json::Value member : value.elements()) {
    if (!WriteSetMember(type, member, &buffer, writer, problem)) {
      return false;
    }
  }
  writer->EndContainer(mark, value.size());
  if (value.size() > 1) {
    const std::string& out = *writer->out();
    const ValueView set = ValueView::At(out.data() + start, out.data() + out.size());
    if (HasDuplicates(set.AsSet())) {
      return RefuseDuplicates(type, value, problem);
    }
  }
  return true;
}

bool ParseNull(json::Value value, ValueWriter* writer, ValueProblem* problem) {
  if (!BooleanOf(value)) {
    return RefuseInvalid(Kind::kNullNotTrue,
                         "Null attribute value types must have the value of true", problem);
  }
  writer->Null();
  return true;
}

bool ParseBinary(json::Value value, ValueWriter* writer, ValueProblem* problem) {
  std::string bytes;
  if (DecodeBase64(value.AsString(), &bytes) != Base64Error::kNone) {
    return Refuse(Kind::kEmptyValue, kEmptyValueMessage, problem);
  }
  writer->Binary(bytes);
  return true;
}

bool ParseList(json::Value value, int depth, ValueWriter* writer, ValueProblem* problem) {
  const size_t mark = writer->BeginContainer(AttributeType::kList);
  for (const json::Value element : value.elements()) {
    if (!ParseAttributeValue(element, depth + 1, writer, problem)) {
      return false;
    }
  }
  writer->EndContainer(mark, value.size());
  return true;
}

bool ParseMap(json::Value value, int depth, ValueWriter* writer, ValueProblem* problem) {
  std::vector<bool> overridden;
  FindOverriddenMembers(value, &overridden);
  const size_t mark = writer->BeginContainer(AttributeType::kMap);
  uint32_t index = 0;
  uint32_t count = 0;
  for (const json::Member entry : value.members()) {
    const bool skipped = !overridden.empty() && overridden[index];
    ++index;
    if (skipped) {
      continue;
    }
    if (entry.name.size() > limits::kAttributeNameSizeMax) {
      return RefuseInvalid(Kind::kNestedName, kAttributeNameTooLongSentence, problem);
    }
    writer->Name(entry.name);
    if (!ParseAttributeValue(entry.value, depth + 1, writer, problem)) {
      return false;
    }
    ++count;
  }
  writer->EndContainer(mark, count);
  return true;
}

bool ParseMember(AttributeType type, json::Value value, int depth, ValueWriter* writer,
                 ValueProblem* problem) {
  switch (type) {
    case AttributeType::kString:
      writer->String(value.AsString());
      return true;
    case AttributeType::kNumber: {
      Number number;
      if (!ParseNumber(value, &number, problem)) {
        return false;
      }
      writer->NumberValue(number);
      return true;
    }
    case AttributeType::kBinary:
      return ParseBinary(value, writer, problem);
    case AttributeType::kBool:
      writer->Bool(BooleanOf(value));
      return true;
    case AttributeType::kNull:
      return ParseNull(value, writer, problem);
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      return ParseSet(type, value, writer, problem);
    case AttributeType::kList:
      return ParseList(value, depth, writer, problem);
    case AttributeType::kMap:
      return ParseMap(value, depth, writer, problem);
  }
  return false;
}

// An object with several known members: each is checked for itself, in AWS's order, before their
// number is.
bool ParseSeveralMembers(const std::array<json::Value, 11>& members, int depth, ValueWriter* writer,
                         ValueProblem* problem) {
  const auto parse = [&](AttributeType type) {
    const json::Value value = members[static_cast<size_t>(type)];
    return !value.present() || ParseMember(type, value, depth, writer, problem);
  };
  if (!parse(AttributeType::kNumber) || !parse(AttributeType::kNull)) {
    return false;
  }
  for (const AttributeType type :
       {AttributeType::kStringSet, AttributeType::kNumberSet, AttributeType::kBinarySet}) {
    const json::Value value = members[static_cast<size_t>(type)];
    if (value.present() && !CheckSetNotEmpty(type, value, problem)) {
      return false;
    }
  }
  const json::Value numbers = members[static_cast<size_t>(AttributeType::kNumberSet)];
  if (numbers.present()) {
    for (const json::Value member : numbers.elements()) {
      Number number;
      if (!ParseNumber(member, &number, problem)) {
        return false;
      }
    }
  }
  for (const AttributeType type :
       {AttributeType::kStringSet, AttributeType::kNumberSet, AttributeType::kBinarySet,
        AttributeType::kList, AttributeType::kMap}) {
    if (!parse(type)) {
      return false;
    }
  }
  return Refuse(Kind::kMultipleTypes, kMultipleTypesMessage, problem);
}

// Any object but the plain one with a single known member.
bool ParseUnusualObject(json::Value value, int depth, ValueWriter* writer, ValueProblem* problem) {
  std::array<json::Value, 11> members;  // by AttributeType; the last of several equal names
  for (const json::Member member : value.members()) {
    members[static_cast<size_t>(AttributeMemberType(member.name))] = member.value;
  }
  members[static_cast<size_t>(kNoAttributeType)] = json::Value();
  int count = 0;
  AttributeType type = kNoAttributeType;
  for (size_t index = 0; index < members.size(); ++index) {
    if (members[index].present() && members[index].IsNull()) {
      members[index] = json::Value();
    } else if (members[index].present()) {
      type = static_cast<AttributeType>(index);
      ++count;
    }
  }
  if (count == 0) {
    return Refuse(Kind::kEmptyValue, kEmptyValueMessage, problem);
  }
  if (count == 1) {
    return ParseMember(type, members[static_cast<size_t>(type)], depth, writer, problem);
  }
  return ParseSeveralMembers(members, depth, writer, problem);
}

}  // namespace

bool ParseAttributeValue(json::Value value, int depth, ValueWriter* writer, ValueProblem* problem) {
  if (depth > limits::kNestingDepthMax) {
    return Refuse(Kind::kNesting, kNestingMessage, problem);
  }
  if (!value.IsObject()) {
    // The shape check lets a null pass.
    return Refuse(Kind::kEmptyValue, kEmptyValueMessage, problem);
  }
  if (value.size() == 1) [[likely]] {
    const json::Member member = *value.members().begin();
    const AttributeType type = AttributeMemberType(member.name);
    if (type != kNoAttributeType && !member.value.IsNull()) [[likely]] {
      return ParseMember(type, member.value, depth, writer, problem);
    }
  }
  return ParseUnusualObject(value, depth, writer, problem);
}

std::string NumberErrorMessage(NumberError error, std::string_view text) {
  switch (error) {
    case NumberError::kNone:
      return {};
    case NumberError::kEmpty:
      return "The parameter cannot be converted to a numeric value";
    case NumberError::kSyntax:
      return "The parameter cannot be converted to a numeric value: " + std::string(text);
    case NumberError::kOverflow:
      return "Number overflow. Attempting to store a number with magnitude larger than supported "
             "range";
    case NumberError::kUnderflow:
      return "Number underflow. Attempting to store a number with magnitude smaller than supported "
             "range";
    case NumberError::kPrecision:
      return "Attempting to store more than 38 significant digits in a Number";
  }
  return {};
}

ApiStatus ParseAttributeMap(json::Value map, std::string* out, ItemView* item) {
  std::vector<bool> overridden;
  FindOverriddenMembers(map, &overridden);
  ItemBuilder builder(out);
  ValueProblem problem;
  uint32_t index = 0;
  for (const json::Member entry : map.members()) {
    const bool skipped = !overridden.empty() && overridden[index];
    ++index;
    if (skipped) {
      continue;
    }
    RETURN_IF_API_ERROR(CheckAttributeName(entry.name));
    if (!ParseAttributeValue(entry.value, 1, &builder.Attribute(entry.name), &problem)) {
      return ProblemInItem(std::move(problem));
    }
  }
  *item = builder.Finish();
  return ApiStatus::Ok();
}

ApiStatus CheckAttributeName(std::string_view name) {
  if (name.empty()) {
    return ValidationError(std::string(kInvalidValues) + "Empty attribute name");
  }
  if (name.size() > limits::kAttributeNameSizeMax) {
    return ValidationError(std::string(kInvalidValues) +
                           std::string(kAttributeNameTooLongSentence));
  }
  return ApiStatus::Ok();
}

ApiStatus ProblemInItem(ValueProblem problem) {
  switch (problem.kind) {
    case Kind::kNullNotTrue:
    case Kind::kEmptyStringSet:
    case Kind::kEmptyNumberSet:
    case Kind::kEmptyBinarySet:
    case Kind::kDuplicates:
      return EnvelopedValidationError(problem.message);
    default:
      return ValidationError(problem.message);
  }
}

}  // namespace millrace::api
