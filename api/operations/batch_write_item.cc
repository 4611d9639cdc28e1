// BatchWriteItem: up to 25 puts and deletes in one trip through the commit pipeline.
#include "api/operations/batch_write_item.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "api/operations/batch_request.h"
#include "api/operations/index_keys.h"
#include "api/operations/item_collection.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/operations/table_capacity.h"
#include "api/operations/throttling.h"
#include "api/wire/attribute_json.h"
#include "api/wire/input_text.h"
#include "storage/model/limits.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kPutMembers = {{{"Item", &kAttributeMapShape}}};
constexpr Shape kPutShape = {ShapeKind::kStructure, "PutRequest", nullptr, kPutMembers};
constexpr std::array<ShapeMember, 1> kDeleteMembers = {{{"Key", &kAttributeMapShape}}};
constexpr Shape kDeleteShape = {ShapeKind::kStructure, "DeleteRequest", nullptr, kDeleteMembers};
constexpr std::array<ShapeMember, 2> kRequestMembers = {{
    {"PutRequest", &kPutShape},
    {"DeleteRequest", &kDeleteShape},
}};
constexpr Shape kRequestShape = {ShapeKind::kStructure, "WriteRequest", nullptr, kRequestMembers};
constexpr Shape kRequestListShape = {ShapeKind::kList, {}, &kRequestShape, {}};
constexpr Shape kRequestItemsShape = {ShapeKind::kMap, {}, &kRequestListShape, {}};
constexpr std::array<ShapeMember, 3> kMembers = {{
    {"RequestItems", &kRequestItemsShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ReturnItemCollectionMetrics", &kStringShape},
}};

// One put or delete.
struct WriteRequest {
  size_t table_index = 0;
  bool is_put = false;
  json::Value attributes;  // of the item or the key
  ItemView item;           // likewise
  double units_ahead = 0;  // charged when it was admitted
  // Written on the committer thread: the larger of the item before and after.
  uint32_t size = 0;
  std::vector<tables::IndexCharge> charges;
};

// Lives in Call::state. Methods run on the call's home thread unless they say otherwise.
class BatchWriteItem final : public Call::State, public tables::MultiItemMutation {
 public:
  BatchWriteItem(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request and sends the writes on their way; answers the call in every case.
  void Start();

 private:
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  ApiStatus CheckRequest();
  ApiStatus CheckConstraints();
  void CheckTableConstraints(const BatchTable& table, ConstraintCollector* constraints);
  ApiStatus CheckCounts() const;
  ApiStatus ListRequests();
  ApiStatus ParseItems();
  ApiStatus FindTargets(std::vector<tables::ItemTarget>* targets);
  ApiStatus AdmitRequests();
  void Attempt();
  void Reply();
  void WriteUnprocessed(json::Writer* writer) const;

  // tables::MultiItemMutation. Apply runs on the committer thread.
  Status Apply(std::span<const ItemView> old_items,
               std::span<tables::ItemDecision> decisions) override;
  void Done(const Status& status) override;
  TaskQueue* completion_queue() override { return call_->home; }
  size_t weight_bytes() const override { return weight_bytes_; }

  const Services& services_;
  Call* const call_;
  std::vector<BatchTable> tables_;
  std::vector<WriteRequest> requests_;
  std::vector<WriteRequest> unprocessed_;  // taken out of requests_, in their order
  bool admitted_ = false;
  size_t weight_bytes_ = 0;
};

void BatchWriteItem::CheckTableConstraints(const BatchTable& table,
                                           ConstraintCollector* constraints) {
  if (table.value.IsNull()) {
    constraints->AddNull(BatchPath(table.name, ""));
    return;
  }
  if (table.value.size() == 0) {
    constraints->AddEntry(EmptyListEntry(BatchPath(table.name, "")));
  }
  int index = 0;
  for (const json::Value request : table.value.elements()) {
    ++index;
    if (request.IsNull()) {
      constraints->AddNull(BatchPath(table.name, "." + std::to_string(index) + ".member"));
      continue;
    }
    const json::Value put = request.Find("PutRequest");
    if (put.present() && !put.Find("Item").present()) {
      constraints->AddNull(
          BatchPath(table.name, "." + std::to_string(index) + ".member.putRequest.item"));
    }
    const json::Value removal = request.Find("DeleteRequest");
    if (removal.present() && !removal.Find("Key").present()) {
      constraints->AddNull(
          BatchPath(table.name, "." + std::to_string(index) + ".member.deleteRequest.key"));
    }
  }
}

ApiStatus BatchWriteItem::CheckConstraints() {
  ConstraintCollector constraints;
  constraints.RequirePresent(Member("RequestItems"), "requestItems");
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckReturnItemCollectionMetrics(Member("ReturnItemCollectionMetrics"), &constraints);
  for (const BatchTable& table : tables_) {
    CheckTableConstraints(table, &constraints);
  }
  return constraints.Finish();
}

ApiStatus BatchWriteItem::CheckCounts() const {
  size_t total = 0;
  for (const BatchTable& table : tables_) {
    total += table.value.size();
    if (table.value.size() > limits::kBatchWriteRequestsMax) {
      std::string text;
      AppendInputText(kRequestItemsShape, Member("RequestItems"), &text);
      ConstraintCollector constraints;
      constraints.AddValue(text, "requestItems",
                           "Map value must satisfy constraint: [Member must have length less than "
                           "or equal to 25, Member must have length greater than or equal to 1]");
      return constraints.Finish();
    }
  }
  if (total > limits::kBatchWriteRequestsMax) {
    return ValidationError("Too many items requested for the BatchWriteItem call");
  }
  return ApiStatus::Ok();
}

ApiStatus BatchWriteItem::ListRequests() {
  for (size_t index = 0; index < tables_.size(); ++index) {
    for (const json::Value element : tables_[index].value.elements()) {
      const json::Value put = element.Find("PutRequest");
      const json::Value removal = element.Find("DeleteRequest");
      if (put.present() == removal.present()) {
        // The sentence is AWS's, though no attribute value is at fault.
        return ValidationError(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes");
      }
      WriteRequest request;
      request.table_index = index;
      request.is_put = put.present();
      request.attributes = request.is_put ? put.Find("Item") : removal.Find("Key");
      requests_.push_back(request);
    }
  }
  return ApiStatus::Ok();
}

ApiStatus BatchWriteItem::ParseItems() {
  ParsedItems items(call_->TakeScratch());
  for (const WriteRequest& request : requests_) {
    size_t size = 0;
    RETURN_IF_API_ERROR(items.Add(request.attributes, &size));
    if (request.is_put && size > limits::kItemSizeMax) {
      return ValidationError("Item size has exceeded the maximum allowed size");
    }
    weight_bytes_ += size;
  }
  const std::vector<ItemView> views = items.Views();
  for (size_t index = 0; index < requests_.size(); ++index) {
    requests_[index].item = views[index];
  }
  return ApiStatus::Ok();
}

ApiStatus BatchWriteItem::CheckRequest() {
  tables_ = ListBatchTables(Member("RequestItems"));
  RETURN_IF_API_ERROR(CheckConstraints());
  RETURN_IF_API_ERROR(
      CheckBatchTableNames("BatchWriteItem", kRequestItemsShape, Member("RequestItems"), tables_));
  RETURN_IF_API_ERROR(CheckCounts());
  RETURN_IF_API_ERROR(ListRequests());
  return ParseItems();
}

ApiStatus BatchWriteItem::FindTargets(std::vector<tables::ItemTarget>* targets) {
  std::vector<tables::TablePointer> tables(tables_.size());
  for (size_t index = 0; index < tables_.size(); ++index) {
    RETURN_IF_API_ERROR(FindTable(services_, tables_[index].name, &tables[index]));
  }
  targets->reserve(requests_.size());
  for (const WriteRequest& request : requests_) {
    const tables::TablePointer& table = tables[request.table_index];
    ItemKey key;
    RETURN_IF_API_ERROR(request.is_put
                            ? KeyOfBatchItem(request.item, table->key_schema(), &key)
                            : KeyOfKeyParameter(request.item, table->key_schema(), &key));
    if (request.is_put) {
      RETURN_IF_API_ERROR(CheckIndexKeysOfItem(*table, request.item));
    }
    targets->push_back({table, key.partition, key.sort});
  }
  return ApiStatus::Ok();
}

void BatchWriteItem::Start() {
  const ApiStatus status = CheckRequest();
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  Attempt();
}

// Takes out the requests that the throughput of their tables does not allow: an error if that is
// all of them. Once only, although an attempt may be repeated.
ApiStatus BatchWriteItem::AdmitRequests() {
  if (services_.throughput == nullptr || admitted_) {
    return ApiStatus::Ok();
  }
  admitted_ = true;
  ApiStatus failure;
  std::vector<WriteRequest> allowed;
  std::vector<tables::ItemTarget> allowed_targets;
  for (size_t index = 0; index < requests_.size(); ++index) {
    WriteRequest& request = requests_[index];
    request.units_ahead = WriteUnits(request.is_put ? request.item.DynamoSize() : 0);
    ApiStatus status = AdmitWrite(services_, *targets()[index].table, request.units_ahead);
    if (status.ok()) {
      allowed.push_back(std::move(request));
      allowed_targets.push_back(targets()[index]);
    } else {
      unprocessed_.push_back(std::move(request));
      failure = std::move(status);
    }
  }
  if (allowed.empty()) {
    return failure;
  }
  requests_ = std::move(allowed);
  if (!unprocessed_.empty()) {
    Prepare(std::move(allowed_targets), services_.items->hash_seed());
  }
  return ApiStatus::Ok();
}

void BatchWriteItem::Attempt() {
  std::vector<tables::ItemTarget> targets;
  if (const ApiStatus status = FindTargets(&targets); !status.ok()) {
    call_->Fail(status);
    return;
  }
  Prepare(std::move(targets), services_.items->hash_seed());
  if (HasDuplicateKeys()) {
    call_->Fail(ValidationError("Provided list of item keys contains duplicates"));
    return;
  }
  if (const ApiStatus status = AdmitRequests(); !status.ok()) {
    call_->Fail(status);
    return;
  }
  if (const Status submitted = services_.items->Submit(this); !submitted.ok()) {
    call_->Fail(FromStorage(submitted));
  }
}

Status BatchWriteItem::Apply(std::span<const ItemView> old_items,
                             std::span<tables::ItemDecision> decisions) {
  for (size_t index = 0; index < requests_.size(); ++index) {
    WriteRequest& request = requests_[index];
    request.size = old_items[index].DynamoSize();
    if (request.is_put) {
      request.size = std::max(request.size, request.item.DynamoSize());
      decisions[index] = {tables::ItemChange::kPut, request.item.encoded()};
    } else {
      decisions[index].change = tables::ItemChange::kDelete;
    }
    decisions[index].charges = &request.charges;
  }
  return Status::Ok();
}

void BatchWriteItem::Done(const Status& status) {
  if (status.ok()) {
    Reply();
  } else if (status.code() == StatusCode::kSchemaChanged) {
    Attempt();
  } else {
    call_->Fail(FromStorage(status));
  }
}

void BatchWriteItem::Reply() {
  json::Writer writer(&call_->body);
  writer.BeginObject();
  WriteUnprocessed(&writer);
  TableCapacity capacity;
  std::vector<WrittenCollection> collections;
  for (size_t index = 0; index < requests_.size(); ++index) {
    const WriteRequest& request = requests_[index];
    const std::string_view name = tables_[request.table_index].name;
    capacity.Add(name, WriteUnits(request.size));
    capacity.AddIndexes(name, *targets()[index].table, request.charges);
    ChargeWrite(services_, *targets()[index].table, WriteUnits(request.size) - request.units_ahead,
                request.charges);
    collections.push_back({name, &targets()[index]});
  }
  capacity.WriteBatch(ParseCapacityMode(Member("ReturnConsumedCapacity")), &writer);
  WriteCollectionMetrics(services_, Member("ReturnItemCollectionMetrics"), collections, &writer);
  writer.EndObject();
  call_->Finish();
}

void BatchWriteItem::WriteUnprocessed(json::Writer* writer) const {
  writer->Key("UnprocessedItems");
  writer->BeginObject();
  // Those of one table are side by side.
  for (size_t index = 0; index < unprocessed_.size();) {
    const size_t table_index = unprocessed_[index].table_index;
    writer->Key(tables_[table_index].name);
    writer->BeginArray();
    for (; index < unprocessed_.size() && unprocessed_[index].table_index == table_index; ++index) {
      const WriteRequest& request = unprocessed_[index];
      writer->BeginObject();
      writer->Key(request.is_put ? "PutRequest" : "DeleteRequest");
      writer->BeginObject();
      writer->Key(request.is_put ? "Item" : "Key");
      WriteAttributes(request.item.attributes(), writer);
      writer->EndObject();
      writer->EndObject();
    }
    writer->EndArray();
  }
  writer->EndObject();
}

}  // namespace

const Shape kBatchWriteItemShape = {ShapeKind::kStructure, "BatchWriteItemInput", nullptr,
                                    kMembers};

void RunBatchWriteItem(const Services& services, Call* call) {
  auto write = std::make_unique<BatchWriteItem>(services, call);
  BatchWriteItem* const started = write.get();
  call->state = std::move(write);
  started->Start();
}

}  // namespace millrace::api
