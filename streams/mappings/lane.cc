// The states of a lane. At any time it does one of these: waits (for records, or for a time), has
// an invocation under way, or a commit. Reading is in lane_reading.cc, attempts with a batch in
// lane_attempts.cc, what comes of them in lane_outcomes.cc.
#include "streams/mappings/lane.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {
namespace {

// A batch that waits longer than this for its next attempt is read again then, so that lanes which
// are held up for long need no memory, and notice when their records leave the stream.
constexpr int64_t kKeptWhileWaitingMs = 1000;
// How often a lane that is through with an ended stream looks whether that is still there.
constexpr int64_t kEndedStreamMs = 60'000;

}  // namespace

Lane::Lane(const LaneServices& services, LaneParts parts)
    : services_(services),
      mapping_(std::move(parts.mapping)),
      filter_(std::move(parts.filter)),
      name_(std::move(parts.name)),
      checkpoint_(std::move(parts.checkpoint)),
      progress_(parts.progress),
      read_ahead_(parts.read_ahead),
      self_(std::make_shared<Lane*>(this)) {
  waiter_.stream_id = mapping_->stream_id;
  waiter_.task = this;
  waiter_.queue = services_.thread;
  committed_ms_ = services_.clock->NowMs();
  Normalize();
}

Lane::~Lane() {
  *self_ = nullptr;
  if (!token_.empty()) {
    services_.tokens->Retire(token_);
  }
  read_ahead_->bytes -= counted_bytes_;
}

// What the settings as they are now make of a checkpoint that was written under others.
void Lane::Normalize() {
  if (mapping_->settings.tumbling_window_s == 0) {
    checkpoint_.window_start_ms = -1;
    checkpoint_.window_state.clear();
    std::erase_if(checkpoint_.pending,
                  [](const PendingBatch& batch) { return batch.closing != WindowClosing::kNone; });
  }
  // Of a clock that has been set back since, or of longer delays.
  const RetryOptions& retry = services_.retry;
  checkpoint_.next_try_ms =
      std::min(checkpoint_.next_try_ms,
               services_.clock->NowMs() + std::max(retry.error_max_ms, retry.throttle_max_ms));
  scanned_to_ = checkpoint_.position;
  for (const PendingBatch& batch : checkpoint_.pending) {
    scanned_to_ = std::max(scanned_to_, batch.to);
  }
}

void Lane::Start() { Advance(); }

void Lane::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  if (state_ == State::kWaiting) {
    Wake();
  }
}

void Lane::Abandon() {
  *self_ = nullptr;
  state_ = State::kStopped;
  due_ms_ = INT64_MAX;
  stopped_ = [] {};
  awaiting_news_ = awaiting_news_ && !services_.log->Cancel(&waiter_);
}

void Lane::Tick() {
  if (state_ == State::kWaiting && services_.clock->NowMs() >= due_ms_) {
    Wake();
  }
}

// The log has news.
void Lane::Run() {
  awaiting_news_ = false;
  if (state_ == State::kWaiting) {
    Wake();
  } else if (state_ == State::kStopped) {
    const std::function<void()> stopped = std::move(stopped_);
    stopped();
  }
}

void Lane::Wake() {
  due_ms_ = INT64_MAX;
  state_ = State::kReady;
  Advance();
}

void Lane::Advance() {
  while (state_ == State::kReady) {
    if (stopped_ != nullptr) {
      state_ = State::kStopped;
      if (!awaiting_news_ || services_.log->Cancel(&waiter_)) {
        awaiting_news_ = false;
        const std::function<void()> stopped = std::move(stopped_);
        stopped();
      }
      return;  // otherwise Run comes, and says it
    }
    AdvanceOnce();
  }
}

void Lane::AdvanceOnce() {
  if (uncommitted_.has_value()) {
    std::vector<Discard> discards = std::move(*uncommitted_);
    uncommitted_.reset();
    Commit(std::move(discards));
    return;
  }
  if (checkpoint_.pending.empty()) {
    Gather();
    return;
  }
  const int64_t wait_ms = checkpoint_.next_try_ms - services_.clock->NowMs();
  if (wait_ms > 0) {
    if (wait_ms > kKeptWhileWaitingMs) {
      ForgetRecords();
    }
    WaitUntil(checkpoint_.next_try_ms);
    return;
  }
  if (!IsLoaded(first())) {
    LoadFirst();
    return;
  }
  TryFirst();
}

void Lane::Rest() { state_ = stopped_ == nullptr ? State::kWaiting : State::kReady; }

void Lane::WaitUntil(int64_t due_ms) {
  due_ms_ = std::min(due_ms_, due_ms);
  Rest();
}

// Waits for what comes after the last read; if something has come already, reads on.
void Lane::WaitForRecords() {
  if (!can_wait_) {
    WaitUntil(services_.clock->NowMs() + kEndedStreamMs);
    return;
  }
  awaiting_news_ = awaiting_news_ || services_.log->Wait(&waiter_, read_bound_);
  if (awaiting_news_) {
    Rest();
  } else if (services_.log->settled_sequence() <= read_bound_) {
    // What has come is visible, but it is not known yet which shard it is of.
    WaitUntil(services_.clock->NowMs());
  } else {
    state_ = State::kReady;
  }
}

void Lane::ForgetRecords() {
  batch_.Clear();
  CountReadAhead();
  loaded_from_ = UINT64_MAX;
  loaded_to_ = 0;
  loading_ = false;
  shard_id_.clear();
  shard_end_ = 0;
}

// The row may have been moved by somebody else: the lane goes on from there.
void Lane::Reload() {
  engine::PinnedValue value;
  const std::string key = CheckpointKey(name_);
  const Status status = services_.engine->Get(engine::Space::kCheckpoints, key, &value);
  Result<LaneCheckpoint> checkpoint =
      status.ok() && value.found() ? DecodeCheckpoint(value.bytes())
                                   : Result<LaneCheckpoint>(Status(StatusCode::kNotFound, "gone"));
  ForgetRecords();
  if (!checkpoint.ok()) {
    // The mapping is being deleted or reshaped, or the row cannot be read: nothing more to do until
    // it is stopped.
    Rest();
    return;
  }
  checkpoint_ = std::move(checkpoint).value();
  Normalize();
  state_ = State::kReady;
}

}  // namespace millrace::streams
