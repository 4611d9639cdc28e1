// How a SELECT reaches its rows: key detection, bounds of the sort key, order, and the rest of the
// WHERE clause as a filter.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::partiql {

// Values of the partition key that IN may list.
inline constexpr size_t kKeyValuesMax = 50;

// Bounds of one sort attribute, in the form of tables::PageRequest: open where not present().
struct SortBounds {
  ValueView from;
  bool from_inclusive = true;
  ValueView to;
  bool to_inclusive = true;
  // Only values that start with these bytes; without `from` and `to`.
  std::optional<std::string_view> prefix;

  // Whether exactly one value is meant.
  bool point = false;
};

// Refers to the statement's constants, not to its predicates.
struct SelectPlan {
  // Query; otherwise Scan with the whole WHERE clause as filter.
  bool keyed = false;
  // Keyed: the partitions in the order they are to be read, each as one value per partition
  // attribute. None: the conditions contradict each other and there is nothing to read. Types are
  // right; emptiness and size of the values have not been checked.
  std::vector<std::vector<ValueView>> partitions;
  // Keyed: bounds of the first sort attributes of the schema, all but the last of them points.
  std::vector<SortBounds> sort;
  // Exactly one item at most: one partition, and a point for every sort attribute.
  bool full_key = false;
  // Descending by sort key.
  bool reverse = false;
  // What keys do not decide.
  expr::Condition filter;
  // The rule for filters on attributes that an index lacks: an error when set, else no match. A
  // WHERE clause with OR counts as unkeyed there.
  bool strict_projection = false;
};

// Plans the SELECT (or the one inside EXISTS) on a table or index with this key schema. `*plan`
// must be new. Errors: too many key values, key values of the wrong type, ORDER BY that the keys
// cannot give. Thread-safe.
ApiStatus PlanSelect(const Statement& statement, const KeySchema& schema, SelectPlan* plan);

}  // namespace millrace::api::partiql
