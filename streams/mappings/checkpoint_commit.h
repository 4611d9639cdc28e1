// The commit by which a lane goes on: its checkpoint, and what is known of records that were given
// up, in one batch. It happens only if nobody else has moved the lane meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "streams/mappings/mapping.h"

namespace millrace::streams {

struct CheckpointChange {
  LaneName lane;
  LaneCheckpoint checkpoint;  // its version is the one that is replaced
  std::vector<Discard> discards;
  std::string destination_arn;  // told of the discards; empty: nobody
};

// Deletes itself when it is done. kRefused: the stored version is another one, or the lane is gone;
// nothing was written.
class CheckpointCommit final : public engine::Mutation {
 public:
  // `done` runs on `home`.
  using Done = std::function<void(const Status&)>;
  static void Submit(engine::Engine* engine, CheckpointChange change, TaskQueue* home, Done done);

  std::span<const engine::MutationKey> keys() const override { return {&key_, 1}; }
  size_t weight_bytes() const override { return 2048; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override;
  TaskQueue* completion_queue() override { return home_; }
  void Complete(const Status& status) override;

 private:
  CheckpointCommit(CheckpointChange change, TaskQueue* home, Done done);

  const CheckpointChange change_;
  const std::string key_bytes_;
  const engine::MutationKey key_;
  TaskQueue* const home_;
  const Done done_;
};

// The first pending batch is done with, one way or another. `scanned_to`: everything up to there is
// pending, finished, or not for the lane.
void PassFirst(uint64_t scanned_to, LaneCheckpoint* checkpoint);
// Everything in front of the first pending batch is finished; without one, up to `scanned_to`.
void MovePosition(uint64_t scanned_to, LaneCheckpoint* checkpoint);

// What the destination is told of a discard: a JSON object.
std::string DiscardMessage(const Discard& discard);

}  // namespace millrace::streams
