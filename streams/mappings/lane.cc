// The states of a lane. At any time it does one of these: waits (for records, or for a time), has
// an invocation under way, or a commit. Reading is in lane_reading.cc, what becomes of a batch in
// lane_attempts.cc.
#include "streams/mappings/lane.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {

Lane::Lane(const LaneServices& services, std::shared_ptr<const Mapping> mapping,
           std::shared_ptr<const ChangeFilter> filter, LaneName name, LaneCheckpoint checkpoint,
           MappingProgress* progress)
    : services_(services),
      mapping_(std::move(mapping)),
      filter_(std::move(filter)),
      name_(std::move(name)),
      checkpoint_(std::move(checkpoint)),
      progress_(progress),
      self_(std::make_shared<Lane*>(this)) {
  waiter_.stream_id = mapping_->stream_id;
  waiter_.task = this;
  waiter_.queue = services_.thread;
  scanned_to_ = checkpoint_.position;
  committed_ms_ = services_.clock->NowMs();
}

Lane::~Lane() { *self_ = nullptr; }

void Lane::Start() { Advance(); }

void Lane::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  if (state_ == State::kWaiting) {
    Wake();
  }
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
        const std::function<void()> stopped = std::move(stopped_);
        stopped();
      }
      return;  // otherwise Run comes, and says it
    }
    if (work_.empty() && !checkpoint_.pending.empty()) {
      LoadPending();
    } else if (work_.empty()) {
      Gather();
    } else {
      TryFirst();
    }
  }
}

void Lane::WaitUntil(int64_t due_ms) {
  state_ = State::kWaiting;
  due_ms_ = std::min(due_ms_, due_ms);
}

// Waits for what comes after the last read; if something has come already, reads on.
void Lane::WaitForRecords() {
  awaiting_news_ = awaiting_news_ || services_.log->Wait(&waiter_, read_bound_);
  state_ = awaiting_news_ ? State::kWaiting : State::kReady;
}

void Lane::ForgetRecords() {
  json_.clear();
  records_.clear();
  shard_id_.clear();
  shard_end_ = 0;
}

// Somebody else has moved the lane: it goes on from there.
void Lane::Reload() {
  engine::PinnedValue value;
  const std::string key = CheckpointKey(name_);
  const Status status = services_.engine->Get(engine::Space::kCheckpoints, key, &value);
  Result<LaneCheckpoint> checkpoint =
      status.ok() && value.found() ? DecodeCheckpoint(value.bytes())
                                   : Result<LaneCheckpoint>(Status(StatusCode::kNotFound, "gone"));
  work_.clear();
  ForgetRecords();
  if (!checkpoint.ok()) {
    // The mapping is being deleted, or the row cannot be read: nothing more to do until it is
    // stopped.
    progress_->last_result = "PROBLEM: internal error";
    state_ = State::kWaiting;
    return;
  }
  checkpoint_ = std::move(checkpoint).value();
  scanned_to_ = checkpoint_.position;
  state_ = State::kReady;
}

}  // namespace millrace::streams
