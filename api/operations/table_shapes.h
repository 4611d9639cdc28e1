// Input shapes of the structures that several table operations take. Names and order of members are
// those of AWS's model.
#pragma once

#include "api/wire/shape.h"

namespace millrace::api {

extern const Shape kProvisionedThroughputShape;
extern const Shape kOnDemandThroughputShape;
extern const Shape kWarmThroughputShape;
extern const Shape kKeySchemaShape;  // a list
extern const Shape kProjectionShape;
extern const Shape kAttributeDefinitionsShape;  // a list
extern const Shape kStreamSpecificationShape;
extern const Shape kEncryptionShape;  // SSESpecification
extern const Shape kTagListShape;

}  // namespace millrace::api
