// Parts of requests that the item operations share: finding the table, conditions in their two
// forms, key paths, ReturnValues, and the checks of the legacy members' constraints.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/document_path.h"
#include "api/expr/placeholders.h"
#include "api/wire/call.h"
#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api {

// The usable table that a TableName parameter names, or ResourceNotFoundException.
ApiStatus FindTable(const Services& services, std::string_view parameter,
                    tables::TablePointer* table);

// "Invalid <kind>: The expression can not be empty;" if the parameter is present and empty.
ApiStatus CheckNotEmptyExpression(std::string_view kind, json::Value text);

// Refuses nested paths on key attributes, which are scalars.
ApiStatus CheckKeyPaths(std::span<const expr::DocumentPath> paths, const KeySchema& schema);
// Likewise for the key attributes of an index.
ApiStatus CheckIndexKeyPaths(std::span<const expr::DocumentPath> paths, const KeySchema& schema);

// Refuses updates of key attributes.
ApiStatus CheckUpdateTargets(std::span<const expr::DocumentPath> targets, const KeySchema& schema);

enum class ReturnValues { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };

// The parsed member; absent means kNone. The value has passed CheckReturnValues.
ReturnValues ParseReturnValues(json::Value value);
void CheckReturnValues(json::Value value, ConstraintCollector* constraints);
void CheckReturnValuesOnConditionCheckFailure(json::Value value, ConstraintCollector* constraints);

// Constraints of the legacy members: comparison operators of Expected, KeyConditions and filters,
// actions of AttributeUpdates, and ConditionalOperator.
void CheckExpected(json::Value expected, ConstraintCollector* constraints);
void CheckConditionMap(json::Value conditions, std::string_view path,
                       ConstraintCollector* constraints);
void CheckAttributeUpdates(json::Value updates, ConstraintCollector* constraints);
void CheckConditionalOperator(json::Value value, ConstraintCollector* constraints);
void CheckAttributesToGet(json::Value value, ConstraintCollector* constraints);

// Select of Query and Scan, and the index they name.
void CheckSelectMember(json::Value value, ConstraintCollector* constraints);
void CheckIndexName(json::Value value, ConstraintCollector* constraints);

// AWS looks for NULL values that are not true before it looks at anything else in a write. Called
// when a write has failed in its values: returns the error for such a value in `attributes` (an
// Item) or in ExpressionAttributeValues if there is one, and `otherwise` if not.
ApiStatus PreferNullNotTrue(json::Value item, json::Value expression_values, ApiStatus otherwise);

}  // namespace millrace::api
