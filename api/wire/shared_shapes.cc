// The input shapes that many operations share (declared in shape.h).
#include <array>

#include "api/wire/shape.h"

namespace millrace::api {

const Shape kStringShape = {ShapeKind::kString, {}, nullptr, {}};
const Shape kBooleanShape = {ShapeKind::kBoolean, {}, nullptr, {}};
const Shape kIntegerShape = {ShapeKind::kInteger, {}, nullptr, {}};
const Shape kLongShape = {ShapeKind::kLong, {}, nullptr, {}};
const Shape kDoubleShape = {ShapeKind::kDouble, {}, nullptr, {}};
const Shape kBlobShape = {ShapeKind::kBlob, {}, nullptr, {}};
const Shape kStringListShape = {ShapeKind::kList, {}, &kStringShape, {}};
const Shape kStringMapShape = {ShapeKind::kMap, {}, &kStringShape, {}};
const Shape kAttributeValueShape = {ShapeKind::kAttributeValue, {}, nullptr, {}};
const Shape kAttributeValueListShape = {ShapeKind::kList, {}, &kAttributeValueShape, {}};
const Shape kAttributeMapShape = {ShapeKind::kMap, {}, &kAttributeValueShape, {}};

namespace {

constexpr std::array<ShapeMember, 4> kExpectedMembers = {{
    {"Value", &kAttributeValueShape},
    {"Exists", &kBooleanShape},
    {"ComparisonOperator", &kStringShape},
    {"AttributeValueList", &kAttributeValueListShape},
}};
constexpr Shape kExpectedShape = {ShapeKind::kStructure, "ExpectedAttributeValue", nullptr,
                                  kExpectedMembers};

constexpr std::array<ShapeMember, 2> kConditionMembers = {{
    {"AttributeValueList", &kAttributeValueListShape},
    {"ComparisonOperator", &kStringShape},
}};
constexpr Shape kConditionShape = {ShapeKind::kStructure, "Condition", nullptr, kConditionMembers};

constexpr std::array<ShapeMember, 2> kAttributeUpdateMembers = {{
    {"Value", &kAttributeValueShape},
    {"Action", &kStringShape},
}};
constexpr Shape kAttributeUpdateShape = {ShapeKind::kStructure, "AttributeValueUpdate", nullptr,
                                         kAttributeUpdateMembers};

}  // namespace

const Shape kExpectedMapShape = {ShapeKind::kMap, {}, &kExpectedShape, {}};
const Shape kConditionMapShape = {ShapeKind::kMap, {}, &kConditionShape, {}};
const Shape kAttributeUpdatesShape = {ShapeKind::kMap, {}, &kAttributeUpdateShape, {}};

}  // namespace millrace::api
