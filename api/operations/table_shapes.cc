// The shapes that several table operations share.
#include "api/operations/table_shapes.h"

#include <array>

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kProvisionedThroughputMembers = {{
    {"ReadCapacityUnits", &kLongShape},
    {"WriteCapacityUnits", &kLongShape},
}};
constexpr std::array<ShapeMember, 2> kOnDemandThroughputMembers = {{
    {"MaxReadRequestUnits", &kLongShape},
    {"MaxWriteRequestUnits", &kLongShape},
}};
constexpr std::array<ShapeMember, 2> kWarmThroughputMembers = {{
    {"ReadUnitsPerSecond", &kLongShape},
    {"WriteUnitsPerSecond", &kLongShape},
}};
constexpr std::array<ShapeMember, 2> kKeySchemaElementMembers = {{
    {"AttributeName", &kStringShape},
    {"KeyType", &kStringShape},
}};
constexpr Shape kKeySchemaElementShape = {ShapeKind::kStructure, "KeySchemaElement", nullptr,
                                          kKeySchemaElementMembers};
constexpr std::array<ShapeMember, 2> kProjectionMembers = {{
    {"ProjectionType", &kStringShape},
    {"NonKeyAttributes", &kStringListShape},
}};
constexpr std::array<ShapeMember, 2> kAttributeDefinitionMembers = {{
    {"AttributeName", &kStringShape},
    {"AttributeType", &kStringShape},
}};
constexpr Shape kAttributeDefinitionShape = {ShapeKind::kStructure, "AttributeDefinition", nullptr,
                                             kAttributeDefinitionMembers};
constexpr std::array<ShapeMember, 2> kStreamSpecificationMembers = {{
    {"StreamEnabled", &kBooleanShape},
    {"StreamViewType", &kStringShape},
}};
constexpr std::array<ShapeMember, 3> kEncryptionMembers = {{
    {"Enabled", &kBooleanShape},
    {"SSEType", &kStringShape},
    {"KMSMasterKeyId", &kStringShape},
}};
constexpr std::array<ShapeMember, 2> kTagMembers = {{
    {"Key", &kStringShape},
    {"Value", &kStringShape},
}};
constexpr Shape kTagShape = {ShapeKind::kStructure, "Tag", nullptr, kTagMembers};

}  // namespace

const Shape kProvisionedThroughputShape = {ShapeKind::kStructure, "ProvisionedThroughput", nullptr,
                                           kProvisionedThroughputMembers};
const Shape kOnDemandThroughputShape = {ShapeKind::kStructure, "OnDemandThroughput", nullptr,
                                        kOnDemandThroughputMembers};
const Shape kWarmThroughputShape = {ShapeKind::kStructure, "WarmThroughput", nullptr,
                                    kWarmThroughputMembers};
const Shape kKeySchemaShape = {ShapeKind::kList, {}, &kKeySchemaElementShape, {}};
const Shape kProjectionShape = {ShapeKind::kStructure, "Projection", nullptr, kProjectionMembers};
const Shape kAttributeDefinitionsShape = {ShapeKind::kList, {}, &kAttributeDefinitionShape, {}};
const Shape kStreamSpecificationShape = {ShapeKind::kStructure, "StreamSpecification", nullptr,
                                         kStreamSpecificationMembers};
const Shape kEncryptionShape = {ShapeKind::kStructure, "SSESpecification", nullptr,
                                kEncryptionMembers};
const Shape kTagListShape = {ShapeKind::kList, {}, &kTagShape, {}};

}  // namespace millrace::api
