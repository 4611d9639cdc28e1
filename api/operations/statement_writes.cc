// From statements to a mutation, and from its outcome to an answer.
#include "api/operations/statement_writes.h"

#include <algorithm>
#include <utility>

#include "api/operations/throttling.h"
#include "api/wire/capacity.h"
#include "storage/model/limits.h"

namespace millrace::api {

void StatementWrites::Start(std::vector<ItemStatement> statements) {
  statements_ = std::move(statements);
  for (const ItemStatement& statement : statements_) {
    weight_bytes_ += statement.weight_bytes();
  }
  Attempt();
}

void StatementWrites::Attempt() {
  BoundStatements bound = BindStatements(services_, operation_, &statements_);
  bound_ = bound.statements;
  Prepare(std::move(bound.targets), services_.items->hash_seed());
  if (const ApiStatus status = CheckBound(); !status.ok()) {
    call_->Fail(status);
    return;
  }
  if (LeaveOutThrottled(services_, &bound)) {
    if (unit_ != Unit::kEach) {
      call_->Fail(Refusal());
      return;
    }
    bound_ = std::move(bound.statements);
    Prepare(std::move(bound.targets), services_.items->hash_seed());
  }
  PrepareMore();
  if (const Status submitted = services_.items->Submit(this); !submitted.ok()) {
    call_->Fail(FromStorage(submitted));
  }
}

Status StatementWrites::Apply(std::span<const ItemView> old_items,
                              std::span<tables::ItemDecision> decisions) {
  bool all_hold = bound_.size() == statements_.size();
  uint64_t total = 0;
  for (size_t index = 0; index < bound_.size(); ++index) {
    all_hold = bound_[index]->Decide(old_items[index], &decisions[index]) && all_hold;
    total += bound_[index]->new_size();
  }
  if (unit_ == Unit::kEach) {
    return Status::Ok();
  }
  too_large_ = all_hold && total > limits::kTransactionSizeMax;
  return all_hold && !too_large_ ? Status::Ok() : Status(StatusCode::kRefused, "");
}

void StatementWrites::Charge(bool written) const {
  if (token_outcome() != tables::TokenOutcome::kNew) {
    return;
  }
  const double factor = unit_ == Unit::kTransaction ? 2 : 1;
  for (const ItemStatement* const each : bound_) {
    const uint32_t size = written ? std::max(each->old_size(), each->new_size()) : each->old_size();
    ChargeWrite(services_, *each->target().table, factor * WriteUnits(size),
                written ? std::span(each->charges()) : std::span<const tables::IndexCharge>());
  }
}

void StatementWrites::Done(const Status& status) {
  if (status.ok()) {
    Charge(true);
    Reply();
  } else if (status.code() == StatusCode::kSchemaChanged) {
    Attempt();
  } else if (status.code() == StatusCode::kRefused) {
    Charge(false);
    call_->Fail(Refusal());
  } else {
    call_->Fail(FromStorage(status));
  }
}

}  // namespace millrace::api
