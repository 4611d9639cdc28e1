// Receiving and gathering batches of queue messages, and handing them over. What comes of them is
// in queue_outcomes.cc.
#include "streams/mappings/queue_poller.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/invoke/trace_header.h"
#include "streams/mappings/record_batch.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr int64_t kPollMs = 10'000;
constexpr int64_t kRetryMs = 1000;
// Of one receive: as many as clients get, or what is likely to fit into the event.
constexpr size_t kReceiveCountMin = 10;
constexpr size_t kReceiveCountMax = 500;

}  // namespace

QueuePoller::QueuePoller(const LaneServices& services, MappingProgress* progress)
    : services_(services), progress_(progress), self_(std::make_shared<QueuePoller*>(this)) {}

QueuePoller::~QueuePoller() { *self_ = nullptr; }

void QueuePoller::Apply(std::shared_ptr<const Mapping> mapping, int64_t change) {
  next_mapping_ = std::move(mapping);
  change_ = change;
  CancelReceive();
  Advance();
}

void QueuePoller::Stop() {
  ended_ = true;
  CancelReceive();
  Advance();
}

void QueuePoller::Abandon() {
  ended_ = true;
  *self_ = nullptr;
  CancelReceive();
}

int64_t QueuePoller::concurrency() const {
  const int64_t wanted = mapping_->settings.concurrency_max;
  return wanted > 0 ? wanted : kConcurrencyDefault;
}

void QueuePoller::Adopt() {
  mapping_ = std::exchange(next_mapping_, nullptr);
  pause_until_ms_ = refusals_ = 0;
  Result<QueueFilter> filter = QueueFilter::Compile(mapping_->settings);
  if (filter.ok()) {
    filter_ = std::move(filter).value();
  } else {
    // Stored patterns were compiled before: nothing is let through by accident.
    Log(LogLevel::kError, "a stored filter is damaged mapping=" + mapping_->uuid);
    progress_->last_result = ProcessingResult::kInternalError;
    pause_until_ms_ = INT64_MAX;
  }
  progress_->changes_applied.Set(change_);
}

void QueuePoller::Advance() {
  if (changing() && !receiving_ && running_ == 0) {
    Adopt();
  }
  if (!may_run()) {
    // Also when the mapping changes and batches are still under way: they would grow stale.
    if (!receiving_) {
      GiveBack(std::exchange(gathered_, {}));
      gathered_size_ = 0;
    }
    return;
  }
  const int64_t now_ms = services_.clock->NowMs();
  ForgetStale(now_ms);
  while (running_ < concurrency() && now_ms >= pause_until_ms_ && BatchIsComplete(now_ms)) {
    StartBatch(now_ms);
  }
  if (!receiving_ && running_ < concurrency() && now_ms >= pause_until_ms_) {
    Receive(now_ms);
  }
}

void QueuePoller::ForgetStale(int64_t now_ms) {
  std::erase_if(gathered_, [&](const Taken& taken) {
    const bool stale = taken.message.visible_ms <= now_ms;
    gathered_size_ -= stale ? taken.record.size() : 0;
    return stale;
  });
}

bool QueuePoller::BatchIsComplete(int64_t now_ms) const {
  if (gathered_.empty() || receiving_) {
    return false;
  }
  const bool time_is_over =
      window_ms() > 0 ? now_ms >= first_taken_ms_ + window_ms() : nothing_more_;
  return time_is_over || gathered_.size() >= batch_size() ||
         QueueEventSize(gathered_.size(), gathered_size_) >= kEventSizeMax;
}

size_t QueuePoller::CountToReceive() const {
  const size_t wanted = batch_size() - gathered_.size();
  if (gathered_.empty()) {
    return std::min(wanted, kReceiveCountMin);
  }
  const size_t average = gathered_size_ / gathered_.size() + 1;
  const size_t fitting = (kEventSizeMax - std::min(kEventSizeMax, gathered_size_)) / average;
  return std::min({wanted, kReceiveCountMax, std::max(kReceiveCountMin, fitting)});
}

void QueuePoller::Receive(int64_t now_ms) {
  QueuePointer queue = services_.queues->FindByArn(mapping_->event_source_arn);
  if (queue == nullptr) {
    progress_->last_result = ProcessingResult::kStreamNotFound;
    pause_until_ms_ = now_ms + kRetryMs;
    return;
  }
  ReceiveRequest request;
  request.queue = queue;
  request.count = static_cast<int>(CountToReceive());
  // Hidden while the batch is gathered, too; never at once visible again, which would be a loop.
  request.visibility_timeout_s =
      std::max<int64_t>(queue->descriptor.settings.visibility_timeout_s, 1) +
      mapping_->settings.batching_window_s;
  request.wait_ms = gathered_.empty() ? kPollMs
                    : window_ms() > 0 ? std::min(kPollMs, first_taken_ms_ + window_ms() - now_ms)
                                      : 0;
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  request.cancelled = cancelled_;
  receiving_ = true;
  const Poll poll = {queue, static_cast<size_t>(request.count),
                     services_.clock->MonotonicUs() + request.wait_ms * 1000, cancelled_};
  services_.queues->Receive(std::move(request), services_.thread,
                            [self = self_, poll](Result<std::vector<QueueMessage>> result) {
                              if (*self != nullptr) {
                                (*self)->OnReceived(poll, std::move(result));
                              }
                            });
}

void QueuePoller::CancelReceive() {
  if (receiving_ && !cancelled_->exchange(true)) {
    services_.queues->Wake();
  }
}

void QueuePoller::OnReceived(const Poll& poll, Result<std::vector<QueueMessage>> result) {
  receiving_ = false;
  const int64_t now_ms = services_.clock->NowMs();
  if (result.ok()) {
    const size_t count = result.value().size();
    nothing_more_ = count < poll.wanted;
    if (count == 0 && services_.clock->MonotonicUs() < poll.ends_us && !poll.cancelled->load()) {
      pause_until_ms_ = now_ms + kRetryMs;  // nobody waits any more: the server is ending
    }
    Gather(poll.queue, std::move(result).value());
  } else if (result.status().code() != StatusCode::kSchemaChanged) {
    // Too many messages in flight, most likely. A purged queue is simply looked up again.
    Log(LogLevel::kWarning, "a mapping cannot receive messages mapping=" + mapping_->uuid +
                                " status=\"" + result.status().ToString() + "\"");
    pause_until_ms_ = now_ms + kRetryMs;
  }
  Advance();
}

void QueuePoller::Gather(const QueuePointer& queue, std::vector<QueueMessage> messages) {
  const QueueRecordWriter writer(queue, services_.region);
  std::vector<ReceiptHandle> filtered_out;
  std::vector<ReceiptHandle> recursive;
  if (gathered_.empty()) {
    first_taken_ms_ = services_.clock->NowMs();
  }
  queue_ = queue;
  progress_->polled_events.Add(static_cast<int64_t>(messages.size()));
  for (QueueMessage& message : messages) {
    const ReceiptHandle handle = {queue->descriptor.queue_id, message.number, message.receipt};
    if (IsRecursive(message)) {
      recursive.push_back(handle);
      continue;
    }
    std::string record;
    writer.Append(message, &record);
    if (!filter_.Matches(writer, message, record)) {
      filtered_out.push_back(handle);
      continue;
    }
    gathered_size_ += record.size();
    gathered_.push_back({std::move(message), handle, std::move(record)});
  }
  if (!recursive.empty()) {
    Log(LogLevel::kWarning, "messages that went through too many functions were dropped mapping=" +
                                mapping_->uuid + " function=" + mapping_->settings.function_name +
                                " count=" + std::to_string(recursive.size()));
  }
  Drop(queue, std::move(recursive), &progress_->dropped_events);
  Drop(queue, std::move(filtered_out), &progress_->filtered_out_events);
}

void QueuePoller::Drop(const QueuePointer& queue, std::vector<ReceiptHandle> handles,
                       Counter* counter) {
  if (!handles.empty()) {
    counter->Add(static_cast<int64_t>(handles.size()));
    ++running_;
    Delete(queue, std::move(handles), false);
  }
}

// Whether the message comes from a chain of functions that has become too long.
bool QueuePoller::IsRecursive(const QueueMessage& message) const {
  return TraceHops(message.trace_header) >= kTraceHopsMax &&
         (services_.recursion_allowed == nullptr ||
          !services_.recursion_allowed(mapping_->settings.function_name));
}

// How many of the gathered messages fit into one event.
size_t QueuePoller::CountOfBatch() const {
  size_t count = 0;
  size_t size = 0;
  for (; count < gathered_.size() && count < batch_size(); ++count) {
    size += gathered_[count].record.size();
    if (count > 0 && QueueEventSize(count + 1, size) > kEventSizeMax) {
      break;
    }
  }
  return count;
}

void QueuePoller::StartBatch(int64_t now_ms) {
  Batch batch;
  batch.queue = queue_;
  batch.started_ms = now_ms;
  const auto end = gathered_.begin() + static_cast<std::ptrdiff_t>(CountOfBatch());
  batch.messages.assign(std::make_move_iterator(gathered_.begin()), std::make_move_iterator(end));
  gathered_.erase(gathered_.begin(), end);
  first_taken_ms_ = now_ms;
  if (queue_->descriptor.fifo) {
    // They may be of a group of this batch, and must not overtake it.
    GiveBack(std::exchange(gathered_, {}));
  }
  gathered_size_ = 0;
  for (const Taken& taken : gathered_) {
    gathered_size_ += taken.record.size();
  }
  std::vector<std::string_view> records;
  std::vector<std::string_view> traces;
  for (const Taken& taken : batch.messages) {
    records.push_back(taken.record);
    traces.push_back(taken.message.trace_header);
  }
  const std::string_view trace = LongestTrace(traces);
  InvokeRequest request;
  request.trace_id =
      NextHop(trace.empty() ? NewTraceHeader(now_ms, services_.random) : std::string(trace),
              mapping_->settings.function_name);
  request.function_name = mapping_->settings.function_name;
  request.qualifier = mapping_->settings.qualifier;
  request.payload = std::make_shared<const std::string>(QueueEventOf(records));
  request.trigger = "event-source-mapping";
  ++running_;
  auto shared = std::make_shared<Batch>(std::move(batch));
  services_.invoker->Invoke(std::move(request),
                            [self = self_, thread = services_.thread, shared](InvokeResult result) {
                              PostCall(thread, [self, shared, result = std::move(result)] {
                                if (*self != nullptr) {
                                  (*self)->OnResult(std::move(*shared), result);
                                }
                              });
                            });
}

void QueuePoller::GiveBack(std::vector<Taken> messages) {
  if (messages.empty()) {
    return;
  }
  std::vector<VisibilityChange> changes;
  for (const Taken& taken : messages) {
    changes.push_back({taken.handle, 0});
  }
  // What cannot be given back comes back by itself, only later.
  services_.queues->ChangeVisibility(queue_, std::move(changes), nullptr, [](const auto&) {});
}

int64_t QueuePoller::Tick(int64_t now_ms) {
  if (!may_run()) {
    return INT64_MAX;
  }
  const int64_t window_end_ms =
      !gathered_.empty() && window_ms() > 0 ? first_taken_ms_ + window_ms() : INT64_MAX;
  if (window_end_ms <= now_ms) {
    CancelReceive();
  }
  if (!receiving_) {
    Advance();
  }
  const int64_t pause_end_ms = pause_until_ms_ > now_ms ? pause_until_ms_ : INT64_MAX;
  return std::min(window_end_ms > now_ms ? window_end_ms : INT64_MAX, pause_end_ms);
}

void QueuePoller::Describe(MappingView*) const {}

}  // namespace millrace::streams
