// Attempts with the first batch: what is too old is given up, what is too much for one event is
// cut, a window that is over is closed before the next one begins; then the function is invoked.
#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "streams/mappings/checkpoint_commit.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

std::string WindowTime(int64_t time_ms) {
  const time_t seconds = static_cast<time_t>(time_ms / 1000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

Lane::Slice Lane::SliceOf(const PendingBatch& batch) const {
  if (batch.closing != WindowClosing::kNone) {
    return {};
  }
  return {batch_.IndexOf(batch.from), batch_.IndexOf(batch.to + 1)};
}

void Lane::TryFirst() {
  if (stream_ == nullptr && !OpenStream()) {
    Rest();  // nothing was read since the start, and nothing is left that could be
    return;
  }
  if (first().closing == WindowClosing::kNone) {
    if (CloseWindowBefore(SliceOf(first()))) {
      return;
    }
    CutFirst();
    if (DiscardExpired()) {
      return;
    }
  }
  Invoke();
}

// Batches may be of a later window than the open one if the windows' size was changed meanwhile.
bool Lane::CloseWindowBefore(const Slice& slice) {
  if (checkpoint_.window_start_ms < 0 ||
      WindowOf(batch_[slice.begin].time_ms) <= checkpoint_.window_start_ms) {
    return false;
  }
  const uint64_t from = first().from;
  checkpoint_.pending.insert(checkpoint_.pending.begin(),
                             {from, from - 1, 0, WindowClosing::kTimeIsOver});
  return true;
}

// A batch that was formed under other settings, or with less state, may have to go in pieces.
void Lane::CutFirst() {
  const Slice slice = SliceOf(first());
  const size_t bytes_max =
      kEventSizeMax - std::min(kEventSizeMax, kEventOverhead + checkpoint_.window_state.size());
  size_t end = slice.begin + 1;
  const auto size_max = static_cast<size_t>(mapping_->settings.batch_size);
  while (end < slice.end && end - slice.begin < size_max &&
         batch_.SliceBytes(slice.begin, end + 1) <= bytes_max &&
         (mapping_->settings.tumbling_window_s == 0 ||
          WindowOf(batch_[end].time_ms) == WindowOf(batch_[slice.begin].time_ms))) {
    ++end;
  }
  if (end == slice.end) {
    return;
  }
  PendingBatch rest = first();
  first().to = batch_[end - 1].sequence;
  rest.from = batch_[end].sequence;
  checkpoint_.pending.insert(checkpoint_.pending.begin() + 1, rest);
}

// Gives up records that are too old, from the front of the first batch. True if there were any.
bool Lane::DiscardExpired() {
  const int64_t age_max_s = mapping_->settings.record_age_max_s;
  if (age_max_s < 0) {
    return false;
  }
  const int64_t oldest_ms = services_.clock->NowMs() - age_max_s * 1000;
  const Slice slice = SliceOf(first());
  size_t end = slice.begin;
  while (end < slice.end && batch_[end].time_ms < oldest_ms) {
    ++end;
  }
  if (end == slice.begin) {
    return false;
  }
  PendingBatch expired = first();
  expired.to = batch_[end - 1].sequence;
  std::vector<Discard> discards = {DiscardOf(expired, kRecordAgeExceeded)};
  progress_->dropped_events.Add(static_cast<int64_t>(end - slice.begin));
  if (end == slice.end) {
    blocked_since_ms_ = 0;
    PassFirst(scanned_to_, &checkpoint_);
  } else {
    first().from = batch_[end].sequence;
    MovePosition(scanned_to_, &checkpoint_);
  }
  Commit(std::move(discards));
  return true;
}

std::string Lane::EventOf(const PendingBatch& batch) const {
  const Slice slice = SliceOf(batch);
  std::string event;
  event.reserve(batch_.SliceBytes(slice.begin, slice.end) + kEventOverhead);
  event += R"({"Records":[)";
  batch_.AppendSlice(slice.begin, slice.end, &event);
  event += "]";
  if (mapping_->settings.tumbling_window_s > 0) {
    const int64_t start_ms = checkpoint_.window_start_ms >= 0
                                 ? checkpoint_.window_start_ms
                                 : WindowOf(batch_[slice.begin].time_ms);
    const int64_t end_ms = start_ms + mapping_->settings.tumbling_window_s * 1000;
    const ShardDescriptor* const shard = stream_ == nullptr ? nullptr : ShardAt(batch.from);
    event +=
        R"(,"window":{"start":")" + WindowTime(start_ms) + R"(","end":")" + WindowTime(end_ms) +
        R"("},"state":)" + (checkpoint_.window_state.empty() ? "{}" : checkpoint_.window_state) +
        R"(,"shardId":")" + (shard == nullptr ? shard_id_ : ShardId(*stream_, *shard)) +
        R"(","eventSourceARN":")" + mapping_->event_source_arn + R"(","isFinalInvokeForWindow":)" +
        (batch.closing != WindowClosing::kNone ? "true" : "false") +
        R"(,"isWindowTerminatedEarly":)" +
        (batch.closing == WindowClosing::kStateTooLarge ? "true" : "false");
  }
  return event + "}";
}

void Lane::Invoke() {
  state_ = State::kInvoking;
  const Slice slice = SliceOf(first());
  if (slice.size() > 0) {
    progress_->iterator_age_ms.Set(services_.clock->NowMs() - batch_[slice.end - 1].time_ms);
  }
  InvokeRequest request;
  request.function_name = mapping_->settings.function_name;
  request.qualifier = mapping_->settings.qualifier;
  request.payload = std::make_shared<const std::string>(EventOf(first()));
  request.trigger = "event-source-mapping";
  token_ = IssueToken();
  request.checkpoint_token = token_;
  services_.invoker->Invoke(std::move(request),
                            [self = self_, thread = services_.thread](InvokeResult result) {
                              PostCall(thread, [self, result = std::move(result)] {
                                if (*self != nullptr) {
                                  (*self)->OnResult(result);
                                }
                              });
                            });
}

// A token by which the function can note itself that the batch is finished. None with windows: the
// state that the function returns belongs to the same commit.
std::string Lane::IssueToken() {
  if (services_.tokens == nullptr || mapping_->settings.tumbling_window_s > 0) {
    return "";
  }
  LaneCheckpoint finished = checkpoint_;
  PassFirst(scanned_to_, &finished);
  finished.version += 1;
  TokenTarget target;
  target.key = CheckpointKey(name_);
  target.expected_version = checkpoint_.version;
  EncodeCheckpoint(finished, &target.finished_row);
  return services_.tokens->Issue(services_.random, std::move(target));
}

}  // namespace millrace::streams
