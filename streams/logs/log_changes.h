// The commits of the log store. Each deletes itself when it is done.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/engine/engine.h"
#include "streams/logs/log_store.h"

namespace millrace::streams {

// A mutation of rows of Space::kLogEvents made of a plan and a callback.
class LogChange final : public engine::Mutation {
 public:
  using PlanFunction =
      std::function<Status(std::span<const engine::PinnedValue>, engine::WriteSet*)>;
  using Done = std::function<void(const Status&)>;

  // `weight`: bytes that the plan holds. `done` runs on `home`, on the committer thread if that is
  // nullptr; at once if the change is refused.
  static void Submit(engine::Engine* engine, std::vector<std::string> keys, size_t weight,
                     PlanFunction plan, TaskQueue* home, Done done);
  // Waits for it; not for I/O threads.
  static Status SubmitAndWait(engine::Engine* engine, std::vector<std::string> keys, size_t weight,
                              PlanFunction plan);

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return weight_; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override {
    return plan_(current, writes);
  }
  TaskQueue* completion_queue() override { return home_; }
  void Complete(const Status& status) override;

 private:
  LogChange(std::vector<std::string> keys, size_t weight, PlanFunction plan, TaskQueue* home,
            Done done);

  const std::vector<std::string> key_bytes_;
  std::vector<engine::MutationKey> keys_;
  const size_t weight_;
  const PlanFunction plan_;
  TaskQueue* const home_;
  const Done done_;  // nullptr: owned by who waits
};

// Events for one stream.
struct LogBatch {
  std::string group;
  uint64_t group_id = 0;
  std::string stream;
  std::vector<LogInput> events;
};

// The keys and the weight of a put, and its plan. The plan is kSchemaChanged when a group is not
// the one that was found; without `creates_streams` kFailedPrecondition when a stream is missing.
// `outcome`, of the last batch, may be nullptr. All batches together have at most 65535 events, no
// two are of the same stream, and `batches` stays until the change has completed.
std::vector<std::string> LogPutKeys(std::span<const LogBatch> batches);
size_t LogPutWeight(std::span<const LogBatch> batches);
Status PlanLogPut(std::span<const LogBatch> batches, bool creates_streams, int64_t retention_days,
                  std::span<const engine::PinnedValue> current, engine::WriteSet* writes,
                  LogPutOutcome* outcome);

// The time up to which a group has nothing any more, be it swept already or not.
int64_t LogHorizonMs(const LogGroup& group, int64_t retention_days_of_server, int64_t now_ms);

// Writes rows.
void PutLogGroup(const LogGroup& group, engine::WriteSet* writes);

}  // namespace millrace::streams
