// The check of a request against its input shape. Nearly every request is right, so a first walk in
// document order only says yes or no; when it says no, a second walk in AWS's order finds the
// mismatch to report.
#include "api/wire/shape.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "api/wire/attribute_members.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

constexpr std::string_view kModelPackage = "com.amazonaws.dynamodb.v20120810.";
constexpr std::string_view kFieldType = "Unexpected field type";
constexpr std::string_view kUnexpectedStructure =
    "Start of structure or map found where not expected";

bool IsContainer(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kList:
    case ShapeKind::kMap:
    case ShapeKind::kStructure:
    case ShapeKind::kAttributeValue:
      return true;
    default:
      return false;
  }
}

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

// ---- The first walk. Null values count as absent everywhere.

bool Fits(const Shape& shape, json::Value value);

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
    if (member != nullptr && !entry.value.IsNull() && !Fits(*member->shape, entry.value)) {
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
    if (!entry.value.IsNull() && !Fits(*shape.element, entry.value)) {
      return false;
    }
  }
  return true;
}

bool Fits(const Shape& shape, json::Value value) {
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
      return AllElements(value, [&](json::Value element) { return Fits(*shape.element, element); });
    case ShapeKind::kMap:
      return FitsMap(shape, value);
    case ShapeKind::kStructure:
      return FitsStructure(shape, value);
    case ShapeKind::kAttributeValue:
      return FitsAttributeValue(value);
  }
  return false;
}

// ---- The second walk.

// Members of AttributeValue for the second walk.
const Shape kBlobListShape = {ShapeKind::kList, {}, &kBlobShape, {}};
constexpr std::array<ShapeMember, 10> kAttributeValueMembers = {{
    {"SS", &kStringListShape},
    {"NS", &kStringListShape},
    {"BS", &kBlobListShape},
    {"M", &kAttributeMapShape},
    {"L", &kAttributeValueListShape},
    {"S", &kStringShape},
    {"N", &kStringShape},
    {"B", &kBlobShape},
    {"NULL", &kBooleanShape},
    {"BOOL", &kBooleanShape},
}};

ApiStatus Mismatch(std::string_view message) {
  return ApiStatus(ErrorType::kSerialization, message);
}

std::string_view ScalarName(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kBoolean:
      return "Boolean";
    case ShapeKind::kInteger:
      return "Integer";
    case ShapeKind::kLong:
      return "Long";
    case ShapeKind::kDouble:
      return "Double";
    default:
      return "String";
  }
}

// The Java class by which messages name a shape.
std::string JavaClass(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kBlob:
      return "java.nio.ByteBuffer";
    case ShapeKind::kList:
      return "java.util.List<" + JavaClass(*shape.element) + ">";
    case ShapeKind::kMap:
      return "java.util.Map<java.lang.String, " + JavaClass(*shape.element) + ">";
    case ShapeKind::kStructure:
      return std::string(kModelPackage) + std::string(shape.class_name);
    case ShapeKind::kAttributeValue:
      return std::string(kModelPackage) + "AttributeValue";
    default:
      return "java.lang." + std::string(ScalarName(shape.kind));
  }
}

// Where a value stands, which decides what is said about a scalar that should be a container.
enum class Position { kMember, kElement };

ApiStatus CheckBlob(json::Value value) {
  switch (value.type()) {
    case json::Type::kArray:
      return Mismatch("Unrecognized collection type class java.nio.ByteBuffer");
    case json::Type::kObject:
      return Mismatch(kUnexpectedStructure);
    case json::Type::kString:
      break;
    default:
      return Mismatch("only base-64-encoded strings are convertible to bytes");
  }
  const std::string_view text = value.AsString();
  if (text.size() % 4 != 0) {
    return Mismatch("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                    std::to_string(text.size()));
  }
  if (!IsValidBase64(text)) {
    return Mismatch("Invalid last non-pad Base64 character dectected");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckScalar(const Shape& shape, json::Value value) {
  if (Fits(shape, value)) {
    return ApiStatus::Ok();
  }
  std::string found;
  switch (value.type()) {
    case json::Type::kArray:
      return Mismatch("Unrecognized collection type class " + JavaClass(shape));
    case json::Type::kObject:
      return Mismatch(kUnexpectedStructure);
    case json::Type::kString:
      if (shape.kind == ShapeKind::kBoolean) {
        return Mismatch("Unexpected token received from parser");
      }
      found = "STRING_VALUE";
      break;
    case json::Type::kTrue:
      found = "TRUE_VALUE";
      break;
    case json::Type::kFalse:
      found = "FALSE_VALUE";
      break;
    default:
      found = value.IsFractional() ? "DECIMAL_VALUE" : "NUMBER_VALUE";
  }
  found.append(" cannot be converted to ").append(ScalarName(shape.kind));
  return Mismatch(found);
}

// What is said about a value that is no container where a list, map or structure is expected.
ApiStatus ScalarForContainer(const Shape& shape, Position position) {
  if (position == Position::kMember) {
    return Mismatch(kFieldType);
  }
  if (shape.kind == ShapeKind::kList || shape.kind == ShapeKind::kMap) {
    constexpr std::string_view kParameterized =
        "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl";
    std::string message("class ");
    message.append(kParameterized).append(" cannot be cast to class java.lang.Class (");
    message.append(kParameterized)
        .append(" and java.lang.Class are in module java.base of loader 'bootstrap')");
    return Mismatch(message);
  }
  return Mismatch("Unexpected value type in payload");
}

ApiStatus CheckValue(const Shape& shape, json::Value value, Position position);

// Containers in the order of the shape, then scalars.
ApiStatus CheckMembers(std::span<const ShapeMember> members, json::Value value) {
  for (const bool containers : {true, false}) {
    for (const ShapeMember& member : members) {
      if (IsContainer(*member.shape) != containers) {
        continue;
      }
      const json::Value found = value.Find(member.name);
      if (found.present()) {
        RETURN_IF_API_ERROR(CheckValue(*member.shape, found, Position::kMember));
      }
    }
  }
  return ApiStatus::Ok();
}

ApiStatus CheckList(const Shape& shape, json::Value value) {
  if (value.IsObject()) {
    return Mismatch(kUnexpectedStructure);
  }
  for (const json::Value element : value.elements()) {
    if (!element.IsNull()) {
      RETURN_IF_API_ERROR(CheckValue(*shape.element, element, Position::kElement));
    }
  }
  return ApiStatus::Ok();
}

ApiStatus CheckMap(const Shape& shape, json::Value value) {
  if (value.IsArray()) {
    return Mismatch("Unrecognized collection type " + JavaClass(shape));
  }
  for (const json::Member entry : value.members()) {
    if (!entry.value.IsNull()) {
      RETURN_IF_API_ERROR(CheckValue(*shape.element, entry.value, Position::kElement));
    }
  }
  return ApiStatus::Ok();
}

ApiStatus CheckStructure(const Shape& shape, json::Value value) {
  if (value.IsArray()) {
    return Mismatch("Unrecognized collection type class " + JavaClass(shape));
  }
  return CheckMembers(shape.kind == ShapeKind::kAttributeValue
                          ? std::span<const ShapeMember>(kAttributeValueMembers)
                          : shape.members,
                      value);
}

ApiStatus CheckValue(const Shape& shape, json::Value value, Position position) {
  if (shape.kind == ShapeKind::kBlob) {
    return CheckBlob(value);
  }
  if (!IsContainer(shape)) {
    return CheckScalar(shape, value);
  }
  if (!value.IsArray() && !value.IsObject()) {
    return ScalarForContainer(shape, position);
  }
  switch (shape.kind) {
    case ShapeKind::kList:
      return CheckList(shape, value);
    case ShapeKind::kMap:
      return CheckMap(shape, value);
    default:
      return CheckStructure(shape, value);
  }
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

ApiStatus CheckShape(const Shape& shape, json::Value value) {
  if (Fits(shape, value)) [[likely]] {
    return ApiStatus::Ok();
  }
  return CheckValue(shape, value, Position::kMember);
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
