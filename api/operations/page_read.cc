// Reading a page in one or two steps, and the checks that Query and Scan share.
#include "api/operations/page_read.h"

#include <algorithm>
#include <utility>

#include "api/wire/attribute_json.h"
#include "api/wire/capacity.h"
#include "api/wire/shape.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kStartKeyInvalid = "The provided starting key is invalid";
constexpr std::string_view kKeyDoesNotMatch = "The provided key element does not match the schema";

// Problems of start key values that AWS wraps; the others stay bare.
bool IsWrappedInStartKey(ValueProblem::Kind kind) {
  switch (kind) {
    case ValueProblem::Kind::kEmptyValue:
    case ValueProblem::Kind::kMultipleTypes:
    case ValueProblem::Kind::kNullNotTrue:
    case ValueProblem::Kind::kEmptyStringSet:
    case ValueProblem::Kind::kEmptyBinarySet:
      return true;
    default:
      return false;
  }
}

ValueView ViewOf(const std::string& encoded) {
  return ValueView::At(encoded.data(), encoded.data() + encoded.size());
}

}  // namespace

ApiStatus PageRead::ParsePlaceholders() {
  return placeholders_.Parse(Member("ExpressionAttributeNames"),
                             Member("ExpressionAttributeValues"), call_->TakeScratch());
}

ApiStatus PageRead::ParseStartKey() {
  const json::Value start_key = Member("ExclusiveStartKey");
  if (!start_key.present()) {
    return ApiStatus::Ok();
  }
  std::string* const probe = call_->TakeScratch();
  for (const json::Member& attribute : start_key.members()) {
    probe->clear();
    ValueWriter writer(probe);
    ValueProblem problem;
    if (!attribute.value.IsNull() && !ParseAttributeValue(attribute.value, 1, &writer, &problem)) {
      return ValidationError(IsWrappedInStartKey(problem.kind)
                                 ? std::string(kStartKeyInvalid) + ": " + problem.message
                                 : problem.message);
    }
  }
  return ParseAttributeMap(start_key, call_->TakeScratch(), &start_key_);
}

ApiStatus PageRead::ParseFilterExpression() {
  const json::Value text = Member("FilterExpression");
  if (!text.present()) {
    return ApiStatus::Ok();
  }
  return expr::Condition::Parse("FilterExpression", text.AsString(), &placeholders_, &filter_);
}

ApiStatus PageRead::CheckSelect(Kind kind) {
  const json::Value member = Member("Select");
  if (!member.present()) {
    return ApiStatus::Ok();
  }
  const std::string select(member.AsString());
  const bool expression = Member("ProjectionExpression").present();
  const bool names = Member("AttributesToGet").present();
  if (select == "SPECIFIC_ATTRIBUTES") {
    if (!expression && !names) {
      return ValidationError(
          std::string(kind == Kind::kQuery ? "1 validation error detected: " : "") +
          "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
          "SPECIFIC_ATTRIBUTES");
    }
    return ApiStatus::Ok();
  }
  if (expression || names) {
    return ValidationError(std::string("Cannot specify the ") +
                           (expression ? "ProjectionExpression" : "AttributesToGet") +
                           " when choosing to get " +
                           (select == "COUNT" ? "only the Count" : select));
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !Member("IndexName").present()) {
    return ValidationError(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  count_only_ = select == "COUNT";
  return ApiStatus::Ok();
}

ApiStatus PageRead::ParseProjectionExpression() {
  const json::Value text = Member("ProjectionExpression");
  if (!text.present()) {
    return ApiStatus::Ok();
  }
  return expr::Projection::Parse(text.AsString(), &placeholders_, &projection_);
}

ApiStatus PageRead::FindTableForRead() {
  return FindTable(services_, Member("TableName").AsString(), &table_);
}

ApiStatus PageRead::FindIndex() const {
  if (const json::Value index = Member("IndexName"); index.present()) {
    return ValidationError("The table does not have the specified index: " +
                           std::string(index.AsString()));
  }
  return ApiStatus::Ok();
}

ApiStatus PageRead::CheckStartKey(Kind kind) {
  if (!start_key_.present()) {
    return ApiStatus::Ok();
  }
  const KeySchema& schema = table_->key_schema();
  const std::string mismatch = std::string(kStartKeyInvalid) + ": " + std::string(kKeyDoesNotMatch);
  if (start_key_.attributes().count() != schema.attribute_count()) {
    return ValidationError(kind == Kind::kScan ? mismatch : kStartKeyInvalid);
  }
  page_.start_partition_key = start_key_.Find(schema.partition_key().name);
  if (!page_.start_partition_key.present() ||
      page_.start_partition_key.type() != schema.partition_key().type) {
    return ValidationError(mismatch);
  }
  RETURN_IF_API_ERROR(
      CheckPartitionKeyValue(schema.partition_key().name, page_.start_partition_key));
  if (const KeyAttribute* sort = schema.sort_key(); sort != nullptr) {
    page_.start_sort_key = start_key_.Find(sort->name);
    if (!page_.start_sort_key.present() || page_.start_sort_key.type() != sort->type) {
      return ValidationError(mismatch);
    }
    RETURN_IF_API_ERROR(CheckSortKeyValue(sort->name, page_.start_sort_key));
  }
  return ApiStatus::Ok();
}

void PageRead::ReadLimit() {
  if (const json::Value limit = Member("Limit"); limit.present()) {
    item_limit_ = static_cast<uint32_t>(std::min<int64_t>(limit.AsInt64(), INT32_MAX));
  }
}

void PageRead::Start() {
  ApiStatus status = Check();
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  writer_ = json::Writer(&call_->body);
  writer_.BeginObject();
  if (!count_only_) {
    writer_.Key("Items");
    writer_.BeginArray();
  }
  bool page_ended = false;
  read_status_ = ReadStep(kInlineItems, kInlineBytes, &page_ended);
  if (page_ended || !read_status_.ok()) {
    Reply();
    return;
  }
  StartBehindLastItem();
  if (!services_.workers->TryPost(this)) {
    call_->Fail(ApiStatus(ErrorType::kServiceUnavailable,
                          "Too many long reads are waiting; please try again."));
  }
}

void PageRead::Run() {
  if (!read_done_) {
    bool page_ended = false;
    read_status_ = ReadStep(UINT32_MAX, limits::kPageSizeMax, &page_ended);
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  Reply();
}

Status PageRead::ReadStep(uint32_t item_limit, uint64_t size_limit, bool* page_ended) {
  const uint32_t items_left = item_limit_ == 0 ? UINT32_MAX : item_limit_ - evaluated_count_;
  const uint64_t bytes_left =
      limits::kPageSizeMax - std::min<uint64_t>(evaluated_bytes_, limits::kPageSizeMax);
  page_.item_limit = std::min(items_left, item_limit);
  page_.size_limit = std::min(bytes_left, size_limit);
  page_.first_item_counts = evaluated_count_ > 0;
  tables::PageOutcome outcome;
  RETURN_IF_ERROR(services_.items->ReadPage(*table_, page_, this, &outcome));
  evaluated_count_ += outcome.evaluated_count;
  evaluated_bytes_ += outcome.evaluated_bytes;
  stopped_early_ = outcome.stopped_early;
  // A step that stopped by its own, smaller bound leaves the rest of the page to the next step.
  const bool own_bound = (items_left > item_limit && outcome.evaluated_count >= item_limit) ||
                         (bytes_left > size_limit && outcome.evaluated_count < page_.item_limit);
  *page_ended = !outcome.stopped_early || !own_bound;
  return Status::Ok();
}

void PageRead::StartBehindLastItem() {
  start_partition_ = last_partition_;
  page_.start_partition_key = ViewOf(start_partition_);
  if (!last_sort_.empty()) {
    start_sort_ = last_sort_;
    page_.start_sort_key = ViewOf(start_sort_);
  }
}

void PageRead::Visit(const ItemView& item) {
  const KeySchema& schema = table_->key_schema();
  last_partition_.assign(item.Find(schema.partition_key().name).encoded());
  if (const KeyAttribute* sort = schema.sort_key(); sort != nullptr) {
    last_sort_.assign(item.Find(sort->name).encoded());
  }
  if (filter_.present() && !filter_.Matches(item)) {
    return;
  }
  ++returned_count_;
  if (count_only_) {
    return;
  }
  if (projection_.present()) {
    projection_.Write(item, &writer_);
  } else {
    WriteAttributes(item.attributes(), &writer_);
  }
}

void PageRead::Reply() {
  if (!read_status_.ok()) {
    call_->Fail(FromStorage(read_status_));
    return;
  }
  if (!count_only_) {
    writer_.EndArray();
  }
  writer_.Key("Count");
  writer_.Int(returned_count_);
  writer_.Key("ScannedCount");
  writer_.Int(evaluated_count_);
  if (stopped_early_) {
    const KeySchema& schema = table_->key_schema();
    writer_.Key("LastEvaluatedKey");
    writer_.BeginObject();
    writer_.Key(schema.partition_key().name);
    WriteAttributeValue(ViewOf(last_partition_), &writer_);
    if (schema.sort_key() != nullptr) {
      writer_.Key(schema.sort_key()->name);
      WriteAttributeValue(ViewOf(last_sort_), &writer_);
    }
    writer_.EndObject();
  }
  WriteConsumedCapacity(ParseCapacityMode(Member("ReturnConsumedCapacity")),
                        Member("TableName").AsString(),
                        ReadUnits(evaluated_bytes_, BooleanOf(Member("ConsistentRead"))), &writer_);
  writer_.EndObject();
  call_->Finish();
}

}  // namespace millrace::api
