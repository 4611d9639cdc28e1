// Input shapes: the types that AWS's own front end checks before it looks at any value. CheckShape
// walks the JSON along the shape and reports the first mismatch with the sentence of a
// SerializationException. Unknown members are ignored, null members count as absent.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "api/wire/error.h"
#include "storage/base/json.h"

namespace millrace::api {

enum class ShapeKind : uint8_t {
  kString,
  kBoolean,
  kInteger,
  kLong,
  kDouble,
  kBlob,
  kList,            // of `element`
  kMap,             // string to `element`
  kStructure,       // `members`
  kAttributeValue,  // DynamoDB's recursive union, built in
};

struct ShapeMember;

// Shapes are static constants; they refer to each other by address.
struct Shape {
  ShapeKind kind = ShapeKind::kString;
  // For messages: the Java class of a structure without its package ("KeySchemaElement"). Empty for
  // other kinds.
  std::string_view class_name;
  const Shape* element = nullptr;
  std::span<const ShapeMember> members;
};

struct ShapeMember {
  std::string_view name;
  const Shape* shape = nullptr;
};

// OK, or the SerializationException for the first mismatch: nested containers before top-level
// scalars. Thread-safe.
ApiStatus CheckShape(const Shape& shape, json::Value value);

// The truth of a boolean member that has passed CheckShape: AWS also takes "true", "1" and "yes" in
// any case, as strings. False for an absent member.
bool BooleanOf(json::Value value);

// Whether `text` is standard base64 with padding, as DecodeBase64 accepts it.
bool IsValidBase64(std::string_view text);

// Shapes that many operations share.
extern const Shape kStringShape;
extern const Shape kBooleanShape;
extern const Shape kIntegerShape;
extern const Shape kLongShape;
extern const Shape kDoubleShape;
extern const Shape kBlobShape;
extern const Shape kStringListShape;
extern const Shape kStringMapShape;  // ExpressionAttributeNames
extern const Shape kAttributeValueShape;
extern const Shape kAttributeValueListShape;
extern const Shape kAttributeMapShape;  // Item, Key, ExpressionAttributeValues, ExclusiveStartKey
extern const Shape kExpectedMapShape;   // Expected
extern const Shape kConditionMapShape;  // KeyConditions, QueryFilter, ScanFilter
extern const Shape kAttributeUpdatesShape;  // AttributeUpdates

}  // namespace millrace::api
