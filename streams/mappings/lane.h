// A lane: one ordered part of a table's stream on its way to a function. It reads its records,
// forms batches, invokes, and notes durably how far it has come; a failure holds up this lane only.
// All lanes run on one thread, in small steps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"
#include "streams/change_filter.h"
#include "streams/change_json.h"
#include "streams/invoke/invoker.h"
#include "streams/mappings/checkpoint_tokens.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_progress.h"
#include "streams/mappings/record_batch.h"

namespace millrace::streams {

class QueueStore;

// Delays between attempts; zero for tests.
struct RetryOptions {
  int64_t error_base_ms = 500;  // doubled with each attempt, and up to halved at random
  int64_t error_max_ms = 60'000;
  int64_t throttle_base_ms = 100;
  int64_t throttle_max_ms = 10'000;
  int64_t window_grace_ms = 1000;  // after the end of a tumbling window
  int64_t warn_blocked_after_ms = 60'000;
};

// What lanes work with; all outlive them.
struct LaneServices {
  engine::Engine* engine = nullptr;
  const tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* log = nullptr;
  Invoker* invoker = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  TaskQueue* thread = nullptr;  // the one that lanes run on
  CheckpointTokens* tokens = nullptr;
  QueueStore* queues = nullptr;  // nullptr: no mappings of queues
  std::string region;
  std::string account;
  RetryOptions retry;
  int64_t read_ahead_bytes_max = 16 << 20;  // of all lanes of a mapping together
  std::function<void(const std::string& target_arn)> outgoing_written;
  // Whether events may come back to the function for ever; nullptr: to none.
  std::function<bool(const std::string& function_name)> recursion_allowed;
};

// The memory that the records of all lanes of a mapping take up. A lane may always hold one record.
struct ReadAhead {
  int64_t bytes = 0;
};

// What a lane is made of.
struct LaneParts {
  std::shared_ptr<const Mapping> mapping;
  std::shared_ptr<const ChangeFilter> filter;
  LaneName name;
  LaneCheckpoint checkpoint;
  MappingProgress* progress = nullptr;
  ReadAhead* read_ahead = nullptr;
};

// On the lanes' thread, apart from its construction.
class Lane final : private Task, private tables::ChangeVisitor {
 public:
  Lane(const LaneServices& services, LaneParts parts);
  ~Lane() override;

  void Start();
  // Takes no further records; `stopped` runs once what is under way has ended and is noted.
  void Stop(std::function<void()> stopped);
  // Does nothing any more, and hears of nothing that was under way. It must stay until the tasks
  // that have been posted to the thread have run.
  void Abandon();
  // When it wants Tick to be called; INT64_MAX: not at all.
  int64_t due_ms() const { return due_ms_; }
  void Tick();

  const LaneName& name() const { return name_; }
  const LaneCheckpoint& checkpoint() const { return checkpoint_; }
  // The lowest sequence that it has not looked at.
  uint64_t scanned_to() const { return scanned_to_; }
  // Has delivered all that it has looked at, and waits.
  bool idle() const {
    return state_ == State::kWaiting && batch_.empty() && checkpoint_.pending.empty();
  }
  bool blocked() const { return attempts() > 0; }
  // When the attempts that go on failing, or being refused, began; 0: there are none.
  int64_t blocked_since_ms() const { return blocked_since_ms_; }
  // Failed attempts with the first batch.
  int64_t attempts() const {
    return checkpoint_.pending.empty() ? 0 : checkpoint_.pending.front().attempts;
  }

 private:
  enum class State : uint8_t { kReady, kWaiting, kInvoking, kCommitting, kStopped };
  enum class Reading : uint8_t { kAll, kFull, kYield };
  // Records of the batch.
  struct Slice {
    size_t begin = 0;
    size_t end = 0;
    size_t size() const { return end - begin; }
  };

  // Goes on from kReady.
  void Advance();
  void AdvanceOnce();
  // Both are over at once when the lane is to stop.
  void Rest();
  void WaitUntil(int64_t due_ms);
  void WaitForRecords();
  void Run() override;  // the log has news
  void Wake();
  void Reload();
  void Normalize();

  // Reading: lane_reading.cc.
  void Gather();
  void LoadFirst();
  bool IsLoaded(const PendingBatch& batch) const;
  Status ReadRecords(uint64_t from, uint64_t to);
  bool Visit(const tables::LoggedChange& change) override;
  bool IsForUs(const tables::LoggedChange& change);
  bool FitsTheBatch(const tables::LoggedChange& change) const;
  bool HasOutgrown() const;
  void CountReadAhead();
  void ForgetRecords();
  bool OpenStream();
  void NoteTrimmed(uint64_t from);
  const ShardDescriptor* ShardAt(uint64_t sequence) const;
  int64_t WindowOf(int64_t time_ms) const;
  bool WindowIsOver() const;

  // Attempts: lane_attempts.cc.
  PendingBatch& first() { return checkpoint_.pending.front(); }
  Slice SliceOf(const PendingBatch& batch) const;
  void TryFirst();
  bool CloseWindowBefore(const Slice& slice);
  void CutFirst();
  bool DiscardExpired();
  std::string EventOf(const PendingBatch& batch) const;
  void Invoke();
  std::string IssueToken();

  // What comes of them: lane_outcomes.cc.
  void OnResult(const InvokeResult& result);
  bool MovedByToken();
  void OnResponse(const InvokeResult& result);
  void OnPartial(const InvokeResult& result, uint64_t failed_from);
  void OnFunctionError(const InvokeResult& result);
  void OnNotInvoked(const InvokeResult& result);
  void EndWindow();
  void SplitFirst();
  void RetryFirst(const InvokeResult& result);
  void NoteFailure();
  void NoteSuccess();
  Discard DiscardOf(const PendingBatch& batch, const char* condition) const;
  int64_t Backoff(int64_t base_ms, int64_t max_ms, int64_t attempt);
  void Commit(std::vector<Discard> discards);
  void OnCommitted(const Status& status, std::vector<Discard> discards);

  const LaneServices& services_;
  const std::shared_ptr<const Mapping> mapping_;
  const std::shared_ptr<const ChangeFilter> filter_;
  const LaneName name_;
  LaneCheckpoint checkpoint_;  // pending: the batches that are on their way
  MappingProgress* const progress_;
  ReadAhead* const read_ahead_;

  State state_ = State::kReady;
  int64_t due_ms_ = INT64_MAX;
  std::function<void()> stopped_;
  tables::ChangeLog::Waiter waiter_;
  bool awaiting_news_ = false;  // the waiter's task will come
  // Callbacks that come after the lane has gone find this empty.
  std::shared_ptr<Lane*> self_;

  tables::StreamPointer stream_;
  std::unique_ptr<ChangeJson> writer_;
  uint64_t scanned_to_ = 0;   // everything up to here is finished, pending, in batch_ or not for us
  uint64_t read_bound_ = 0;   // of the last read
  bool can_wait_ = false;     // the stream can get records behind that
  int64_t passed_over_ = 0;   // records since the last commit that were not for us
  int64_t committed_ms_ = 0;  // when that was

  // The records in memory: all of this lane from loaded_from_ to loaded_to_.
  RecordBatch batch_;
  uint64_t loaded_from_ = UINT64_MAX;
  uint64_t loaded_to_ = 0;
  int64_t counted_bytes_ = 0;  // in read_ahead_
  std::string shard_id_;
  uint64_t shard_end_ = 0;      // last sequence of the shard that the batch is of; 0: open
  int64_t first_taken_ms_ = 0;  // when the first record was taken
  std::string token_;           // of the invocation under way
  int64_t throttle_count_ = 0;
  int64_t blocked_since_ms_ = 0;
  int64_t warned_ms_ = 0;
  InvokeResult last_failure_;
  std::optional<std::vector<Discard>> uncommitted_;  // of a commit that is to be tried again
  int64_t commit_failures_ = 0;

  // Of the read under way.
  bool loading_ = false;  // records that are pending already
  uint64_t read_to_ = 0;
  uint64_t first_seen_ = 0;
  size_t visit_count_ = 0;
  Reading reading_ = Reading::kAll;
};

}  // namespace millrace::streams
