// BatchGetItem: reads up to 100 items from one view, and leaves for another call what does not fit
// into an answer.
#include "api/operations/batch_get_item.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "api/expr/expression_request.h"
#include "api/expr/projection.h"
#include "api/operations/batch_request.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/operations/table_capacity.h"
#include "api/operations/throttling.h"
#include "api/wire/attribute_json.h"
#include "storage/base/task.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr Shape kKeyListShape = {ShapeKind::kList, {}, &kAttributeMapShape, {}};
constexpr std::array<ShapeMember, 5> kTableMembers = {{
    {"Keys", &kKeyListShape},
    {"AttributesToGet", &kStringListShape},
    {"ConsistentRead", &kBooleanShape},
    {"ProjectionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
}};
constexpr Shape kTableShape = {ShapeKind::kStructure, "KeysAndAttributes", nullptr, kTableMembers};
constexpr Shape kRequestItemsShape = {ShapeKind::kMap, {}, &kTableShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"RequestItems", &kRequestItemsShape},
    {"ReturnConsumedCapacity", &kStringShape},
}};

// What is wanted of one table.
struct TableRead {
  BatchTable request;
  expr::Projection projection;
  bool consistent = false;
  size_t first_key = 0;  // index of its first key among all keys
  size_t key_count = 0;
  size_t processed_count = 0;  // the first so many of its keys are answered
};

// Lives in Call::state. A small batch is read on the I/O thread, a larger one by a worker.
class BatchGetItem final : public Call::State, private Task {
 public:
  BatchGetItem(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request, reads, answers the call in every case. Home thread.
  void Start();

 private:
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  ApiStatus CheckRequest();
  ApiStatus CheckConstraints() const;
  ApiStatus CheckCounts() const;
  ApiStatus CheckMixing() const;
  ApiStatus CheckTable(TableRead* table, ParsedItems* keys);
  ApiStatus FindTargets();
  ApiStatus CheckThroughput() const;
  // Task: first on a worker to read, then on the home thread to answer.
  void Run() override;
  void Read();
  void Answer();
  ApiStatus WriteReply();
  void WriteItems(TableRead* table, json::Writer* writer);
  void WriteUnprocessed(const TableRead& table, json::Writer* writer) const;

  // More keys than this are read by a worker.
  static constexpr size_t kInlineKeys = 16;

  const Services& services_;
  Call* const call_;
  std::vector<BatchTable> tables_;
  std::vector<TableRead> reads_;
  std::vector<ItemView> keys_;
  std::vector<tables::ItemTarget> targets_;  // one for each key
  tables::ItemReads found_;
  uint64_t bytes_ = 0;   // of the items in the answer
  bool full_ = false;    // an item did not fit any more
  ApiStatus throttled_;  // why keys were left out, if that is the reason
  TableCapacity capacity_;
  ApiStatus outcome_;
  bool read_done_ = false;
};

ApiStatus BatchGetItem::CheckConstraints() const {
  ConstraintCollector constraints;
  constraints.RequirePresent(Member("RequestItems"), "requestItems");
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  for (const BatchTable& table : tables_) {
    if (table.value.IsNull()) {
      constraints.AddNull(BatchPath(table.name, ""));
      continue;
    }
    const json::Value keys = table.value.Find("Keys");
    if (!keys.present()) {
      constraints.AddNull(BatchPath(table.name, ".keys"));
      continue;
    }
    if (keys.size() == 0) {
      constraints.AddEntry(EmptyListEntry(BatchPath(table.name, ".keys")));
    }
    int index = 0;
    for (const json::Value key : keys.elements()) {
      ++index;
      if (key.IsNull()) {
        constraints.AddNull(BatchPath(table.name, ".keys." + std::to_string(index) + ".member"));
      }
    }
    const json::Value names = table.value.Find("AttributesToGet");
    if (names.present() && names.size() == 0) {
      constraints.CheckLength(names, BatchPath(table.name, ".attributesToGet"), 1, 255);
    }
  }
  return constraints.Finish();
}

ApiStatus BatchGetItem::CheckCounts() const {
  size_t total = 0;
  for (const BatchTable& table : tables_) {
    const size_t count = table.value.Find("Keys").size();
    total += count;
    if (count > limits::kBatchGetKeysMax) {
      return ValidationError("1 validation error detected: Value at 'RequestItems." +
                             std::string(table.name) +
                             ".member.Keys' failed to satisfy constraint: Member must have length "
                             "less than or equal to 100");
    }
  }
  if (total > limits::kBatchGetKeysMax) {
    return ValidationError("Too many items requested for the BatchGetItem call");
  }
  return ApiStatus::Ok();
}

// The two kinds of projection may not even be used for different tables.
ApiStatus BatchGetItem::CheckMixing() const {
  json::Value names;
  json::Value expression;
  for (const BatchTable& table : tables_) {
    if (const json::Value value = table.value.Find("AttributesToGet"); value.present()) {
      names = value;
    }
    if (const json::Value value = table.value.Find("ProjectionExpression"); value.present()) {
      expression = value;
    }
  }
  if (!names.present() || !expression.present()) {
    return ApiStatus::Ok();
  }
  const std::array<expr::NamedParameter, 1> legacy = {{{"AttributesToGet", names}}};
  const std::array<expr::NamedParameter, 1> expressions = {{{"ProjectionExpression", expression}}};
  return expr::CheckExpressionParameters(legacy, expressions, {}, json::Value(), json::Value());
}

ApiStatus BatchGetItem::CheckTable(TableRead* table, ParsedItems* keys) {
  const json::Value request = table->request.value;
  const json::Value attributes_to_get = request.Find("AttributesToGet");
  const json::Value expression = request.Find("ProjectionExpression");
  const json::Value names = request.Find("ExpressionAttributeNames");
  const std::array<expr::NamedParameter, 1> legacy = {{{"AttributesToGet", attributes_to_get}}};
  const std::array<expr::NamedParameter, 1> expressions = {{{"ProjectionExpression", expression}}};
  RETURN_IF_API_ERROR(
      expr::CheckExpressionParameters(legacy, expressions, {}, names, json::Value()));
  expr::Placeholders placeholders;
  RETURN_IF_API_ERROR(placeholders.Parse(names, json::Value(), nullptr));
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("ProjectionExpression", expression));
  if (expression.present()) {
    RETURN_IF_API_ERROR(
        expr::Projection::Parse(expression.AsString(), &placeholders, &table->projection));
  }
  RETURN_IF_API_ERROR(placeholders.CheckAllUsed());
  if (attributes_to_get.present()) {
    RETURN_IF_API_ERROR(
        expr::Projection::FromAttributesToGet(attributes_to_get, &table->projection));
  }
  for (const json::Value key : request.Find("Keys").elements()) {
    RETURN_IF_API_ERROR(keys->Add(key));
  }
  if (HasEqualKeys(kAttributeMapShape, request.Find("Keys"))) {
    return ValidationError("Provided list of item keys contains duplicates");
  }
  table->consistent = BooleanOf(request.Find("ConsistentRead"));
  return ApiStatus::Ok();
}

ApiStatus BatchGetItem::CheckRequest() {
  tables_ = ListBatchTables(Member("RequestItems"));
  RETURN_IF_API_ERROR(CheckConstraints());
  RETURN_IF_API_ERROR(
      CheckBatchTableNames("BatchGetItem", kRequestItemsShape, Member("RequestItems"), tables_));
  RETURN_IF_API_ERROR(CheckCounts());
  RETURN_IF_API_ERROR(CheckMixing());
  ParsedItems keys(call_->TakeScratch());
  reads_.reserve(tables_.size());
  size_t key_count = 0;
  for (const BatchTable& table : tables_) {
    TableRead& read = reads_.emplace_back();
    read.request = table;
    read.first_key = key_count;
    read.key_count = table.value.Find("Keys").size();
    key_count += read.key_count;
    RETURN_IF_API_ERROR(CheckTable(&read, &keys));
  }
  keys_ = keys.Views();
  return FindTargets();
}

ApiStatus BatchGetItem::FindTargets() {
  std::vector<tables::TablePointer> tables(reads_.size());
  for (size_t index = 0; index < reads_.size(); ++index) {
    RETURN_IF_API_ERROR(FindTable(services_, reads_[index].request.name, &tables[index]));
  }
  targets_.reserve(keys_.size());
  for (size_t index = 0; index < reads_.size(); ++index) {
    const TableRead& read = reads_[index];
    const KeySchema& schema = tables[index]->key_schema();
    for (size_t offset = 0; offset < read.key_count; ++offset) {
      ItemKey key;
      RETURN_IF_API_ERROR(KeyOfKeyParameter(keys_[read.first_key + offset], schema, &key));
      targets_.push_back({tables[index], key.partition, key.sort});
    }
    RETURN_IF_API_ERROR(CheckKeyPaths(read.projection.paths(), schema));
  }
  return ApiStatus::Ok();
}

// OK unless none of the tables may be read.
ApiStatus BatchGetItem::CheckThroughput() const {
  ApiStatus failure;
  for (const TableRead& read : reads_) {
    ApiStatus status = AdmitRead(services_, *targets_[read.first_key].table);
    if (status.ok()) {
      return status;
    }
    failure = std::move(status);
  }
  return failure;
}

void BatchGetItem::Start() {
  ApiStatus status = CheckRequest();
  if (status.ok()) {
    status = CheckThroughput();
  }
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  if (targets_.size() <= kInlineKeys) {
    Read();
    Answer();
  } else if (!services_.workers->TryPost(this)) {
    call_->Fail(ApiStatus(ErrorType::kServiceUnavailable,
                          "Too many long reads are waiting; please try again."));
  }
}

void BatchGetItem::Run() {
  if (!read_done_) {
    Read();
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  Answer();
}

void BatchGetItem::Read() {
  const Status read = services_.items->MultiGet(targets_, &found_);
  outcome_ = read.ok() ? WriteReply() : FromStorage(read);
  // Nothing keeps the blocks of the database pinned while the answer waits to be sent.
  found_ = tables::ItemReads();
}

void BatchGetItem::Answer() {
  if (outcome_.ok()) {
    call_->Finish();
  } else {
    call_->Fail(outcome_);
  }
}

ApiStatus BatchGetItem::WriteReply() {
  json::Writer writer(&call_->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginObject();
  size_t processed_count = 0;
  for (TableRead& read : reads_) {
    writer.Key(read.request.name);
    WriteItems(&read, &writer);
    processed_count += read.processed_count;
  }
  if (processed_count == 0) {
    return std::move(throttled_);  // every table has at least one key
  }
  writer.EndObject();
  writer.Key("UnprocessedKeys");
  writer.BeginObject();
  for (const TableRead& read : reads_) {
    if (read.processed_count < read.key_count) {
      WriteUnprocessed(read, &writer);
    }
  }
  writer.EndObject();
  capacity_.WriteBatch(ParseCapacityMode(Member("ReturnConsumedCapacity")), &writer);
  writer.EndObject();
  return ApiStatus::Ok();
}

// Writes the items of one table, as far as they fit into the answer and the table's throughput
// lasts.
void BatchGetItem::WriteItems(TableRead* table, json::Writer* writer) {
  writer->BeginArray();
  for (; table->processed_count < table->key_count; ++table->processed_count) {
    const size_t index = table->first_key + table->processed_count;
    const ItemView& item = found_.items[index];
    full_ = full_ || bytes_ + item.DynamoSize() > limits::kBatchGetSizeMax;
    if (full_) {
      break;
    }
    if (ApiStatus status = AdmitRead(services_, *targets_[index].table); !status.ok()) {
      throttled_ = std::move(status);
      break;
    }
    const double units = ReadUnits(item.DynamoSize(), table->consistent);
    ChargeRead(services_, *targets_[index].table, {units, {}});
    bytes_ += item.DynamoSize();
    capacity_.Add(table->request.name, units);
    if (!item.present()) {
      continue;
    }
    if (table->projection.present()) {
      table->projection.Write(item, writer);
    } else {
      WriteAttributes(item.attributes(), writer);
    }
  }
  writer->EndArray();
}

// Repeats the request for the keys that were left out.
void BatchGetItem::WriteUnprocessed(const TableRead& table, json::Writer* writer) const {
  writer->Key(table.request.name);
  writer->BeginObject();
  writer->Key("Keys");
  writer->BeginArray();
  for (size_t offset = table.processed_count; offset < table.key_count; ++offset) {
    WriteAttributes(keys_[table.first_key + offset].attributes(), writer);
  }
  writer->EndArray();
  const json::Value request = table.request.value;
  if (const json::Value names = request.Find("AttributesToGet"); names.present()) {
    writer->Key("AttributesToGet");
    writer->BeginArray();
    for (const json::Value name : names.elements()) {
      writer->String(name.AsString());
    }
    writer->EndArray();
  }
  if (request.Find("ConsistentRead").present()) {
    writer->Key("ConsistentRead");
    writer->Bool(table.consistent);
  }
  if (const json::Value expression = request.Find("ProjectionExpression"); expression.present()) {
    writer->Member("ProjectionExpression", expression.AsString());
  }
  if (const json::Value names = request.Find("ExpressionAttributeNames"); names.present()) {
    writer->Key("ExpressionAttributeNames");
    writer->BeginObject();
    for (const json::Member name : names.members()) {
      if (!name.value.IsNull()) {
        writer->Member(name.name, name.value.AsString());
      }
    }
    writer->EndObject();
  }
  writer->EndObject();
}

}  // namespace

const Shape kBatchGetItemShape = {ShapeKind::kStructure, "BatchGetItemInput", nullptr, kMembers};

void RunBatchGetItem(const Services& services, Call* call) {
  auto read = std::make_unique<BatchGetItem>(services, call);
  BatchGetItem* const started = read.get();
  call->state = std::move(read);
  started->Start();
}

}  // namespace millrace::api
