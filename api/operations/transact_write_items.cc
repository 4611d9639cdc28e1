// TransactWriteItems: up to 100 actions as one mutation, with the idempotency of the client's
// token.
#include "api/operations/transact_write_items.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "api/operations/item_collection.h"
#include "api/operations/item_request.h"
#include "api/operations/table_capacity.h"
#include "api/operations/throttling.h"
#include "api/operations/transact_action.h"
#include "api/operations/transact_request.h"
#include "api/wire/canonical_input.h"
#include "storage/base/digest.h"
#include "storage/model/limits.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::api {
namespace {

constexpr Shape kTransactItemsShape = {ShapeKind::kList, {}, &kTransactWriteItemShape, {}};
constexpr std::array<ShapeMember, 4> kMembers = {{
    {"TransactItems", &kTransactItemsShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ReturnItemCollectionMetrics", &kStringShape},
    {"ClientRequestToken", &kStringShape},
}};

// Lives in Call::state. Methods run on the call's home thread unless they say otherwise.
class TransactWriteItems final : public Call::State, public tables::MultiItemMutation {
 public:
  TransactWriteItems(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request and sends the transaction on its way; answers the call in every case.
  void Start();

 private:
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  ApiStatus CheckConstraints() const;
  ApiStatus ChooseActions();
  ApiStatus FindTables(std::vector<tables::TablePointer>* tables) const;
  ApiStatus CheckBoundActions() const;
  ApiStatus AdmitActions(const std::vector<tables::TablePointer>& tables) const;
  void ChargeRefused() const;
  void Attempt(const std::vector<tables::TablePointer>& tables);
  void Retry();
  ApiStatus UseTokens();
  void UseClientToken(std::string_view client_token);
  ApiStatus Failure() const;
  void Reply();
  void ReplyToRepeatedCall();
  void WriteReply(UnitKind kind, TableCapacity* capacity);

  // tables::MultiItemMutation. Apply and TokenPayload run on the committer thread.
  Status Apply(std::span<const ItemView> old_items,
               std::span<tables::ItemDecision> decisions) override;
  std::string_view TokenPayload() override;
  void Done(const Status& status) override;
  TaskQueue* completion_queue() override { return call_->home; }
  size_t weight_bytes() const override { return weight_bytes_; }

  const Services& services_;
  Call* const call_;
  std::vector<TransactAction> actions_;
  std::vector<TransactAction*> bound_;  // those whose item is a target of the mutation, in order
  size_t weight_bytes_ = 0;
  bool has_parameters_hash_ = false;
  ParametersHash parameters_hash_ = {};
  // Written on the committer thread.
  bool too_large_ = false;
  std::string payload_;
};

ApiStatus TransactWriteItems::CheckConstraints() const {
  ConstraintCollector constraints;
  CheckTransactItems(kTransactItemsShape, Member("TransactItems"), &constraints);
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckReturnItemCollectionMetrics(Member("ReturnItemCollectionMetrics"), &constraints);
  constraints.CheckLength(Member("ClientRequestToken"), "clientRequestToken", 1,
                          limits::kClientRequestTokenSizeMax);
  return constraints.Finish();
}

ApiStatus TransactWriteItems::ChooseActions() {
  const json::Value items = Member("TransactItems");
  actions_.reserve(items.size());
  for (const json::Value item : items.elements()) {
    RETURN_IF_API_ERROR(TransactAction::Choose(item, &actions_.emplace_back()));
  }
  ConstraintCollector constraints;
  for (size_t index = 0; index < actions_.size(); ++index) {
    actions_[index].CheckConstraints(index, &constraints);
  }
  return constraints.Finish();
}

ApiStatus TransactWriteItems::FindTables(std::vector<tables::TablePointer>* tables) const {
  tables->resize(actions_.size());
  for (size_t index = 0; index < actions_.size(); ++index) {
    RETURN_IF_API_ERROR(FindTable(services_, actions_[index].table_name(), &(*tables)[index]));
  }
  return ApiStatus::Ok();
}

void TransactWriteItems::Start() {
  std::vector<tables::TablePointer> tables;
  ApiStatus status = CheckConstraints();
  if (status.ok()) {
    status = ChooseActions();
  }
  if (status.ok()) {
    status = FindTables(&tables);
  }
  for (TransactAction& action : actions_) {
    if (!status.ok()) {
      break;
    }
    status = action.Parse();
    weight_bytes_ += action.weight_bytes();
  }
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  Attempt(tables);
}

void TransactWriteItems::Attempt(const std::vector<tables::TablePointer>& tables) {
  std::vector<tables::ItemTarget> targets;
  targets.reserve(actions_.size());
  bound_.clear();
  bound_.reserve(actions_.size());
  for (size_t index = 0; index < actions_.size(); ++index) {
    actions_[index].Bind(tables[index]);
    if (actions_[index].bound()) {
      targets.push_back(actions_[index].target());
      bound_.push_back(&actions_[index]);
    }
  }
  Prepare(std::move(targets), services_.items->hash_seed());
  ApiStatus status = CheckBoundActions();
  if (status.ok()) {
    status = AdmitActions(tables);
  }
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  if (const ApiStatus status = UseTokens(); !status.ok()) {
    call_->Fail(status);
    return;
  }
  if (const Status submitted = services_.items->Submit(this); !submitted.ok()) {
    call_->Fail(FromStorage(submitted));
  }
}

// What fails the request as a whole once the keys are known.
ApiStatus TransactWriteItems::CheckBoundActions() const {
  if (HasDuplicateKeys()) {
    return ValidationError(kDuplicateTransactionItems);
  }
  uint64_t total = 0;
  for (const TransactAction& action : actions_) {
    if (action.put_size() > limits::kItemSizeMax) {
      return ValidationError("Item size has exceeded the maximum allowed size");
    }
    total += action.put_size();
  }
  if (total > limits::kTransactionSizeMax) {
    return ValidationError(kTransactionTooLarge);
  }
  for (const TransactAction& action : actions_) {
    if (action.has_empty_key()) {
      return ValidationError(action.bind_failure().error().message);
    }
  }
  return ApiStatus::Ok();
}

// A cancellation if one of the tables has no throughput left.
ApiStatus TransactWriteItems::AdmitActions(const std::vector<tables::TablePointer>& tables) const {
  if (services_.throughput == nullptr) {
    return ApiStatus::Ok();
  }
  std::vector<ApiStatus> admissions;
  bool throttled = false;
  for (const tables::TablePointer& table : tables) {
    throttled = !admissions.emplace_back(AdmitWrite(services_, *table)).ok() || throttled;
  }
  if (!throttled) {
    return ApiStatus::Ok();
  }
  std::vector<CancellationReason> reasons;
  reasons.reserve(actions_.size());
  for (size_t index = 0; index < actions_.size(); ++index) {
    const ApiStatus& bind_failure = actions_[index].bind_failure();
    reasons.push_back({bind_failure.ok() ? &admissions[index] : &bind_failure, ItemView()});
  }
  return TransactionCanceled(reasons);
}

// A checkpoint token may come as the client's token, which then is not remembered: it can be used
// once anyway. In a header of its own it leaves that to its usual purpose; whoever sends the header
// counts on it, so what is no checkpoint token there is refused.
ApiStatus TransactWriteItems::UseTokens() {
  const json::Value client_token = Member("ClientRequestToken");
  std::unique_ptr<tables::CommitRider> rider;
  if (services_.riders != nullptr) {
    if (const std::string_view header = call_->Header("x-checkpoint-token"); !header.empty()) {
      rider = services_.riders->Board(header);
      if (rider == nullptr) {
        return CheckpointConflict(actions_.size());
      }
    } else if (client_token.present()) {
      rider = services_.riders->Board(client_token.AsString());
      if (rider != nullptr) {
        UseRider(std::move(rider));
        return ApiStatus::Ok();
      }
    }
  }
  if (client_token.present()) {
    UseClientToken(client_token.AsString());
  }
  if (rider != nullptr) {
    UseRider(std::move(rider));
  }
  return ApiStatus::Ok();
}

void TransactWriteItems::UseClientToken(std::string_view client_token) {
  if (!has_parameters_hash_) {
    std::string* const text = call_->TakeScratch();
    AppendCanonicalInput(kTransactItemsShape, Member("TransactItems"), text);
    parameters_hash_ = Sha256(*text);
    has_parameters_hash_ = true;
  }
  UseToken(
      {TokenScope::kTransactWriteItems, client_token, parameters_hash_, services_.clock->NowMs()});
}

Status TransactWriteItems::Apply(std::span<const ItemView> old_items,
                                 std::span<tables::ItemDecision> decisions) {
  bool all_hold = bound_.size() == actions_.size();
  uint64_t total = 0;
  for (size_t index = 0; index < bound_.size(); ++index) {
    all_hold = bound_[index]->Decide(old_items[index], &decisions[index]) && all_hold;
    total += bound_[index]->new_size();
  }
  too_large_ = all_hold && total > limits::kTransactionSizeMax;
  return all_hold && !too_large_ ? Status::Ok() : Status(StatusCode::kRefused, "");
}

// The sizes by which a repeated call is charged.
std::string_view TransactWriteItems::TokenPayload() {
  payload_.clear();
  for (const TransactAction& action : actions_) {
    AppendChargedSize(std::max(action.old_size(), action.new_size()), &payload_);
  }
  return payload_;
}

void TransactWriteItems::Done(const Status& status) {
  if (status.code() == StatusCode::kSchemaChanged) {
    Retry();
  } else if (status.code() == StatusCode::kRefused) {
    ChargeRefused();
    call_->Fail(Failure());
  } else if (!status.ok()) {
    call_->Fail(FromStorage(status));
  } else if (token_outcome() == tables::TokenOutcome::kReplayed) {
    ReplyToRepeatedCall();
  } else {
    Reply();
  }
}

void TransactWriteItems::Retry() {
  std::vector<tables::TablePointer> tables;
  if (const ApiStatus status = FindTables(&tables); !status.ok()) {
    call_->Fail(status);
    return;
  }
  Attempt(tables);
}

// Looking at the items is charged although nothing was written.
void TransactWriteItems::ChargeRefused() const {
  if (token_outcome() == tables::TokenOutcome::kMismatch || refused_by_rider()) {
    return;
  }
  for (const TransactAction* const action : bound_) {
    ChargeWrite(services_, *action->target().table, 2 * WriteUnits(action->old_size()), {});
  }
}

ApiStatus TransactWriteItems::Failure() const {
  if (token_outcome() == tables::TokenOutcome::kMismatch) {
    return TokenMismatch();
  }
  if (refused_by_rider()) {
    return CheckpointConflict(actions_.size());
  }
  if (too_large_) {
    return ValidationError(kTransactionTooLarge);
  }
  std::vector<CancellationReason> reasons;
  reasons.reserve(actions_.size());
  for (const TransactAction& action : actions_) {
    reasons.push_back(action.Reason());
  }
  return TransactionCanceled(reasons);
}

void TransactWriteItems::Reply() {
  TableCapacity capacity;
  for (const TransactAction& action : actions_) {
    const double units = 2 * WriteUnits(std::max(action.old_size(), action.new_size()));
    capacity.Add(action.table_name(), units);
    capacity.AddIndexes(action.table_name(), *action.target().table, action.charges());
    ChargeWrite(services_, *action.target().table, units, action.charges());
  }
  WriteReply(UnitKind::kWrite, &capacity);
}

void TransactWriteItems::ReplyToRepeatedCall() {
  TableCapacity capacity;
  ChargedSizes sizes(replayed_payload());
  for (const TransactAction& action : actions_) {
    const double units = 2 * ReadUnits(sizes.Next(), true);
    capacity.Add(action.table_name(), units);
    if (action.bound()) {  // if not, the table has been made anew since
      ChargeRead(services_, *action.target().table, {units, {}});
    }
  }
  if (sizes.damaged()) {
    call_->Fail(ChargedSizes::Damage());
    return;
  }
  WriteReply(UnitKind::kRead, &capacity);
}

void TransactWriteItems::WriteReply(UnitKind kind, TableCapacity* capacity) {
  json::Writer writer(&call_->body);
  writer.BeginObject();
  capacity->WriteTransaction(ParseCapacityMode(Member("ReturnConsumedCapacity")), kind, &writer);
  std::vector<WrittenCollection> collections;
  for (const TransactAction& action : actions_) {
    if (action.kind() != TransactAction::Kind::kConditionCheck) {
      collections.push_back({action.table_name(), &action.target()});
    }
  }
  WriteCollectionMetrics(services_, Member("ReturnItemCollectionMetrics"), collections, &writer);
  writer.EndObject();
  call_->Finish();
}

}  // namespace

const Shape kTransactWriteItemsShape = {ShapeKind::kStructure, "TransactWriteItemsInput", nullptr,
                                        kMembers};

void RunTransactWriteItems(const Services& services, Call* call) {
  auto write = std::make_unique<TransactWriteItems>(services, call);
  TransactWriteItems* const started = write.get();
  call->state = std::move(write);
  started->Start();
}

}  // namespace millrace::api
