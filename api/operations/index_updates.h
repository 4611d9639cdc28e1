// GlobalSecondaryIndexUpdates of UpdateTable: reading and checking them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// One action of the list; views into the request, which outlives the call's edits.
struct IndexUpdate {
  enum class Kind { kUpdate, kCreate, kDelete };
  Kind kind = Kind::kUpdate;
  std::string_view index_name;
  json::Value definition;  // the structure of the action
};

// Entries for the members of all actions; nothing for an absent list.
void CheckIndexUpdateConstraints(json::Value updates, ConstraintCollector* constraints);

// Reads the list, whose constraints have been checked: every element has an action, no index
// appears twice.
ApiStatus ReadIndexUpdates(json::Value updates, std::vector<IndexUpdate>* result);

// What the actions are checked against.
struct IndexUpdateContext {
  std::span<const KeyAttribute> definitions;  // of the request
  const TableDescriptor& table;               // as it is
  BillingMode billing_mode;                   // after the request
  bool becomes_provisioned = false;           // by the request
};

// The checks against the table, in AWS's order.
ApiStatus CheckIndexUpdates(std::span<const IndexUpdate> updates,
                            const IndexUpdateContext& context);

// Carries the checked actions out on `table`: a new index starts as kCreating, one to be deleted
// turns to kDeleting. Merges `definitions` into those of the table and keeps the ones in use.
ApiStatus ApplyIndexUpdates(std::span<const IndexUpdate> updates,
                            std::span<const KeyAttribute> definitions, int64_t now_ms,
                            TableDescriptor* table);

}  // namespace millrace::api
