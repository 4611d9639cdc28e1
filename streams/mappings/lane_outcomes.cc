// What comes of an invocation: success, failure, halving, giving up; and the commit that notes it.
#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/batch_response.h"
#include "streams/mappings/checkpoint_commit.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {
namespace {

constexpr size_t kWindowStateMax = 1 << 20;
constexpr size_t kFailureKeptMax = 8 * 1024;
constexpr int64_t kCommitRetryMs = 100;
constexpr int64_t kCommitRetryMaxMs = 10'000;

}  // namespace

void Lane::OnResult(const InvokeResult& result) {
  if (result.outcome == InvokeOutcome::kSucceeded ||
      result.outcome == InvokeOutcome::kFunctionError) {
    progress_->invoked_events.Add(static_cast<int64_t>(SliceOf(first()).size()));
  }
  if (MovedByToken()) {
    return;
  }
  switch (result.outcome) {
    case InvokeOutcome::kSucceeded:
      throttle_count_ = 0;
      OnResponse(result);
      return;
    case InvokeOutcome::kFunctionError:
      throttle_count_ = 0;
      OnFunctionError(result);
      return;
    default:
      OnNotInvoked(result);
      return;
  }
}

// The batch is finished, whatever the function says, if its token was used. A transaction that is
// still under way is decided by the version of the row: it comes before the lane's commit, which is
// refused then, or after it, and is refused itself.
bool Lane::MovedByToken() {
  if (token_.empty()) {
    return false;
  }
  services_.tokens->Retire(std::exchange(token_, ""));
  engine::PinnedValue value;
  const std::string key = CheckpointKey(name_);
  if (!services_.engine->Get(engine::Space::kCheckpoints, key, &value).ok() || !value.found()) {
    return false;
  }
  const Result<LaneCheckpoint> stored = DecodeCheckpoint(value.bytes());
  if (!stored.ok() || stored.value().version == checkpoint_.version) {
    return false;
  }
  throttle_count_ = 0;
  NoteSuccess();
  Reload();
  Advance();
  return true;
}

void Lane::OnResponse(const InvokeResult& result) {
  const PendingBatch batch = first();
  const Slice slice = SliceOf(batch);
  const bool closes_window = batch.closing != WindowClosing::kNone;
  const bool has_window = mapping_->settings.tumbling_window_s > 0;
  std::vector<uint64_t> sequences;
  if (mapping_->settings.report_item_failures) {
    for (size_t index = slice.begin; index < slice.end; ++index) {
      sequences.push_back(batch_[index].sequence);
    }
  }
  BatchResponse response = ReadBatchResponse(
      result.payload, sequences, mapping_->settings.report_item_failures && !closes_window,
      has_window && !closes_window);
  if (response.verdict == BatchVerdict::kFailure) {
    InvokeResult failure = result;
    failure.payload = R"({"errorType":"InvalidResponse","errorMessage":)"
                      R"("The response to the batch cannot be read"})";
    OnFunctionError(failure);
    return;
  }
  const bool is_partial = response.verdict == BatchVerdict::kPartial;
  if (is_partial && response.failed_from == batch_[slice.begin].sequence) {
    progress_->failed_invoke_events.Add(static_cast<int64_t>(slice.size()));
    progress_->last_result = ProcessingResult::kCallFailed;
    RetryFirst(result);  // nothing was finished; neither was the state
    return;
  }
  if (closes_window) {
    EndWindow();
  } else if (has_window) {
    checkpoint_.window_start_ms = WindowOf(batch_[slice.begin].time_ms);
    checkpoint_.window_state = std::move(*response.state);
  }
  NoteSuccess();
  if (is_partial) {
    OnPartial(result, response.failed_from);
  } else {
    PassFirst(scanned_to_, &checkpoint_);
  }
  if (checkpoint_.window_state.size() > kWindowStateMax) {
    const uint64_t from = checkpoint_.position + 1;
    checkpoint_.pending.insert(checkpoint_.pending.begin(),
                               {from, from - 1, 0, WindowClosing::kStateTooLarge});
  }
  Commit({});
}

// What came before the first record that failed is finished; the rest begins anew.
void Lane::OnPartial(const InvokeResult& result, uint64_t failed_from) {
  last_failure_ = result;
  first().from = failed_from;
  first().attempts = 0;
  MovePosition(scanned_to_, &checkpoint_);
  progress_->failed_invoke_events.Add(static_cast<int64_t>(SliceOf(first()).size()));
  checkpoint_.next_try_ms = services_.clock->NowMs() +
                            Backoff(services_.retry.error_base_ms, services_.retry.error_max_ms, 0);
}

void Lane::OnFunctionError(const InvokeResult& result) {
  const Slice slice = SliceOf(first());
  progress_->failed_invoke_events.Add(static_cast<int64_t>(slice.size()));
  progress_->last_result = ProcessingResult::kCallFailed;
  if (mapping_->settings.bisect_on_error && slice.size() > 1) {
    SplitFirst();
    Commit({});
    return;
  }
  RetryFirst(result);
}

void Lane::OnNotInvoked(const InvokeResult& result) {
  progress_->last_result =
      result.outcome == InvokeOutcome::kThrottled          ? ProcessingResult::kThrottled
      : result.outcome == InvokeOutcome::kFunctionNotFound ? ProcessingResult::kFunctionNotFound
                                                           : ProcessingResult::kInternalError;
  NoteFailure();
  ++throttle_count_;
  checkpoint_.next_try_ms =
      services_.clock->NowMs() +
      Backoff(services_.retry.throttle_base_ms, services_.retry.throttle_max_ms, throttle_count_);
  state_ = State::kReady;
  Advance();
}

void Lane::EndWindow() {
  checkpoint_.window_start_ms = -1;
  checkpoint_.window_state.clear();
}

void Lane::SplitFirst() {
  const Slice slice = SliceOf(first());
  const size_t middle = slice.begin + (slice.size() + 1) / 2;
  PendingBatch right = first();
  first().to = batch_[middle - 1].sequence;
  right.from = batch_[middle].sequence;
  first().attempts = right.attempts = 0;
  checkpoint_.pending.insert(checkpoint_.pending.begin() + 1, right);
  checkpoint_.next_try_ms = 0;
}

// Counts an attempt with the first batch, and gives it up if that was the last one.
void Lane::RetryFirst(const InvokeResult& result) {
  last_failure_ = result;
  ++first().attempts;
  const int64_t attempts_max = mapping_->settings.retry_attempts_max;
  if (attempts_max < 0 || first().attempts <= attempts_max) {
    NoteFailure();
    checkpoint_.next_try_ms =
        services_.clock->NowMs() +
        Backoff(services_.retry.error_base_ms, services_.retry.error_max_ms, first().attempts);
    Commit({});
    return;
  }
  std::vector<Discard> discards;
  if (first().closing != WindowClosing::kNone) {
    EndWindow();
  } else {
    discards.push_back(DiscardOf(first(), kRetryAttemptsExhausted));
    progress_->dropped_events.Add(discards.back().record_count);
  }
  blocked_since_ms_ = 0;
  PassFirst(scanned_to_, &checkpoint_);
  Commit(std::move(discards));
}

void Lane::NoteFailure() {
  const int64_t now_ms = services_.clock->NowMs();
  if (blocked_since_ms_ == 0) {
    blocked_since_ms_ = warned_ms_ = now_ms;
  }
  if (now_ms - warned_ms_ < services_.retry.warn_blocked_after_ms) {
    return;
  }
  warned_ms_ = now_ms;
  Log(LogLevel::kWarning,
      "a lane of an event source mapping makes no progress mapping=" + name_.uuid +
          " function=" + mapping_->settings.function_name + " lane=" + std::to_string(name_.lane) +
          " position=" + std::to_string(checkpoint_.position) +
          " attempts=" + std::to_string(attempts()) +
          " seconds=" + std::to_string((now_ms - blocked_since_ms_) / 1000) + " result=\"" +
          std::string(ProcessingResultText(progress_->last_result.load())) + "\"");
}

void Lane::NoteSuccess() {
  progress_->last_result = ProcessingResult::kOk;
  blocked_since_ms_ = 0;
}

Discard Lane::DiscardOf(const PendingBatch& batch, const char* condition) const {
  const Slice slice = SliceOf(batch);
  Discard discard;
  discard.uuid = name_.uuid;
  discard.hash_range = name_.hash_range;
  discard.lane = name_.lane;
  discard.lane_count = checkpoint_.lane_count;
  discard.function_arn =
      "arn:aws:lambda:" + services_.region + ":" + services_.account +
      ":function:" + mapping_->settings.function_name +
      (mapping_->settings.qualifier.empty() ? "" : ":" + mapping_->settings.qualifier);
  discard.stream_arn = mapping_->event_source_arn;
  discard.shard_id = shard_id_;
  discard.condition = condition;
  discard.from = batch_[slice.begin].sequence;
  discard.to = batch_[slice.end - 1].sequence;
  discard.record_count = static_cast<int64_t>(slice.size());
  discard.first_arrival_ms = batch_[slice.begin].time_ms;
  discard.last_arrival_ms = batch_[slice.end - 1].time_ms;
  discard.attempts = batch.attempts;
  if (batch.attempts > 0) {
    discard.request_id = last_failure_.request_id;
    discard.executed_version = last_failure_.executed_version;
    discard.failure = last_failure_.payload.substr(0, kFailureKeptMax);
  }
  return discard;
}

// Half of `base_ms`, then doubling with each attempt, and shortened at random by up to a half.
int64_t Lane::Backoff(int64_t base_ms, int64_t max_ms, int64_t attempt) {
  const int64_t doublings = std::clamp<int64_t>(attempt - 1, 0, 30);
  const int64_t full_ms = std::min(max_ms, (attempt == 0 ? base_ms / 2 : base_ms) << doublings);
  return full_ms / 2 + (full_ms == 0
                            ? 0
                            : static_cast<int64_t>(services_.random->Next64() %
                                                   static_cast<uint64_t>(full_ms / 2 + 1)));
}

// Notes what is finished and what is left to be tried.
void Lane::Commit(std::vector<Discard> discards) {
  state_ = State::kCommitting;
  MovePosition(scanned_to_, &checkpoint_);
  if (checkpoint_.pending.empty()) {
    ForgetRecords();
  }
  CheckpointChange change;
  change.lane = name_;
  change.checkpoint = checkpoint_;
  change.discards = discards;
  change.destination_arn = mapping_->settings.on_failure_arn;
  std::string told = change.discards.empty() ? "" : change.destination_arn;
  CheckpointCommit::Submit(services_.engine, std::move(change), services_.thread,
                           [self = self_, discards = std::move(discards), told = std::move(told),
                            written = services_.outgoing_written](const Status& status) {
                             if (status.ok() && !told.empty() && written != nullptr) {
                               written(told);
                             }
                             if (*self != nullptr) {
                               (*self)->OnCommitted(status, discards);
                             }
                           });
}

void Lane::OnCommitted(const Status& status, std::vector<Discard> discards) {
  if (status.ok()) {
    checkpoint_.version += 1;
    passed_over_ = 0;
    commit_failures_ = 0;
    committed_ms_ = services_.clock->NowMs();
    state_ = State::kReady;
  } else if (status.code() == StatusCode::kRefused) {
    Reload();
  } else {
    // Writes have stopped, or too many are waiting. The function has done its part, so only the
    // commit is tried again.
    Log(LogLevel::kWarning, "the position of a lane could not be stored mapping=" + name_.uuid +
                                " status=\"" + status.ToString() + "\"");
    progress_->last_result = ProcessingResult::kInternalError;
    uncommitted_ = std::move(discards);
    WaitUntil(services_.clock->NowMs() +
              Backoff(kCommitRetryMs, kCommitRetryMaxMs, ++commit_failures_));
  }
  Advance();
}

}  // namespace millrace::streams
