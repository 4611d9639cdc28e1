// The check of a request against its input shape. Nearly every request is right, so a first walk in
// document order only says yes or no; when it says no, a second walk in AWS's order finds the
// mismatch to report.
#include "api/wire/shape.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "api/wire/attribute_members.h"
#include "api/wire/shape_mismatch.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](unsigned char a, char b) {
           return std::tolower(a) == static_cast<unsigned char>(b);
         });
}

bool IsTrueText(std::string_view text) {
  return EqualsIgnoringCase(text, "true") || EqualsIgnoringCase(text, "yes") || text == "1";
}

bool IsBooleanText(std::string_view text) {
  return IsTrueText(text) || EqualsIgnoringCase(text, "false") || EqualsIgnoringCase(text, "no") ||
         text == "0";
}

// Null values count as absent everywhere.

template <typename Predicate>
bool AllElements(json::Value value, Predicate predicate) {
  if (value.IsNull()) {
    return true;
  }
  if (!value.IsArray()) {
    return false;
  }
  for (const json::Value element : value.elements()) {
    if (!element.IsNull() && !predicate(element)) {
      return false;
    }
  }
  return true;
}

bool FitsBoolean(json::Value value) {
  return value.IsBool() || (value.IsString() && IsBooleanText(value.AsString()));
}

bool FitsBlob(json::Value value) { return value.IsString() && IsValidBase64(value.AsString()); }

bool FitsString(json::Value value) { return value.IsString(); }

bool FitsAttributeValue(json::Value value);

bool FitsAttributeMap(json::Value value) {
  if (!value.IsObject()) {
    return false;
  }
  for (const json::Member entry : value.members()) {
    if (!entry.value.IsNull() && !FitsAttributeValue(entry.value)) {
      return false;
    }
  }
  return true;
}

bool FitsAttributeMember(AttributeType type, json::Value value) {
  switch (type) {
    case AttributeType::kString:
    case AttributeType::kNumber:
      return value.IsString();
    case AttributeType::kBinary:
      return FitsBlob(value);
    case AttributeType::kBool:
    case AttributeType::kNull:
      return FitsBoolean(value);
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
      return AllElements(value, FitsString);
    case AttributeType::kBinarySet:
      return AllElements(value, FitsBlob);
    case AttributeType::kList:
      return AllElements(value, FitsAttributeValue);
    case AttributeType::kMap:
      return FitsAttributeMap(value);
  }
  return false;
}

bool FitsAttributeValue(json::Value value) {
  if (!value.IsObject()) {
    return false;
  }
  for (const json::Member member : value.members()) {
    const AttributeType type = AttributeMemberType(member.name);
    if (type != kNoAttributeType && !member.value.IsNull() &&
        !FitsAttributeMember(type, member.value)) {
      return false;
    }
  }
  return true;
}

const ShapeMember* FindMember(std::span<const ShapeMember> members, std::string_view name) {
  for (const ShapeMember& member : members) {
    if (member.name == name) {
      return &member;
    }
  }
  return nullptr;
}

bool FitsStructure(const Shape& shape, json::Value value) {
  if (!value.IsObject()) {
    return false;
  }
  for (const json::Member entry : value.members()) {
    const ShapeMember* member = FindMember(shape.members, entry.name);
    if (member != nullptr && !entry.value.IsNull() && !FitsShape(*member->shape, entry.value)) {
      return false;
    }
  }
  return true;
}

bool FitsMap(const Shape& shape, json::Value value) {
  if (!value.IsObject()) {
    return false;
  }
  for (const json::Member entry : value.members()) {
    if (!entry.value.IsNull() && !FitsShape(*shape.element, entry.value)) {
      return false;
    }
  }
  return true;
}

constexpr std::array<bool, 256> MakeBase64Characters() {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}

constexpr std::array<bool, 256> kBase64Characters = MakeBase64Characters();

}  // namespace

bool FitsShape(const Shape& shape, json::Value value) {
  switch (shape.kind) {
    case ShapeKind::kString:
      return value.IsString();
    case ShapeKind::kBoolean:
      return FitsBoolean(value);
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kDouble:
      return value.IsNumber();
    case ShapeKind::kBlob:
      return FitsBlob(value);
    case ShapeKind::kList:
      return AllElements(value,
                         [&](json::Value element) { return FitsShape(*shape.element, element); });
    case ShapeKind::kMap:
      return FitsMap(shape, value);
    case ShapeKind::kStructure:
      return FitsStructure(shape, value);
    case ShapeKind::kAttributeValue:
      return FitsAttributeValue(value);
  }
  return false;
}

ApiStatus CheckShape(const Shape& shape, json::Value value) {
  if (FitsShape(shape, value)) [[likely]] {
    return ApiStatus::Ok();
  }
  return DescribeMismatch(shape, value);
}

bool BooleanOf(json::Value value) {
  return value.present() && (value.AsBool() || (value.IsString() && IsTrueText(value.AsString())));
}

bool IsValidBase64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return false;
  }
  size_t count = text.size();
  while (count > 0 && text.size() - count < 2 && text[count - 1] == '=') {
    --count;
  }
  bool valid = true;
  for (size_t index = 0; index < count; ++index) {
    valid &= kBase64Characters[static_cast<unsigned char>(text[index])];
  }
  if (!valid || count == text.size()) {
    return valid;
  }
  // The last group also says something with the bits that its padding cuts off.
  std::string last;
  return DecodeBase64(text.substr(text.size() - 4), &last) == Base64Error::kNone;
}

}  // namespace millrace::api
