// Starting and stopping lanes. A change of the mapping stops them, which takes as long as their
// batches take, and starts them anew from what is stored.
#include "streams/mappings/lane_set.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/lane_lag.h"
#include "streams/mappings/mapping_changes.h"
#include "streams/mappings/mapping_start.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr int64_t kRetryMs = 1000;
constexpr int64_t kLagPeriodMs = 5000;
constexpr size_t kLagRecordsMax = 1000;  // of each hash range

}  // namespace

LaneSet::LaneSet(const LaneServices& services, MappingProgress* progress)
    : services_(services), progress_(progress), self_(std::make_shared<LaneSet*>(this)) {}

LaneSet::~LaneSet() { *self_ = nullptr; }

void LaneSet::Apply(std::shared_ptr<const Mapping> mapping, int64_t change) {
  mapping_ = std::move(mapping);
  change_ = change;
  StopLanes();
  StartLanesIfStopped();
}

void LaneSet::Stop() {
  ended_ = true;
  StopLanes();
  StartLanesIfStopped();
}

void LaneSet::Abandon() {
  *self_ = nullptr;
  ended_ = true;
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    lane->Abandon();
  }
}

void LaneSet::StopLanes() {
  if (stopping_ > 0) {
    return;
  }
  stopping_ = lanes_.size();
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    // Posted, as a lane says it from within, and may say it at once.
    lane->Stop([self = self_, thread = services_.thread] {
      PostCall(thread, [self] {
        if (*self != nullptr) {
          (*self)->LaneStopped();
        }
      });
    });
  }
}

void LaneSet::LaneStopped() {
  if (--stopping_ > 0) {
    return;
  }
  lanes_.clear();
  StartLanesIfStopped();
}

void LaneSet::StartLanesIfStopped() {
  if (stopping_ > 0 || !lanes_.empty() || reshaping_ || ended_) {
    return;
  }
  retry_ms_ = INT64_MAX;
  progress_->blocked_since_ms.Set(0);
  if (mapping_->settings.enabled && !mapping_->settings.paused) {
    if (const Status status = StartLanes(); !status.ok()) {
      TryAgainLater(status);
      return;
    }
  }
  if (!reshaping_) {
    progress_->changes_applied.Set(change_);
  }
}

Status LaneSet::StartLanes() {
  std::vector<std::pair<LaneName, LaneCheckpoint>> stored;
  RETURN_IF_ERROR(ReadCheckpoints(*services_.engine, mapping_->uuid, &stored));
  const auto lane_count = static_cast<uint16_t>(mapping_->settings.parallelization_factor);
  if (stored.empty()) {
    return Status(StatusCode::kCorruption, "the checkpoints of the mapping are gone");
  }
  if (stored.front().second.lane_count != lane_count) {
    Reshape(stored.front().second.lane_count, lane_count);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(ChangeFilter compiled, CompileFilter(*mapping_));
  const auto filter = std::make_shared<const ChangeFilter>(std::move(compiled));
  for (auto& [name, checkpoint] : stored) {
    LaneParts parts;
    parts.mapping = mapping_;
    parts.filter = filter;
    parts.name = name;
    parts.checkpoint = std::move(checkpoint);
    parts.progress = progress_;
    parts.read_ahead = &read_ahead_;
    lanes_.push_back(std::make_unique<Lane>(services_, std::move(parts)));
  }
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    lane->Start();
  }
  return Status::Ok();
}

void LaneSet::Reshape(uint16_t old_lane_count, uint16_t lane_count) {
  reshaping_ = true;
  ReshapeLanes(services_.engine, *mapping_, old_lane_count, lane_count,
               [self = self_, thread = services_.thread](const Status& status) {
                 PostCall(thread, [self, status] {
                   if (*self != nullptr) {
                     (*self)->Reshaped(status);
                   }
                 });
               });
}

void LaneSet::Reshaped(const Status& status) {
  reshaping_ = false;
  if (status.ok() || ended_) {
    StartLanesIfStopped();
  } else {
    TryAgainLater(status);
  }
}

void LaneSet::TryAgainLater(const Status& status) {
  progress_->last_result = ProcessingResult::kInternalError;
  retry_ms_ = services_.clock->NowMs() + kRetryMs;
  Log(LogLevel::kError, "the lanes of a mapping cannot be started mapping=" + mapping_->uuid +
                            " status=\"" + status.ToString() + "\"");
}

int64_t LaneSet::Tick(int64_t now_ms) {
  if (retry_ms_ <= now_ms) {
    StartLanesIfStopped();
  }
  int64_t due_ms = retry_ms_;
  int64_t blocked_since_ms = 0;
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    if (lane->due_ms() <= now_ms) {
      lane->Tick();
    }
    due_ms = std::min(due_ms, lane->due_ms());
    if (const int64_t since_ms = lane->blocked_since_ms(); since_ms > 0) {
      blocked_since_ms = blocked_since_ms == 0 ? since_ms : std::min(blocked_since_ms, since_ms);
    }
  }
  progress_->blocked_since_ms.Set(blocked_since_ms);
  NoteLag(now_ms);
  return due_ms;
}

// Counts what is to be done, now and then, while there is anything.
void LaneSet::NoteLag(int64_t now_ms) {
  if (std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->idle(); })) {
    progress_->lag_records.Set(0);
    return;
  }
  if (now_ms < lag_noted_ms_ + kLagPeriodMs) {
    return;
  }
  lag_noted_ms_ = now_ms;
  const StreamSource source = {services_.engine, services_.streams, services_.log,
                               services_.region};
  const Result<std::vector<LaneLag>> lanes = MeasureLag(source, *mapping_, kLagRecordsMax);
  if (lanes.ok()) {
    int64_t records = 0;
    for (const LaneLag& lane : lanes.value()) {
      records += lane.records;
    }
    progress_->lag_records.Set(records);
  }
}

void LaneSet::Describe(MappingView* view) const {
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    LaneView& seen = view->lanes.emplace_back();
    seen.hash_range = lane->name().hash_range;
    seen.lane = lane->name().lane;
    seen.position = lane->checkpoint().position;
    seen.scanned_to = lane->scanned_to();
    seen.idle = lane->idle();
    seen.blocked = lane->blocked();
    seen.attempts = lane->attempts();
    seen.blocked_since_ms = lane->blocked_since_ms();
    seen.next_try_ms = lane->checkpoint().next_try_ms;
  }
}

}  // namespace millrace::streams
