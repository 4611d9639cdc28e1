// A PartiQL statement on one item: a write, an EXISTS of a transaction, or a SELECT that gives the
// full key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/update.h"
#include "api/operations/item_keys.h"
#include "api/operations/statement_request.h"
#include "api/partiql/projected_row.h"
#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"
#include "storage/tables/item_change.h"

namespace millrace::api {

// Used in the order of its methods: Bind (again after a schema change), then Decide for a write or
// Selects for a read, then what came of it. All but Decide run on the call's home thread, or on the
// worker that has the call. Movable until it is bound.
class ItemStatement {
 public:
  // `request` has been parsed.
  explicit ItemStatement(std::unique_ptr<StatementRequest> request);
  // One that could not be parsed, for this reason: it will not be bound.
  explicit ItemStatement(ApiStatus failure);

  // Whether there is a statement at all.
  bool parsed() const { return parsed_; }
  // Looks the table up and takes the key out of the statement, or fails. `operation` is named in
  // messages.
  void Bind(const Services& services, std::string_view operation);

  // After Bind: false if the table has no throughput left; then the statement has failed and is not
  // bound any more.
  bool Admit(const Services& services);

  const partiql::Statement& statement() const { return request_->statement(); }
  std::string_view table_name() const { return statement().table; }
  bool consistent() const { return request_->consistent(); }
  // After Bind: whether the item can be looked at.
  bool bound() const { return bound_; }
  const tables::ItemTarget& target() const { return target_; }
  // After Bind: whether it failed for an empty key value.
  bool has_empty_key() const { return has_empty_key_; }
  // Bytes that the statement brings, an estimate.
  size_t weight_bytes() const { return request_->size_bytes() + kFixedWeightBytes; }
  // Size of the item that an INSERT brings, 0 for others.
  uint32_t insert_size() const { return statement().item.DynamoSize(); }

  // Looks at the item and decides; false when the statement fails. Pure; runs on the committer
  // thread, maybe more than once.
  bool Decide(const ItemView& old_item, tables::ItemDecision* decision);

  // Whether a SELECT's row is `item`.
  bool Selects(const ItemView& item) const;
  // Writes the row of a SELECT.
  void WriteRow(const ItemView& item, json::Writer* writer) const;

  // Why it failed; OK if it did not.
  const ApiStatus& failure() const { return failure_; }
  // After Decide has failed on a condition: the item, if it is to be shown and there is one.
  ItemView refused_item() const;
  // After Decide: sizes of the item before and after, and the index entries that change. An INSERT
  // that failed has the size of its item.
  uint32_t old_size() const { return old_size_; }
  uint32_t new_size() const { return new_size_; }
  const std::vector<tables::IndexCharge>& charges() const { return charges_; }
  // After Decide: whether RETURNING yields a row, and the row.
  bool has_returned_row() const;
  void WriteReturnedRow(json::Writer* writer) const;

 private:
  static constexpr size_t kFixedWeightBytes = 512;

  ApiStatus BindTo(tables::TablePointer table, std::string_view operation);
  ApiStatus BindKey(const tables::Table& table, std::string_view operation, ItemKey* key);
  ApiStatus BindInsert(const tables::Table& table, ItemKey* key);
  ApiStatus BindSelect(const tables::Table& table, std::string_view operation, ItemKey* key);
  ApiStatus BindWrite(const tables::Table& table, ItemKey* key);
  ApiStatus CheckKeyValues(const KeySchema& schema, const ItemKey& key);
  ApiStatus DecideChange(const ItemView& old_item, tables::ItemDecision* decision);
  ApiStatus DecideUpdate(const ItemView& old_item, tables::ItemDecision* decision);
  bool returns_old_values() const;
  ItemView returned_item() const;

  std::unique_ptr<StatementRequest> request_;
  bool parsed_ = true;
  expr::Update update_;
  partiql::RowProjection projection_;

  // Of the last Bind.
  tables::ItemTarget target_;
  expr::Condition condition_;
  bool bound_ = false;
  bool has_empty_key_ = false;

  // Written by Decide on the committer thread, read on the home thread after the commit: the queue
  // between them orders it.
  ApiStatus failure_;
  std::string old_bytes_;
  std::string new_bytes_;
  ItemView new_item_;
  uint32_t old_size_ = 0;
  uint32_t new_size_ = 0;
  std::vector<tables::IndexCharge> charges_;
};

// Statements of one request, and those of them whose item can be looked at.
struct BoundStatements {
  std::vector<ItemStatement*> statements;
  std::vector<tables::ItemTarget> targets;  // one for each
};
// Binds all that are parsed. `statements` must stay where they are.
BoundStatements BindStatements(const Services& services, std::string_view operation,
                               std::vector<ItemStatement>* statements);
// Leaves out those that are throttled; true if there are any.
bool LeaveOutThrottled(const Services& services, BoundStatements* bound);

}  // namespace millrace::api
