// TransactGetItems: reads up to 100 items from one view, or tells for each why not.
#include "api/operations/transact_get_items.h"

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
#include "api/operations/transact_request.h"
#include "api/wire/attribute_json.h"
#include "storage/base/task.h"
#include "storage/model/limits.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 4> kGetMembers = {{
    {"Key", &kAttributeMapShape},
    {"TableName", &kStringShape},
    {"ProjectionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
}};
constexpr Shape kGetShape = {ShapeKind::kStructure, "Get", nullptr, kGetMembers};
constexpr std::array<ShapeMember, 1> kItemMembers = {{{"Get", &kGetShape}}};
constexpr Shape kItemShape = {ShapeKind::kStructure, "TransactGetItem", nullptr, kItemMembers};
constexpr Shape kTransactItemsShape = {ShapeKind::kList, {}, &kItemShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"TransactItems", &kTransactItemsShape},
    {"ReturnConsumedCapacity", &kStringShape},
}};

// One Get.
struct GetAction {
  json::Value parameters;
  expr::Projection projection;
  ApiStatus failure;  // why its key is not one of its table
};

// Lives in Call::state. A small transaction is read on the I/O thread, a larger one by a worker.
class TransactGetItems final : public Call::State, private Task {
 public:
  TransactGetItems(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request, reads, answers the call in every case. Home thread.
  void Start();

 private:
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  ApiStatus CheckRequest();
  ApiStatus CheckConstraints() const;
  ApiStatus CheckActionMembers() const;
  ApiStatus CheckAction(GetAction* action, ParsedItems* keys);
  ApiStatus FindTargets();
  ApiStatus CheckDistinct() const;
  ApiStatus AdmitActions();
  ApiStatus Canceled() const;
  // Task: first on a worker to read, then on the home thread to answer.
  void Run() override;
  void Read();
  ApiStatus WriteReply();
  void Answer();

  // More keys than this are read by a worker.
  static constexpr size_t kInlineKeys = 16;

  const Services& services_;
  Call* const call_;
  std::vector<GetAction> actions_;
  std::vector<ItemView> keys_;
  std::vector<tables::ItemTarget> targets_;  // one for each action whose key is right
  bool canceled_ = false;
  ApiStatus outcome_;
  bool read_done_ = false;
};

ApiStatus TransactGetItems::CheckConstraints() const {
  ConstraintCollector constraints;
  CheckTransactItems(kTransactItemsShape, Member("TransactItems"), &constraints);
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  return constraints.Finish();
}

ApiStatus TransactGetItems::CheckActionMembers() const {
  ConstraintCollector constraints;
  size_t index = 0;
  for (const json::Value item : Member("TransactItems").elements()) {
    const ActionPath path(index++, "get");
    const json::Value get = item.Find("Get");
    if (!get.present()) {
      constraints.AddNull(path.Text(""));
      continue;
    }
    RequireActionMember(get, "Key", "key", path, &constraints);
    CheckActionTableName(get, path, &constraints);
  }
  return constraints.Finish();
}

ApiStatus TransactGetItems::CheckAction(GetAction* action, ParsedItems* keys) {
  const json::Value expression = action->parameters.Find("ProjectionExpression");
  const json::Value names = action->parameters.Find("ExpressionAttributeNames");
  const std::array<expr::NamedParameter, 1> expressions = {{{"ProjectionExpression", expression}}};
  RETURN_IF_API_ERROR(expr::CheckExpressionParameters({}, expressions, {}, names, json::Value()));
  expr::Placeholders placeholders;
  RETURN_IF_API_ERROR(placeholders.Parse(names, json::Value(), nullptr));
  RETURN_IF_API_ERROR(keys->Add(action->parameters.Find("Key")));
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("ProjectionExpression", expression));
  if (expression.present()) {
    RETURN_IF_API_ERROR(
        expr::Projection::Parse(expression.AsString(), &placeholders, &action->projection));
  }
  return placeholders.CheckAllUsed();
}

ApiStatus TransactGetItems::FindTargets() {
  targets_.reserve(actions_.size());
  for (size_t index = 0; index < actions_.size(); ++index) {
    GetAction& action = actions_[index];
    tables::TablePointer table;
    RETURN_IF_API_ERROR(
        FindTable(services_, action.parameters.Find("TableName").AsString(), &table));
    ItemKey key;
    action.failure = KeyOfKeyParameter(keys_[index], table->key_schema(), &key);
    if (action.failure.ok()) {
      action.failure = CheckKeyPaths(action.projection.paths(), table->key_schema());
    }
    canceled_ = canceled_ || !action.failure.ok();
    if (action.failure.ok()) {
      targets_.push_back({std::move(table), key.partition, key.sort});
    }
  }
  return ApiStatus::Ok();
}

ApiStatus TransactGetItems::CheckDistinct() const {
  if (tables::HasDuplicateItems(targets_, services_.items->hash_seed())) {
    return ValidationError(kDuplicateTransactionItems);
  }
  return ApiStatus::Ok();
}

ApiStatus TransactGetItems::AdmitActions() {
  for (size_t index = 0; index < targets_.size(); ++index) {
    actions_[index].failure = AdmitRead(services_, *targets_[index].table);
    canceled_ = canceled_ || !actions_[index].failure.ok();
  }
  return canceled_ ? Canceled() : ApiStatus::Ok();
}

ApiStatus TransactGetItems::Canceled() const {
  std::vector<CancellationReason> reasons;
  for (const GetAction& action : actions_) {
    reasons.push_back({&action.failure, ItemView()});
  }
  return TransactionCanceled(reasons);
}

ApiStatus TransactGetItems::CheckRequest() {
  RETURN_IF_API_ERROR(CheckConstraints());
  RETURN_IF_API_ERROR(CheckActionMembers());
  const json::Value items = Member("TransactItems");
  actions_.reserve(items.size());
  for (const json::Value item : items.elements()) {
    GetAction& action = actions_.emplace_back();
    action.parameters = item.Find("Get");
    tables::TablePointer table;
    RETURN_IF_API_ERROR(
        FindTable(services_, action.parameters.Find("TableName").AsString(), &table));
  }
  ParsedItems keys(call_->TakeScratch());
  for (GetAction& action : actions_) {
    RETURN_IF_API_ERROR(CheckAction(&action, &keys));
  }
  keys_ = keys.Views();
  RETURN_IF_API_ERROR(FindTargets());
  RETURN_IF_API_ERROR(CheckDistinct());
  return canceled_ ? Canceled() : AdmitActions();
}

void TransactGetItems::Start() {
  const ApiStatus status = CheckRequest();
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

void TransactGetItems::Run() {
  if (!read_done_) {
    Read();
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  Answer();
}

void TransactGetItems::Read() { outcome_ = WriteReply(); }

void TransactGetItems::Answer() {
  if (outcome_.ok()) {
    call_->Finish();
  } else {
    call_->Fail(outcome_);
  }
}

ApiStatus TransactGetItems::WriteReply() {
  tables::ItemReads found;
  if (const Status read = services_.items->MultiGet(targets_, &found); !read.ok()) {
    return FromStorage(read);
  }
  json::Writer writer(&call_->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginArray();
  TableCapacity capacity;
  uint64_t bytes = 0;
  for (size_t index = 0; index < actions_.size(); ++index) {
    const GetAction& action = actions_[index];
    const ItemView& item = found.items[index];
    bytes += item.DynamoSize();
    if (bytes > limits::kTransactionSizeMax) {
      return ValidationError(kTransactionTooLarge);
    }
    const double units = 2 * ReadUnits(item.DynamoSize(), true);
    capacity.Add(action.parameters.Find("TableName").AsString(), units);
    ChargeRead(services_, *targets_[index].table, {units, {}});
    const bool selects = action.projection.present();
    writer.BeginObject();
    if (item.present() && (!selects || expr::AnySelected(action.projection.paths(), item))) {
      writer.Key("Item");
      if (selects) {
        action.projection.Write(item, &writer);
      } else {
        WriteAttributes(item.attributes(), &writer);
      }
    }
    writer.EndObject();
  }
  writer.EndArray();
  capacity.WriteTransaction(ParseCapacityMode(Member("ReturnConsumedCapacity")), UnitKind::kRead,
                            &writer);
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kTransactGetItemsShape = {ShapeKind::kStructure, "TransactGetItemsInput", nullptr,
                                      kMembers};

void RunTransactGetItems(const Services& services, Call* call) {
  auto read = std::make_unique<TransactGetItems>(services, call);
  TransactGetItems* const started = read.get();
  call->state = std::move(read);
  started->Start();
}

}  // namespace millrace::api
