// UpdateItem in the order of AWS's checks; the trip through the pipeline is ItemWrite's.
#include "api/operations/update_item.h"

#include <array>
#include <memory>

#include "api/expr/expression_request.h"
#include "api/expr/projection.h"
#include "api/expr/update.h"
#include "api/operations/index_keys.h"
#include "api/operations/item_write.h"
#include "api/wire/attribute_json.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 13> kMembers = {{
    {"TableName", &kStringShape},
    {"Key", &kAttributeMapShape},
    {"AttributeUpdates", &kAttributeUpdatesShape},
    {"Expected", &kExpectedMapShape},
    {"ConditionalOperator", &kStringShape},
    {"ReturnValues", &kStringShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ReturnItemCollectionMetrics", &kStringShape},
    {"UpdateExpression", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};

class UpdateItem final : public ItemWrite {
 public:
  UpdateItem(const Services& services, Call* call)
      : ItemWrite(services, call), new_bytes_(call->TakeScratch()) {}

 private:
  ApiStatus CheckConstraints() const;
  ApiStatus CheckParameters();
  ApiStatus ParseExpressions();

  ApiStatus CheckRequest() override;
  ApiStatus CheckAgainstTable(const Table& table, ItemKey* key) override;
  ApiStatus Decide(const ItemView& old_item, tables::ItemChange* change,
                   std::string_view* new_item) override;
  bool NeedsOldItem() const override {
    return return_values_ == ReturnValues::kAllOld || return_values_ == ReturnValues::kUpdatedOld;
  }
  void WriteAttributesMember(json::Writer* writer) override;
  bool envelops() const override { return true; }

  ItemView key_;
  expr::Update update_;
  const KeySchema* key_schema_ = nullptr;  // of the table the mutation was prepared for
  std::string* const new_bytes_;
  ItemView new_item_;
};

ApiStatus UpdateItem::CheckConstraints() const {
  ConstraintCollector table_name;
  CheckItemTableName(Member("TableName"), &table_name);
  RETURN_IF_API_ERROR(table_name.Finish());
  ConstraintCollector constraints;
  constraints.RequirePresent(Member("Key"), "key");
  // AWS names only the first bad one of these three.
  using Check = void (*)(json::Value, ConstraintCollector*);
  const std::array<std::pair<std::string_view, Check>, 3> modes = {
      {{"ReturnValues", &CheckReturnValues},
       {"ReturnConsumedCapacity", &CheckReturnConsumedCapacity},
       {"ReturnItemCollectionMetrics", &CheckReturnItemCollectionMetrics}}};
  for (const auto& [name, check] : modes) {
    ConstraintCollector probe;
    check(Member(name), &probe);
    if (!probe.empty()) {
      check(Member(name), &constraints);
      break;
    }
  }
  CheckReturnValuesOnConditionCheckFailure(Member("ReturnValuesOnConditionCheckFailure"),
                                           &constraints);
  CheckConditionalOperator(Member("ConditionalOperator"), &constraints);
  CheckAttributeUpdates(Member("AttributeUpdates"), &constraints);
  CheckExpected(Member("Expected"), &constraints);
  return constraints.Finish();
}

// The shared checks of expression parameters, then the key's values.
ApiStatus UpdateItem::CheckParameters() {
  const std::array<expr::NamedParameter, 2> legacy = {
      {{"AttributeUpdates", Member("AttributeUpdates")}, {"Expected", Member("Expected")}}};
  const std::array<expr::NamedParameter, 2> expressions = {
      {{"UpdateExpression", Member("UpdateExpression")},
       {"ConditionExpression", Member("ConditionExpression")}}};
  const json::Value names = Member("ExpressionAttributeNames");
  const json::Value values = Member("ExpressionAttributeValues");
  RETURN_IF_API_ERROR(
      expr::CheckExpressionParameters(legacy, expressions, expressions, names, values));
  RETURN_IF_API_ERROR(placeholders_.Parse(names, values, call()->TakeScratch()));
  return ParseAttributeMap(Member("Key"), call()->TakeScratch(), &key_);
}

ApiStatus UpdateItem::ParseExpressions() {
  const json::Value update = Member("UpdateExpression");
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("UpdateExpression", update));
  RETURN_IF_API_ERROR(
      CheckNotEmptyExpression("ConditionExpression", Member("ConditionExpression")));
  if (update.present()) {
    RETURN_IF_API_ERROR(expr::Update::Parse(update.AsString(), &placeholders_, &update_));
  }
  RETURN_IF_API_ERROR(ParseConditionExpression());
  return placeholders_.CheckAllUsed();
}

ApiStatus UpdateItem::CheckRequest() {
  RETURN_IF_API_ERROR(CheckConstraints());
  if (ApiStatus status = CheckParameters(); !status.ok()) {
    return PreferNullNotTrue(Member("Key"), Member("ExpressionAttributeValues"), std::move(status));
  }
  if (const json::Value updates = Member("AttributeUpdates"); updates.present()) {
    RETURN_IF_API_ERROR(
        expr::Update::FromAttributeUpdates(updates, call()->TakeScratch(), &update_));
  }
  RETURN_IF_API_ERROR(ParseExpected());
  RETURN_IF_API_ERROR(ParseExpressions());
  ReadModes();
  return ApiStatus::Ok();
}

ApiStatus UpdateItem::CheckAgainstTable(const Table& table, ItemKey* key) {
  const KeySchema& schema = table.key_schema();
  RETURN_IF_API_ERROR(KeyOfKeyParameter(key_, schema, key));
  RETURN_IF_API_ERROR(CheckUpdateTargets(update_.targets(), schema));
  RETURN_IF_API_ERROR(CheckKeyPaths(update_.paths(), schema));
  RETURN_IF_API_ERROR(CheckKeyPaths(condition_.paths(), schema));
  for (const tables::TableIndex& index : table.indexes()) {
    RETURN_IF_API_ERROR(CheckIndexKeyPaths(update_.paths(), index.key_schema()));
  }
  key_schema_ = &schema;
  return ApiStatus::Ok();
}

ApiStatus UpdateItem::Decide(const ItemView& old_item, tables::ItemChange* change,
                             std::string_view* new_item) {
  if (!old_item.present() && !update_.creates_missing_item()) {
    *change = tables::ItemChange::kKeep;
    new_item_ = ItemView();
    return ApiStatus::Ok();
  }
  new_bytes_->clear();
  RETURN_IF_API_ERROR(update_.Apply(old_item, key_, new_bytes_, &new_item_));
  if (update_.MeasuredSize(new_item_, *key_schema_) > limits::kItemSizeMax) {
    return ValidationError("Item size to update has exceeded the maximum allowed size");
  }
  RETURN_IF_API_ERROR(CheckIndexKeysOfUpdate(table(), old_item, new_item_));
  *change = tables::ItemChange::kPut;
  *new_item = new_item_.encoded();
  return ApiStatus::Ok();
}

void UpdateItem::WriteAttributesMember(json::Writer* writer) {
  const bool old_values = NeedsOldItem();
  const bool only_updated =
      return_values_ == ReturnValues::kUpdatedOld || return_values_ == ReturnValues::kUpdatedNew;
  const ItemView item = old_values ? old_item() : new_item_;
  if (return_values_ == ReturnValues::kNone || !item.present()) {
    return;
  }
  if (!only_updated) {
    writer->Key("Attributes");
    WriteAttributes(item.attributes(), writer);
  } else if (expr::AnySelected(update_.targets(), item)) {
    writer->Key("Attributes");
    expr::WriteSelected(update_.targets(), item, writer);
  }
}

}  // namespace

const Shape kUpdateItemShape = {ShapeKind::kStructure, "UpdateItemInput", nullptr, kMembers};

void RunUpdateItem(const Services& services, Call* call) {
  auto write = std::make_unique<UpdateItem>(services, call);
  UpdateItem* const started = write.get();
  call->state = std::move(write);
  started->Start();
}

}  // namespace millrace::api
