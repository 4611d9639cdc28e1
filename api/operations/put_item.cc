// PutItem in the order of AWS's checks; the trip through the pipeline is ItemWrite's.
#include "api/operations/put_item.h"

#include <array>
#include <memory>

#include "api/expr/expression_request.h"
#include "api/operations/index_keys.h"
#include "api/operations/item_write.h"
#include "api/wire/attribute_json.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 11> kMembers = {{
    {"TableName", &kStringShape},
    {"Item", &kAttributeMapShape},
    {"Expected", &kExpectedMapShape},
    {"ReturnValues", &kStringShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ReturnItemCollectionMetrics", &kStringShape},
    {"ConditionalOperator", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};

class PutItem final : public ItemWrite {
 public:
  using ItemWrite::ItemWrite;
  size_t weight_bytes() const override { return item_.encoded().size(); }

 private:
  ApiStatus CheckConstraints() const;
  ApiStatus CheckValues();

  ApiStatus CheckRequest() override;
  ApiStatus CheckAgainstTable(const Table& table, ItemKey* key) override {
    RETURN_IF_API_ERROR(KeyOfItem(item_, table.key_schema(), key));
    return CheckIndexKeysOfItem(table, item_);
  }
  ApiStatus Decide(const ItemView&, tables::ItemChange* change,
                   std::string_view* new_item) override {
    *change = tables::ItemChange::kPut;
    *new_item = item_.encoded();
    return ApiStatus::Ok();
  }
  bool NeedsOldItem() const override { return return_values_ == ReturnValues::kAllOld; }
  void WriteAttributesMember(json::Writer* writer) override {
    if (NeedsOldItem() && old_item().present()) {
      writer->Key("Attributes");
      WriteAttributes(old_item().attributes(), writer);
    }
  }
  bool envelops() const override { return true; }

  ItemView item_;
};

ApiStatus PutItem::CheckConstraints() const {
  ConstraintCollector table_name;
  CheckItemTableName(Member("TableName"), &table_name);
  RETURN_IF_API_ERROR(table_name.Finish());
  ConstraintCollector constraints;
  constraints.RequirePresent(Member("Item"), "item");
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckReturnValues(Member("ReturnValues"), &constraints);
  CheckReturnItemCollectionMetrics(Member("ReturnItemCollectionMetrics"), &constraints);
  CheckReturnValuesOnConditionCheckFailure(Member("ReturnValuesOnConditionCheckFailure"),
                                           &constraints);
  CheckConditionalOperator(Member("ConditionalOperator"), &constraints);
  CheckExpected(Member("Expected"), &constraints);
  return constraints.Finish();
}

// The item's values and the shared checks of expression parameters.
ApiStatus PutItem::CheckValues() {
  RETURN_IF_API_ERROR(ParseAttributeMap(Member("Item"), call()->TakeScratch(), &item_));
  const std::array<expr::NamedParameter, 1> legacy = {{{"Expected", Member("Expected")}}};
  const std::array<expr::NamedParameter, 1> expressions = {
      {{"ConditionExpression", Member("ConditionExpression")}}};
  const json::Value names = Member("ExpressionAttributeNames");
  const json::Value values = Member("ExpressionAttributeValues");
  RETURN_IF_API_ERROR(
      expr::CheckExpressionParameters(legacy, expressions, expressions, names, values));
  return placeholders_.Parse(names, values, call()->TakeScratch());
}

ApiStatus PutItem::CheckRequest() {
  RETURN_IF_API_ERROR(CheckConstraints());
  if (ApiStatus status = CheckValues(); !status.ok()) {
    return PreferNullNotTrue(Member("Item"), Member("ExpressionAttributeValues"),
                             std::move(status));
  }
  RETURN_IF_API_ERROR(
      CheckNotEmptyExpression("ConditionExpression", Member("ConditionExpression")));
  RETURN_IF_API_ERROR(ParseConditionExpression());
  RETURN_IF_API_ERROR(placeholders_.CheckAllUsed());
  ReadModes();
  if (return_values_ != ReturnValues::kNone && return_values_ != ReturnValues::kAllOld) {
    return EnvelopedValidationError("ReturnValues can only be ALL_OLD or NONE");
  }
  RETURN_IF_API_ERROR(ParseExpected());
  if (item_.DynamoSize() > limits::kItemSizeMax) {
    return ValidationError("Item size has exceeded the maximum allowed size");
  }
  return ApiStatus::Ok();
}

}  // namespace

const Shape kPutItemShape = {ShapeKind::kStructure, "PutItemInput", nullptr, kMembers};

void RunPutItem(const Services& services, Call* call) {
  auto write = std::make_unique<PutItem>(services, call);
  PutItem* const started = write.get();
  call->state = std::move(write);
  started->Start();
}

}  // namespace millrace::api
