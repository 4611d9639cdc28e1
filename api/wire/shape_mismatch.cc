// The sentences for values of the wrong type, found in AWS's order: containers of a structure
// before its scalars.
#include "api/wire/shape_mismatch.h"

#include <array>
#include <string>

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
  if (FitsShape(shape, value)) {
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

}  // namespace

ApiStatus DescribeMismatch(const Shape& shape, json::Value value) {
  return CheckValue(shape, value, Position::kMember);
}

}  // namespace millrace::api
