// One action of TransactWriteItems: a Put, Update, Delete or ConditionCheck of one item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/placeholders.h"
#include "api/expr/update.h"
#include "api/operations/transact_request.h"
#include "api/wire/error.h"
#include "api/wire/shape.h"
#include "storage/codec/value_view.h"
#include "storage/tables/item_change.h"

namespace millrace::api {

// The shape of an element of TransactItems.
extern const Shape kTransactWriteItemShape;

// Used in the order of its methods: Choose, CheckConstraints, Parse, Bind (again after a schema
// change), Decide. All but Decide run on the call's home thread. Must stay where it is from Parse
// on: its parts refer to each other. It owns its bytes rather than borrowing the call's buffers, of
// which a connection would keep hundreds after one large transaction.
class TransactAction {
 public:
  enum class Kind { kConditionCheck, kPut, kDelete, kUpdate };

  // Chooses the one action that `element` of TransactItems has; an error if it has none or several.
  static ApiStatus Choose(json::Value element, TransactAction* action);

  // Adds what the constraints of the action's members say. `index` is its place in the list.
  void CheckConstraints(size_t index, ConstraintCollector* constraints) const;
  // Parses values and expressions.
  ApiStatus Parse();
  // Takes the key out of the parameters. A key that is not one of the table is a failure of the
  // action, not of the request.
  void Bind(tables::TablePointer table);

  Kind kind() const { return kind_; }
  std::string_view table_name() const { return parameters_.Find("TableName").AsString(); }
  // After Bind: whether the item can be looked at.
  bool bound() const { return bind_failure_.ok(); }
  const tables::ItemTarget& target() const { return target_; }
  // After Bind: whether the key failed for being empty, which fails the request.
  bool has_empty_key() const { return has_empty_key_; }
  const ApiStatus& bind_failure() const { return bind_failure_; }
  // Size of the item that a Put brings, 0 for others.
  uint32_t put_size() const { return kind_ == Kind::kPut ? item_.DynamoSize() : 0; }
  size_t weight_bytes() const { return item_.encoded().size(); }

  // Looks at the item and decides; false when the action fails. Pure; runs on the committer thread,
  // maybe more than once.
  bool Decide(const ItemView& old_item, tables::ItemDecision* decision);

  // After Decide: the sizes of the item before and after.
  uint32_t old_size() const { return old_size_; }
  uint32_t new_size() const { return new_size_; }
  // Likewise: the index entries that change.
  const std::vector<tables::IndexCharge>& charges() const { return charges_; }
  // The reason to report if the transaction is cancelled; refers to this object.
  CancellationReason Reason() const;

 private:
  ApiStatus ParseExpressions(json::Value update);
  ApiStatus CheckTargets(const tables::Table& table) const;
  ApiStatus DecideUpdate(const ItemView& old_item, tables::ItemDecision* decision);
  std::string_view MemberName() const;

  Kind kind_ = Kind::kPut;
  json::Value parameters_;
  ItemView item_;  // the Item of a Put, the Key of others
  expr::Placeholders placeholders_;
  expr::Condition condition_;
  expr::Update update_;
  bool returns_old_item_ = false;
  std::string item_bytes_;   // what item_ views
  std::string value_bytes_;  // the expression values
  std::string new_bytes_;    // an update's new image

  tables::ItemTarget target_;
  ApiStatus bind_failure_;
  bool has_empty_key_ = false;

  // Written by Decide on the committer thread, read on the home thread after the commit: the queue
  // between them orders it.
  ApiStatus failure_;
  std::string old_bytes_;
  uint32_t old_size_ = 0;
  uint32_t new_size_ = 0;
  std::vector<tables::IndexCharge> charges_;
};

}  // namespace millrace::api
