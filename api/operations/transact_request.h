// What the operations on transactions have in common: the list of actions with its bounds, the
// paths by which constraint errors name parts of it, and the answer of a cancelled transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api {

inline constexpr std::string_view kDuplicateTransactionItems =
    "Transaction request cannot include multiple operations on one item";
inline constexpr std::string_view kTransactionTooLarge =
    "Collection size of items exceeded, which can also be caused by the aggregate size of the "
    "items "
    "in the transaction exceeding the 4MB limit";

// Adds what is wrong with TransactItems as a list: absent, empty, too long, null elements. `shape`
// is that of the list.
void CheckTransactItems(const Shape& shape, json::Value items, ConstraintCollector* constraints);

// Where something is within an action, as constraint errors write it. Made only when there is an
// error to report.
class ActionPath {
 public:
  // `index` counts from 0; `action` is the lower-case name of the action ("put").
  ActionPath(size_t index, std::string_view action) : index_(index), action_(action) {}
  // "transactItems.<index + 1>.member.<action><rest>".
  std::string Text(std::string_view rest) const;

 private:
  size_t index_;
  std::string_view action_;
};

// Adds an entry if the required member `name` of the action's parameters is absent; `path_name` is
// its name with a lower-case first letter.
void RequireActionMember(json::Value parameters, std::string_view name, std::string_view path_name,
                         const ActionPath& path, ConstraintCollector* constraints);
// Likewise for TableName, whose text is checked as well.
void CheckActionTableName(json::Value parameters, const ActionPath& path,
                          ConstraintCollector* constraints);

// What became of one action of a cancelled transaction.
struct CancellationReason {
  // Why it failed; nullptr or OK if it did not.
  const ApiStatus* failure = nullptr;
  // The item to report, if not present() none.
  ItemView item;
  // Instead of the code that belongs to the failure.
  std::string_view code = {};
};

// The TransactionCanceledException for these reasons, one for each action. At least one failed.
ApiStatus TransactionCanceled(std::span<const CancellationReason> reasons);

// The cancellation of a transaction of so many actions because the batch that it was to finish is
// no longer under way.
ApiStatus CheckpointConflict(size_t action_count);

// The client's token names another call.
ApiStatus TokenMismatch();

// What is kept with a client's token: for each action the larger of its item before and after, by
// which a repeated call is charged.
void AppendChargedSize(uint32_t size_bytes, std::string* payload);
// Reads them back, from bytes that must stay. Not thread-safe.
class ChargedSizes {
 public:
  explicit ChargedSizes(std::string_view payload)
      : next_(payload.data()), end_(payload.data() + payload.size()) {}
  // The size of the next action; 0 once damaged().
  uint32_t Next();
  // The payload had fewer sizes than were asked for, or was something else.
  bool damaged() const { return next_ == nullptr; }
  // The error for damaged().
  static ApiStatus Damage();

 private:
  const char* next_;
  const char* end_;
};

}  // namespace millrace::api
