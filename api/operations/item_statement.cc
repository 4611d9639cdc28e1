// The four writes of PartiQL and EXISTS as decisions about one item.
#include "api/operations/item_statement.h"

#include <string>
#include <utility>

#include "api/expr/projection.h"
#include "api/operations/index_keys.h"
#include "api/operations/item_request.h"
#include "api/operations/throttling.h"
#include "api/partiql/select_plan.h"
#include "api/partiql/update_compiler.h"
#include "api/partiql/write_plan.h"
#include "api/wire/attribute_json.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

using partiql::Returning;
using partiql::StatementKind;

bool IsEmptyKeyValue(ValueView value) {
  return value.present() && !value.IsNumber() && value.payload().empty();
}

ApiStatus ConditionFailure() {
  return ApiStatus(ErrorType::kConditionalCheckFailed, "The conditional request failed");
}

}  // namespace

ItemStatement::ItemStatement(std::unique_ptr<StatementRequest> request)
    : request_(std::move(request)), projection_(statement().projection) {
  if (statement().kind == StatementKind::kUpdate) {
    update_ = partiql::CompileUpdate(statement());
  }
}

ItemStatement::ItemStatement(ApiStatus failure)
    : request_(std::make_unique<StatementRequest>()),
      parsed_(false),
      projection_({}),
      failure_(std::move(failure)) {}

void ItemStatement::Bind(const Services& services, std::string_view operation) {
  if (!parsed_) {
    return;
  }
  tables::TablePointer table;
  bound_ = false;
  has_empty_key_ = false;
  condition_ = expr::Condition();
  old_bytes_.clear();
  failure_ = FindTable(services, table_name(), &table);
  if (failure_.ok()) {
    failure_ = BindTo(std::move(table), operation);
    bound_ = failure_.ok();
  }
}

bool ItemStatement::Admit(const Services& services) {
  failure_ = statement().is_write() ? AdmitWrite(services, *target_.table)
                                    : AdmitRead(services, *target_.table);
  bound_ = failure_.ok();
  return bound_;
}

ApiStatus ItemStatement::BindTo(tables::TablePointer table, std::string_view operation) {
  ItemKey key;
  RETURN_IF_API_ERROR(BindKey(*table, operation, &key));
  target_ = {std::move(table), key.partition, key.sort};
  return ApiStatus::Ok();
}

ApiStatus ItemStatement::BindKey(const tables::Table& table, std::string_view operation,
                                 ItemKey* key) {
  switch (statement().kind) {
    case StatementKind::kInsert:
      return BindInsert(table, key);
    case StatementKind::kSelect:
      return BindSelect(table, operation, key);
    default:
      return BindWrite(table, key);
  }
}

ApiStatus ItemStatement::BindInsert(const tables::Table& table, ItemKey* key) {
  const ItemView& item = statement().item;
  if (ApiStatus status = KeyOfItem(item, table.key_schema(), key); !status.ok()) {
    has_empty_key_ = FirstKeyProblemIsEmptyValue(item, table.key_schema());
    return status;
  }
  return CheckIndexKeysOfItem(table, item, &has_empty_key_);
}

ApiStatus ItemStatement::BindSelect(const tables::Table& table, std::string_view operation,
                                    ItemKey* key) {
  const std::string no_full_key = "Select statements within " + std::string(operation) +
                                  " must specify the primary key in the where clause.";
  if (!statement().index.empty()) {
    return ValidationError(no_full_key);
  }
  partiql::SelectPlan plan;
  RETURN_IF_API_ERROR(partiql::PlanSelect(statement(), table.key_schema(), &plan));
  if (!plan.full_key) {
    return ValidationError(no_full_key);
  }
  key->partition = plan.partitions.front().front();
  if (!plan.sort.empty()) {
    key->sort = plan.sort.front().from;
  }
  RETURN_IF_API_ERROR(CheckKeyValues(table.key_schema(), *key));
  RETURN_IF_API_ERROR(CheckKeyPaths(plan.filter.paths(), table.key_schema()));
  RETURN_IF_API_ERROR(CheckKeyPaths(statement().projection, table.key_schema()));
  condition_ = std::move(plan.filter);
  return ApiStatus::Ok();
}

ApiStatus ItemStatement::BindWrite(const tables::Table& table, ItemKey* key) {
  partiql::WritePlan plan;
  RETURN_IF_API_ERROR(partiql::PlanWrite(statement(), table.key_schema(), &plan));
  *key = {plan.partition_key, plan.sort_key};
  RETURN_IF_API_ERROR(CheckKeyValues(table.key_schema(), *key));
  RETURN_IF_API_ERROR(CheckKeyPaths(update_.paths(), table.key_schema()));
  RETURN_IF_API_ERROR(CheckKeyPaths(plan.condition.paths(), table.key_schema()));
  for (const tables::TableIndex& index : table.indexes()) {
    RETURN_IF_API_ERROR(CheckIndexKeyPaths(update_.paths(), index.key_schema()));
  }
  condition_ = std::move(plan.condition);
  return ApiStatus::Ok();
}

ApiStatus ItemStatement::CheckKeyValues(const KeySchema& schema, const ItemKey& key) {
  // The first problem counts: an empty sort key behind a partition key that is too long does not.
  ApiStatus status = CheckPartitionKeyValue(schema.partition_key().name, key.partition);
  has_empty_key_ = IsEmptyKeyValue(key.partition);
  if (status.ok() && schema.sort_key() != nullptr) {
    status = CheckSortKeyValue(schema.sort_key()->name, key.sort);
    has_empty_key_ = IsEmptyKeyValue(key.sort);
  }
  return status;
}

bool ItemStatement::Decide(const ItemView& old_item, tables::ItemDecision* decision) {
  old_size_ = old_item.DynamoSize();
  new_size_ = insert_size();
  new_item_ = ItemView();
  charges_.clear();
  failure_ = DecideChange(old_item, decision);
  if (failure_.ok()) {
    decision->charges = &charges_;
  } else {
    *decision = tables::ItemDecision();
  }
  const bool keeps_old_item = failure_.ok()
                                  ? returns_old_values()
                                  : request_->returns_old_item() &&
                                        failure_.error().type == ErrorType::kConditionalCheckFailed;
  old_bytes_.assign(keeps_old_item ? old_item.encoded() : std::string_view());
  return failure_.ok();
}

ApiStatus ItemStatement::DecideChange(const ItemView& old_item, tables::ItemDecision* decision) {
  const StatementKind kind = statement().kind;
  if (kind == StatementKind::kInsert) {
    if (old_item.present()) {
      return ApiStatus(ErrorType::kDuplicateItem, "Duplicate primary key exists in table");
    }
    *decision = {tables::ItemChange::kPut, statement().item.encoded()};
    return ApiStatus::Ok();
  }
  if (!old_item.present()) {
    // There is nothing to delete, nor anything to hold a condition against.
    return kind == StatementKind::kDelete ? ApiStatus::Ok() : ConditionFailure();
  }
  if (condition_.present() && !condition_.Matches(old_item)) {
    return ConditionFailure();
  }
  if (kind == StatementKind::kUpdate) {
    return DecideUpdate(old_item, decision);
  }
  if (kind == StatementKind::kDelete) {
    decision->change = tables::ItemChange::kDelete;
  }
  return ApiStatus::Ok();
}

ApiStatus ItemStatement::DecideUpdate(const ItemView& old_item, tables::ItemDecision* decision) {
  new_bytes_.clear();
  ItemView new_item;
  RETURN_IF_API_ERROR(update_.Apply(old_item, ItemView(), &new_bytes_, &new_item));
  if (new_item.DynamoSize() > limits::kItemSizeMax) {
    return ValidationError("Item size to update has exceeded the maximum allowed size");
  }
  RETURN_IF_API_ERROR(CheckIndexKeysOfUpdate(*target_.table, old_item, new_item));
  new_item_ = new_item;
  new_size_ = new_item.DynamoSize();
  *decision = {tables::ItemChange::kPut, new_item.encoded()};
  return ApiStatus::Ok();
}

bool ItemStatement::Selects(const ItemView& item) const {
  return item.present() && (!condition_.present() || condition_.Matches(item));
}

void ItemStatement::WriteRow(const ItemView& item, json::Writer* writer) const {
  projection_.Write(item, writer);
}

ItemView ItemStatement::refused_item() const {
  return failure_.ok() || old_bytes_.empty() ? ItemView() : ItemView::At(old_bytes_);
}

bool ItemStatement::returns_old_values() const {
  const Returning returning = statement().returning;
  return returning == Returning::kAllOld || returning == Returning::kModifiedOld;
}

// The item that RETURNING shows all or parts of; not present() if there is none.
ItemView ItemStatement::returned_item() const {
  if (!failure_.ok() || statement().returning == Returning::kNone) {
    return ItemView();
  }
  if (returns_old_values()) {
    return old_bytes_.empty() ? ItemView() : ItemView::At(old_bytes_);
  }
  return new_item_;
}

bool ItemStatement::has_returned_row() const {
  const ItemView item = returned_item();
  const Returning returning = statement().returning;
  if (returning == Returning::kModifiedOld || returning == Returning::kModifiedNew) {
    return item.present() && expr::AnySelected(update_.targets(), item);
  }
  return item.present();
}

void ItemStatement::WriteReturnedRow(json::Writer* writer) const {
  const ItemView item = returned_item();
  const Returning returning = statement().returning;
  if (returning == Returning::kModifiedOld || returning == Returning::kModifiedNew) {
    expr::WriteSelected(update_.targets(), item, writer);
  } else {
    WriteAttributes(item.attributes(), writer);
  }
}

BoundStatements BindStatements(const Services& services, std::string_view operation,
                               std::vector<ItemStatement>* statements) {
  BoundStatements bound;
  bound.statements.reserve(statements->size());
  bound.targets.reserve(statements->size());
  for (ItemStatement& statement : *statements) {
    statement.Bind(services, operation);
    if (statement.bound()) {
      bound.statements.push_back(&statement);
      bound.targets.push_back(statement.target());
    }
  }
  return bound;
}

bool LeaveOutThrottled(const Services& services, BoundStatements* bound) {
  if (services.throughput == nullptr) {
    return false;
  }
  BoundStatements admitted;
  for (ItemStatement* const statement : bound->statements) {
    if (statement->Admit(services)) {
      admitted.statements.push_back(statement);
      admitted.targets.push_back(statement->target());
    }
  }
  const bool throttled = admitted.statements.size() < bound->statements.size();
  *bound = std::move(admitted);
  return throttled;
}

}  // namespace millrace::api
