// Validation of the secondary indexes that CreateTable is asked for.
#pragma once

#include <span>

#include "api/operations/key_schema_request.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// Checks LocalSecondaryIndexes and GlobalSecondaryIndexes of a CreateTable request (absent ones
// allowed) against the table's own schema, in AWS's order: local indexes, global indexes, then both
// together and unused definitions. The schema and the constraints have been checked.
ApiStatus CheckIndexes(json::Value input, std::span<const KeyElement> table_keys,
                       std::span<const KeyAttribute> definitions, BillingMode billing_mode);

// Checks one global index definition (in CreateTable, or a Create of UpdateTable): keys, schema,
// projection.
ApiStatus CheckGlobalIndex(json::Value index, std::span<const KeyAttribute> definitions,
                           size_t* included_count);

// Whether a global index has throughput of its own exactly if its table is provisioned.
ApiStatus CheckIndexThroughput(json::Value index, BillingMode billing_mode);

}  // namespace millrace::api
