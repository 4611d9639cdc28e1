// What comes of batches of queue messages: which are done, and are deleted, and which come back.
#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/queue_poller.h"

namespace millrace::streams {

void QueuePoller::OnResult(Batch batch, const InvokeResult& result) {
  const auto count = static_cast<int64_t>(batch.messages.size());
  std::vector<bool> failed(batch.messages.size(), true);
  if (result.outcome == InvokeOutcome::kSucceeded ||
      result.outcome == InvokeOutcome::kFunctionError) {
    refusals_ = 0;
    progress_->invoked_events.Add(count);
    failed = FailuresOf(batch, result);
    const auto failed_count = static_cast<int64_t>(std::count(failed.begin(), failed.end(), true));
    progress_->failed_invoke_events.Add(failed_count);
    progress_->last_result =
        failed_count == count ? ProcessingResult::kCallFailed : ProcessingResult::kOk;
  } else {
    OnNotInvoked(result);
  }
  Settle(std::move(batch), failed);
}

// The function is missing, being created, or has no capacity: others of its messages would fare no
// better for now.
void QueuePoller::OnNotInvoked(const InvokeResult& result) {
  constexpr int64_t kDoublingsMax = 20;
  const RetryOptions& retry = services_.retry;
  const int64_t pause_ms = retry.throttle_base_ms << std::min(refusals_++, kDoublingsMax);
  pause_until_ms_ = services_.clock->NowMs() + std::min(pause_ms, retry.throttle_max_ms);
  CancelReceive();
  progress_->last_result =
      result.outcome == InvokeOutcome::kFunctionNotFound ? ProcessingResult::kFunctionNotFound
      : result.outcome == InvokeOutcome::kThrottled      ? ProcessingResult::kThrottled
                                                         : ProcessingResult::kInternalError;
}

std::vector<bool> QueuePoller::FailuresOf(const Batch& batch, const InvokeResult& result) const {
  if (result.outcome == InvokeOutcome::kFunctionError) {
    return std::vector<bool>(batch.messages.size(), true);
  }
  if (!mapping_->settings.report_item_failures) {
    return std::vector<bool>(batch.messages.size(), false);
  }
  std::vector<std::string_view> ids;
  std::vector<std::string_view> groups;
  for (const Taken& taken : batch.messages) {
    ids.push_back(taken.message.message_id);
    groups.push_back(taken.message.group_id);
  }
  std::vector<bool> failed = ReadQueueFailures(result.payload, ids);
  if (batch.queue->descriptor.fifo) {
    SpreadFailures(groups, &failed);
  }
  return failed;
}

void QueuePoller::Settle(Batch batch, const std::vector<bool>& failed) {
  std::vector<ReceiptHandle> done;
  for (size_t index = 0; index < failed.size(); ++index) {
    if (!failed[index]) {
      done.push_back(batch.messages[index].handle);
    }
  }
  if (window_ms() > 0) {
    ShortenVisibility(batch, failed);
  }
  if (done.empty()) {
    Finished();
  } else {
    Delete(batch.queue, std::move(done), true);
  }
}

// They were hidden for the time of gathering as well, which is over.
void QueuePoller::ShortenVisibility(const Batch& batch, const std::vector<bool>& failed) {
  const int64_t passed_s = (services_.clock->NowMs() - batch.started_ms) / 1000;
  const int64_t rest_s =
      std::max<int64_t>(batch.queue->descriptor.settings.visibility_timeout_s - passed_s, 0);
  std::vector<VisibilityChange> changes;
  for (size_t index = 0; index < failed.size(); ++index) {
    if (failed[index]) {
      changes.push_back({batch.messages[index].handle, rest_s});
    }
  }
  if (!changes.empty()) {
    services_.queues->ChangeVisibility(batch.queue, std::move(changes), nullptr,
                                       [](const auto&) {});
  }
}

void QueuePoller::Delete(const QueuePointer& queue, std::vector<ReceiptHandle> handles,
                         bool counts) {
  const auto count = static_cast<int64_t>(handles.size());
  services_.queues->DeleteMessages(
      queue, std::move(handles), services_.thread,
      [self = self_, count, counts](const Result<std::vector<HandleOutcome>>& deleted) {
        if (*self == nullptr) {
          return;
        }
        if (!deleted.ok()) {
          Log(LogLevel::kError, "messages that are done could not be deleted status=\"" +
                                    deleted.status().ToString() + "\"");
        } else if (counts) {
          (*self)->progress_->deleted_events.Add(count);
        }
        (*self)->Finished();
      });
}

void QueuePoller::Finished() {
  --running_;
  Advance();
}

}  // namespace millrace::streams
