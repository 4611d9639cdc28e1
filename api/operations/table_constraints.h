// Constraint entries of CreateTable and UpdateTable: the checks of single members that AWS reports
// together.
#pragma once

#include <string>
#include <string_view>

#include "api/wire/constraints.h"
#include "storage/base/json.h"

namespace millrace::api {

// WriteCapacityUnits, then ReadCapacityUnits of a throughput at `path`, present and at least 1;
// nothing if `throughput` is absent.
void CheckThroughputConstraints(json::Value throughput, const std::string& path,
                                ConstraintCollector* constraints);

// A key schema at `path`: present, not empty, at most `elements_max`, and its elements.
void CheckKeySchemaConstraints(json::Value key_schema, const std::string& path, size_t elements_max,
                               ConstraintCollector* constraints);

// AttributeDefinitions, present, and their elements.
void CheckDefinitionConstraints(json::Value definitions, ConstraintCollector* constraints);

// The members of index definitions at `path`.
void CheckIndexNameConstraints(json::Value name, const std::string& path,
                               ConstraintCollector* constraints);
void CheckProjectionConstraints(json::Value projection, const std::string& path,
                                ConstraintCollector* constraints);
void CheckLocalIndexConstraints(json::Value indexes, ConstraintCollector* constraints);
void CheckGlobalIndexConstraints(json::Value indexes, ConstraintCollector* constraints);

// Enums of single members.
void CheckBillingModeConstraint(json::Value input, ConstraintCollector* constraints);
void CheckTableClassConstraint(json::Value input, ConstraintCollector* constraints);
void CheckStreamAndEncryptionConstraints(json::Value input, ConstraintCollector* constraints);

// Keys and values of a list of tags.
void CheckTagConstraints(json::Value tags, ConstraintCollector* constraints);

// "<path>.<position>.member.", position counted from 1: the path of an element of a list.
std::string ElementPath(std::string_view path, size_t position);

}  // namespace millrace::api
