// DeleteItem in the order of AWS's checks; the trip through the pipeline is ItemWrite's.
#include "api/operations/delete_item.h"

#include <array>
#include <memory>

#include "api/expr/expression_request.h"
#include "api/operations/item_write.h"
#include "api/wire/attribute_json.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 11> kMembers = {{
    {"TableName", &kStringShape},
    {"Key", &kAttributeMapShape},
    {"Expected", &kExpectedMapShape},
    {"ConditionalOperator", &kStringShape},
    {"ReturnValues", &kStringShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ReturnItemCollectionMetrics", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};

class DeleteItem final : public ItemWrite {
 public:
  using ItemWrite::ItemWrite;

 private:
  ApiStatus CheckConstraints() const;
  ApiStatus CheckRequest() override;
  ApiStatus CheckAgainstTable(const Table& table, ItemKey* key) override;
  ApiStatus Decide(const ItemView& old_item, tables::ItemChange* change,
                   std::string_view*) override {
    *change = old_item.present() ? tables::ItemChange::kDelete : tables::ItemChange::kKeep;
    return ApiStatus::Ok();
  }
  bool NeedsOldItem() const override { return return_values_ == ReturnValues::kAllOld; }
  void WriteAttributesMember(json::Writer* writer) override {
    if (NeedsOldItem() && old_item().present()) {
      writer->Key("Attributes");
      WriteAttributes(old_item().attributes(), writer);
    }
  }
  bool envelops() const override { return false; }

  ItemView key_;
};

ApiStatus DeleteItem::CheckConstraints() const {
  ConstraintCollector constraints;
  CheckItemTableName(Member("TableName"), &constraints);
  constraints.RequirePresent(Member("Key"), "key");
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckReturnValues(Member("ReturnValues"), &constraints);
  CheckReturnItemCollectionMetrics(Member("ReturnItemCollectionMetrics"), &constraints);
  CheckReturnValuesOnConditionCheckFailure(Member("ReturnValuesOnConditionCheckFailure"),
                                           &constraints);
  CheckConditionalOperator(Member("ConditionalOperator"), &constraints);
  CheckExpected(Member("Expected"), &constraints);
  return constraints.Finish();
}

ApiStatus DeleteItem::CheckRequest() {
  RETURN_IF_API_ERROR(CheckConstraints());
  const std::array<expr::NamedParameter, 1> legacy = {{{"Expected", Member("Expected")}}};
  const std::array<expr::NamedParameter, 1> expressions = {
      {{"ConditionExpression", Member("ConditionExpression")}}};
  const json::Value names = Member("ExpressionAttributeNames");
  const json::Value values = Member("ExpressionAttributeValues");
  RETURN_IF_API_ERROR(
      expr::CheckExpressionParameters(legacy, expressions, expressions, names, values));
  RETURN_IF_API_ERROR(placeholders_.Parse(names, values, call()->TakeScratch()));
  RETURN_IF_API_ERROR(ParseAttributeMap(Member("Key"), call()->TakeScratch(), &key_));
  RETURN_IF_API_ERROR(
      CheckNotEmptyExpression("ConditionExpression", Member("ConditionExpression")));
  RETURN_IF_API_ERROR(ParseConditionExpression());
  RETURN_IF_API_ERROR(placeholders_.CheckAllUsed());
  RETURN_IF_API_ERROR(ParseExpected());
  ReadModes();
  return ApiStatus::Ok();
}

ApiStatus DeleteItem::CheckAgainstTable(const Table& table, ItemKey* key) {
  if (return_values_ != ReturnValues::kNone && return_values_ != ReturnValues::kAllOld) {
    return ValidationError("1 validation error detected: Value '" +
                           std::string(Member("ReturnValues").AsString()) +
                           "' at 'returnValues' failed to satisfy constraint: Member must satisfy "
                           "enum value set: [ALL_OLD, NONE]");
  }
  return KeyOfKeyParameter(key_, table.key_schema(), key);
}

}  // namespace

const Shape kDeleteItemShape = {ShapeKind::kStructure, "DeleteItemInput", nullptr, kMembers};

void RunDeleteItem(const Services& services, Call* call) {
  auto write = std::make_unique<DeleteItem>(services, call);
  DeleteItem* const started = write.get();
  call->state = std::move(write);
  started->Start();
}

}  // namespace millrace::api
