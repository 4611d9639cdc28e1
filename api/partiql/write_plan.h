// Which item an UPDATE, a DELETE or a transaction's EXISTS addresses, and the condition on it.
#pragma once

#include "api/expr/condition.h"
#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::partiql {

// Refers to the statement's constants, not to its predicates.
struct WritePlan {
  // The item's key: types are right; emptiness and size have not been checked.
  ValueView partition_key;
  ValueView sort_key;  // not present() on tables without one
  // The rest of the WHERE clause, to be checked against the old item. Whether an item must exist is
  // up to the operation: UPDATE refuses a missing item, DELETE leaves it.
  expr::Condition condition;
};

// Plans a kUpdate, kDelete or kExists on a table with this key schema. `*plan` must be new. Errors:
// a key attribute without an equality, key values of the wrong type, an EXISTS without a further
// condition, assignments to key attributes. Thread-safe.
ApiStatus PlanWrite(const Statement& statement, const KeySchema& schema, WritePlan* plan);

}  // namespace millrace::api::partiql
