// What becomes of a batch: expiry, invocation, success, failure, halving, giving up; and the commit
// that notes it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/batch_response.h"
#include "streams/mappings/checkpoint_commit.h"
#include "streams/mappings/lane.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr size_t kWindowStateMax = 1 << 20;
constexpr size_t kFailureKeptMax = 8 * 1024;

std::string WindowTime(int64_t time_ms) {
  const time_t seconds = static_cast<time_t>(time_ms / 1000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

void Lane::TryFirst() {
  if (DiscardExpired()) {
    return;
  }
  if (services_.clock->NowMs() < checkpoint_.next_try_ms) {
    WaitUntil(checkpoint_.next_try_ms);
    return;
  }
  Invoke();
}

// Gives up records that are too old, from the front of the first batch. True if there were any.
bool Lane::DiscardExpired() {
  const int64_t age_max_s = mapping_->settings.record_age_max_s;
  Work& work = work_.front();
  if (age_max_s < 0 || work.closes_window) {
    return false;
  }
  const int64_t oldest_ms = services_.clock->NowMs() - age_max_s * 1000;
  size_t end = work.begin;
  while (end < work.end && records_[end].time_ms < oldest_ms) {
    ++end;
  }
  if (end == work.begin) {
    return false;
  }
  Work expired = work;
  expired.end = end;
  std::vector<Discard> discards = {DiscardOf(expired, kRecordAgeExceeded)};
  progress_->dropped_events += static_cast<int64_t>(end - work.begin);
  if (end == work.end) {
    FinishFirst();
  } else {
    work.begin = end;
  }
  Commit(std::move(discards));
  return true;
}

std::string Lane::EventOf(const Work& work) const {
  const size_t begin = work.begin == 0 ? 0 : records_[work.begin - 1].end + 1;
  std::string event = R"({"Records":[)";
  if (work.end > work.begin) {
    event.append(json_, begin, records_[work.end - 1].end - begin);
  }
  event += "]";
  if (mapping_->settings.tumbling_window_s > 0) {
    const int64_t start_ms = checkpoint_.window_start_ms >= 0
                                 ? checkpoint_.window_start_ms
                                 : WindowOf(records_[work.begin].time_ms);
    const int64_t end_ms = start_ms + mapping_->settings.tumbling_window_s * 1000;
    event +=
        R"(,"window":{"start":")" + WindowTime(start_ms) + R"(","end":")" + WindowTime(end_ms) +
        R"("},"state":)" + (checkpoint_.window_state.empty() ? "{}" : checkpoint_.window_state) +
        R"(,"shardId":")" + shard_id_ + R"(","eventSourceARN":")" + mapping_->event_source_arn +
        R"(","isFinalInvokeForWindow":)" + (work.closes_window ? "true" : "false") +
        R"(,"isWindowTerminatedEarly":)" + (work.closes_early ? "true" : "false");
  }
  return event + "}";
}

void Lane::Invoke() {
  state_ = State::kInvoking;
  const Work& work = work_.front();
  progress_->invoked_events += static_cast<int64_t>(work.end - work.begin);
  InvokeRequest request;
  request.function_name = mapping_->settings.function_name;
  request.qualifier = mapping_->settings.qualifier;
  request.payload = std::make_shared<const std::string>(EventOf(work));
  services_.invoker->Invoke(std::move(request),
                            [self = self_, thread = services_.thread](InvokeResult result) {
                              PostCall(thread, [self, result = std::move(result)] {
                                if (*self != nullptr) {
                                  (*self)->OnResult(result);
                                }
                              });
                            });
}

void Lane::OnResult(const InvokeResult& result) {
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

void Lane::OnResponse(const InvokeResult& result) {
  const Work& work = work_.front();
  std::vector<uint64_t> sequences;
  for (size_t index = work.begin; index < work.end; ++index) {
    sequences.push_back(records_[index].sequence);
  }
  const bool has_window = mapping_->settings.tumbling_window_s > 0;
  BatchResponse response =
      ReadBatchResponse(result.payload, sequences, mapping_->settings.report_item_failures,
                        has_window && !work.closes_window);
  if (response.verdict == BatchVerdict::kFailure) {
    InvokeResult failure = result;
    failure.payload = R"({"errorType":"InvalidResponse","errorMessage":)"
                      R"("The response to the batch cannot be read"})";
    OnFunctionError(failure);
    return;
  }
  progress_->last_result = "OK";
  if (work.closes_window) {
    checkpoint_.window_start_ms = -1;
    checkpoint_.window_state.clear();
  } else if (has_window) {
    checkpoint_.window_start_ms = WindowOf(records_[work.begin].time_ms);
    checkpoint_.window_state = std::move(*response.state);
  }
  if (response.verdict == BatchVerdict::kSuccess) {
    const uint64_t to = work.to;
    FinishFirst();
    if (checkpoint_.window_state.size() > kWindowStateMax) {
      Work closing;
      closing.begin = closing.end = work_.empty() ? records_.size() : work_.front().begin;
      closing.to = to;
      closing.closes_window = true;
      closing.closes_early = true;
      work_.push_front(closing);
    }
    Commit({});
    return;
  }
  // What came before the first record that failed is finished; the rest begins anew, unless nothing
  // was finished.
  Work& rest = work_.front();
  const size_t begin_before = rest.begin;
  while (records_[rest.begin].sequence < response.failed_from) {
    ++rest.begin;
  }
  if (rest.begin == begin_before) {
    RetryFirst(result);
    return;
  }
  // Progress begins the count anew.
  rest.attempts = 0;
  checkpoint_.position = std::max(checkpoint_.position, records_[rest.begin - 1].sequence);
  checkpoint_.next_try_ms = services_.clock->NowMs() +
                            Backoff(services_.retry.error_base_ms, services_.retry.error_max_ms, 1);
  Commit({});
}

void Lane::OnFunctionError(const InvokeResult& result) {
  const Work& work = work_.front();
  progress_->failed_invoke_events += static_cast<int64_t>(work.end - work.begin);
  progress_->last_result = "PROBLEM: Function call failed";
  if (mapping_->settings.bisect_on_error && work.end - work.begin > 1) {
    SplitFirst();
    Commit({});
    return;
  }
  RetryFirst(result);
}

void Lane::OnNotInvoked(const InvokeResult& result) {
  progress_->last_result = result.outcome == InvokeOutcome::kThrottled ? "PROBLEM: Throttled"
                           : result.outcome == InvokeOutcome::kFunctionNotFound
                               ? "PROBLEM: Function not found"
                               : "PROBLEM: internal error";
  ++throttle_count_;
  checkpoint_.next_try_ms =
      services_.clock->NowMs() +
      Backoff(services_.retry.throttle_base_ms, services_.retry.throttle_max_ms, throttle_count_);
  state_ = State::kReady;
  Advance();
}

// The first batch is done with, one way or another.
void Lane::FinishFirst() {
  checkpoint_.position = std::max(checkpoint_.position, work_.front().to);
  checkpoint_.next_try_ms = 0;
  work_.pop_front();
}

void Lane::SplitFirst() {
  Work left = work_.front();
  Work right = left;
  const size_t count = left.end - left.begin;
  left.end = right.begin = left.begin + (count + 1) / 2;
  left.to = records_[left.end - 1].sequence;
  left.attempts = right.attempts = 0;
  work_.pop_front();
  work_.push_front(right);
  work_.push_front(left);
  checkpoint_.next_try_ms = 0;
}

// Counts an attempt with the first batch, and gives it up if that was the last one.
void Lane::RetryFirst(const InvokeResult& result) {
  last_failure_ = result;
  Work& work = work_.front();
  ++work.attempts;
  const int64_t attempts_max = mapping_->settings.retry_attempts_max;
  if (attempts_max >= 0 && work.attempts > attempts_max) {
    std::vector<Discard> discards;
    if (work.closes_window) {
      checkpoint_.window_start_ms = -1;
      checkpoint_.window_state.clear();
    } else {
      discards.push_back(DiscardOf(work, kRetryAttemptsExhausted));
      progress_->dropped_events += static_cast<int64_t>(work.end - work.begin);
    }
    FinishFirst();
    Commit(std::move(discards));
    return;
  }
  checkpoint_.next_try_ms =
      services_.clock->NowMs() +
      Backoff(services_.retry.error_base_ms, services_.retry.error_max_ms, work.attempts);
  Commit({});
}

Discard Lane::DiscardOf(const Work& work, const char* condition) const {
  Discard discard;
  discard.uuid = name_.uuid;
  discard.hash_range = name_.hash_range;
  discard.function_arn =
      "arn:aws:lambda:" + services_.region + ":" + services_.account +
      ":function:" + mapping_->settings.function_name +
      (mapping_->settings.qualifier.empty() ? "" : ":" + mapping_->settings.qualifier);
  discard.stream_arn = mapping_->event_source_arn;
  discard.shard_id = shard_id_;
  discard.condition = condition;
  discard.from = records_[work.begin].sequence;
  discard.to = records_[work.end - 1].sequence;
  discard.record_count = static_cast<int64_t>(work.end - work.begin);
  discard.first_arrival_ms = records_[work.begin].time_ms;
  discard.last_arrival_ms = records_[work.end - 1].time_ms;
  discard.attempts = work.attempts;
  if (work.attempts > 0) {
    discard.request_id = last_failure_.request_id;
    discard.executed_version = last_failure_.executed_version;
    discard.failure = last_failure_.payload.substr(0, kFailureKeptMax);
  }
  return discard;
}

// Doubles from `base_ms` with each attempt, and is shortened at random by up to a half.
int64_t Lane::Backoff(int64_t base_ms, int64_t max_ms, int64_t attempt) {
  const int64_t doublings = std::min<int64_t>(attempt - 1, 30);
  const int64_t full_ms = std::min(max_ms, base_ms << doublings);
  return full_ms / 2 + (full_ms == 0
                            ? 0
                            : static_cast<int64_t>(services_.random->Next64() %
                                                   static_cast<uint64_t>(full_ms / 2 + 1)));
}

// Notes what is finished and what is left to be tried.
void Lane::Commit(std::vector<Discard> discards) {
  state_ = State::kCommitting;
  if (work_.empty()) {
    checkpoint_.position = std::max(checkpoint_.position, scanned_to_);
    ForgetRecords();
  }
  checkpoint_.pending.clear();
  for (const Work& work : work_) {
    if (!work.closes_window) {
      checkpoint_.pending.push_back({records_[work.begin].sequence, work.to, work.attempts});
    }
  }
  std::erase_if(checkpoint_.skip_marks, [this](const SkipMark& mark) {
    return *std::max_element(mark.positions.begin(), mark.positions.end()) <= checkpoint_.position;
  });
  CheckpointChange change;
  change.lane = name_;
  change.checkpoint = checkpoint_;
  change.discards = std::move(discards);
  change.destination_arn = mapping_->settings.on_failure_arn;
  std::string told = change.discards.empty() ? "" : change.destination_arn;
  CheckpointCommit::Submit(services_.engine, std::move(change), services_.thread,
                           [self = self_, told = std::move(told),
                            written = services_.outgoing_written](const Status& status) {
                             if (status.ok() && !told.empty() && written != nullptr) {
                               written(told);
                             }
                             if (*self != nullptr) {
                               (*self)->OnCommitted(status);
                             }
                           });
}

void Lane::OnCommitted(const Status& status) {
  if (status.ok()) {
    checkpoint_.version += 1;
    checkpoint_.pending.clear();  // they are in work_
    passed_over_ = 0;
    committed_ms_ = services_.clock->NowMs();
    state_ = State::kReady;
  } else if (status.code() == StatusCode::kRefused) {
    Reload();
  } else {
    // Writes have stopped, or too many are waiting: what was not noted is delivered again.
    Log(LogLevel::kWarning, "the position of a lane could not be stored mapping=" + name_.uuid +
                                " status=\"" + status.ToString() + "\"");
    progress_->last_result = "PROBLEM: internal error";
    Reload();
    WaitUntil(services_.clock->NowMs() + 1000);
  }
  Advance();
}

}  // namespace millrace::streams
