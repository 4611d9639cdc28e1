// Reading inline or on a worker.
#include "api/operations/statement_reads.h"

#include <utility>

namespace millrace::api {

void StatementReads::Start(std::vector<ItemStatement> statements) {
  statements_ = std::move(statements);
  BoundStatements bound = BindStatements(services_, operation_, &statements_);
  ApiStatus status = CheckBound(bound.targets);
  if (status.ok() && LeaveOutThrottled(services_, &bound)) {
    status = CheckBound(bound.targets);
  }
  targets_ = std::move(bound.targets);
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

void StatementReads::Run() {
  if (!read_done_) {
    Read();
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  Answer();
}

void StatementReads::Read() {
  tables::ItemReads found;
  const Status read = services_.items->MultiGet(targets_, &found);
  outcome_ = read.ok() ? WriteReply(found.items) : FromStorage(read);
}

void StatementReads::Answer() {
  if (outcome_.ok()) {
    call_->Finish();
  } else {
    call_->Fail(outcome_);
  }
}

}  // namespace millrace::api
