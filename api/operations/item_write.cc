// The way of one item write: check, submit, apply on the committer thread, reply.
#include "api/operations/item_write.h"

#include <algorithm>
#include <utility>

#include "api/operations/index_keys.h"
#include "api/operations/item_collection.h"
#include "api/operations/throttling.h"
#include "api/wire/arn.h"
#include "api/wire/attribute_json.h"

namespace millrace::api {

void ItemWrite::Start() {
  ApiStatus status = CheckRequest();
  if (!status.ok()) {
    FailCall(std::move(status));
    return;
  }
  Attempt();
}

void ItemWrite::Attempt() {
  tables::TablePointer table;
  ApiStatus status = FindTable(services_, Member("TableName").AsString(), &table);
  ItemKey key;
  if (status.ok()) {
    status = CheckAgainstTable(*table, &key);
  }
  if (status.ok()) {
    status = AdmitWrite(services_, *table);
  }
  if (!status.ok()) {
    FailCall(std::move(status));
    return;
  }
  partition_key_ = key.partition;
  Prepare(std::move(table), services_.items->hash_seed(), key.partition, key.sort);
  const Status submitted = services_.items->Submit(this);
  if (!submitted.ok()) {
    FailCall(FromStorage(submitted));
  }
}

Status ItemWrite::Apply(const ItemView& old_item, tables::ItemChange* change,
                        std::string_view* new_item) {
  failure_ = ApiStatus::Ok();
  old_size_ = old_item.DynamoSize();
  new_size_ = 0;
  const bool holds = !condition_.present() || condition_.Matches(old_item);
  if (holds ? NeedsOldItem() : old_item_on_failure_) {
    old_bytes_.assign(old_item.encoded());
  }
  failure_ = holds ? Decide(old_item, change, new_item) : ConditionFailure();
  if (!failure_.ok()) {
    return Status(StatusCode::kRefused, "");
  }
  if (*change == tables::ItemChange::kPut) {
    new_size_ = ItemView::At(*new_item).DynamoSize();
  }
  return Status::Ok();
}

ApiStatus ItemWrite::ConditionFailure() const {
  return ApiStatus(ErrorType::kConditionalCheckFailed, "The conditional request failed");
}

void ItemWrite::Done(const Status& status) {
  if (status.ok()) {
    Reply();
    return;
  }
  if (status.code() == StatusCode::kSchemaChanged) {
    Attempt();
    return;
  }
  if (status.code() != StatusCode::kRefused) {
    FailCall(FromStorage(status));
    return;
  }
  ChargeWrite(services_, table(), WriteUnits(old_size_), {});
  if (failure_.error().type == ErrorType::kConditionalCheckFailed && old_item().present()) {
    std::string* members = &failure_.error().members;
    members->assign("\"Item\":");
    json::Writer writer(members);
    WriteAttributes(old_item().attributes(), &writer);
  }
  FailCall(std::move(failure_));
}

void ItemWrite::Reply() {
  ChargeWrite(services_, table(), WriteUnits(std::max(old_size_, new_size_)), charges_);
  json::Writer writer(&call_->body);
  writer.BeginObject();
  WriteAttributesMember(&writer);
  ConsumedUnits units = {WriteUnits(std::max(old_size_, new_size_)), {}};
  AddIndexUnits(table(), charges_, &units);
  WriteConsumedCapacity(capacity_mode_, Member("TableName").AsString(), units, &writer);
  if (WantsCollectionMetrics(Member("ReturnItemCollectionMetrics"), table())) {
    writer.Key("ItemCollectionMetrics");
    WriteCollectionMetrics(services_, table(), partition_key_, &writer);
  }
  writer.EndObject();
  call_->Finish();
}

void ItemWrite::FailCall(ApiStatus status) {
  call_->Fail(envelops() ? WithWriteEnvelope(std::move(status)) : std::move(status));
}

ApiStatus ItemWrite::ParseConditionExpression() {
  const json::Value text = Member("ConditionExpression");
  if (!text.present()) {
    return ApiStatus::Ok();
  }
  return expr::Condition::Parse("ConditionExpression", text.AsString(), &placeholders_,
                                &condition_);
}

ApiStatus ItemWrite::ParseExpected() {
  const json::Value expected = Member("Expected");
  const json::Value conditional_operator = Member("ConditionalOperator");
  if (!expected.present() && !conditional_operator.present()) {
    return ApiStatus::Ok();
  }
  return expr::Condition::FromExpected(expected, conditional_operator, call_->TakeScratch(),
                                       &condition_);
}

void ItemWrite::ReadModes() {
  return_values_ = ParseReturnValues(Member("ReturnValues"));
  capacity_mode_ = ParseCapacityMode(Member("ReturnConsumedCapacity"));
  const json::Value on_failure = Member("ReturnValuesOnConditionCheckFailure");
  old_item_on_failure_ = on_failure.present() && on_failure.AsString() == "ALL_OLD";
}

}  // namespace millrace::api
