// A lane: one ordered part of a table's stream on its way to a function. It reads its records,
// forms batches, invokes, and notes durably how far it has come; a failure holds up this lane only.
// All lanes run on one thread, in small steps.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
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
#include "streams/mappings/mapping.h"

namespace millrace::streams {

// Delays between attempts; zero for tests.
struct RetryOptions {
  int64_t error_base_ms = 500;  // doubled with each attempt, and up to halved at random
  int64_t error_max_ms = 60'000;
  int64_t throttle_base_ms = 100;
  int64_t throttle_max_ms = 10'000;
  int64_t window_grace_ms = 1000;  // after the end of a tumbling window
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
  std::string region;
  std::string account;
  RetryOptions retry;
  std::function<void(const std::string& target_arn)> outgoing_written;
};

// Counted since the process began, per mapping; and what happened last. On the lanes' thread.
struct MappingProgress {
  int64_t polled_events = 0;
  int64_t filtered_out_events = 0;
  int64_t invoked_events = 0;
  int64_t failed_invoke_events = 0;
  int64_t dropped_events = 0;
  int64_t trimmed_gaps = 0;
  std::string last_result = "No records processed";
};

// On the lanes' thread, apart from its construction.
class Lane final : private Task, private tables::ChangeVisitor {
 public:
  Lane(const LaneServices& services, std::shared_ptr<const Mapping> mapping,
       std::shared_ptr<const ChangeFilter> filter, LaneName name, LaneCheckpoint checkpoint,
       MappingProgress* progress);
  ~Lane() override;

  void Start();
  // Takes no further records; `stopped` runs once what is under way has ended and is noted.
  void Stop(std::function<void()> stopped);
  // When it wants Tick to be called; INT64_MAX: not at all.
  int64_t due_ms() const { return due_ms_; }
  void Tick();

  const LaneName& name() const { return name_; }
  const LaneCheckpoint& checkpoint() const { return checkpoint_; }
  // The lowest sequence that it has not looked at.
  uint64_t scanned_to() const { return scanned_to_; }
  // Has delivered all that it has looked at, and waits.
  bool idle() const { return state_ == State::kWaiting && records_.empty(); }
  bool blocked() const { return attempts() > 0; }
  // Failed attempts with the first batch.
  int64_t attempts() const { return work_.empty() ? 0 : work_.front().attempts; }

 private:
  enum class State : uint8_t { kReady, kWaiting, kInvoking, kCommitting, kStopped };
  // Records begin to end of records_, on their way together.
  struct Work {
    size_t begin = 0;
    size_t end = 0;
    uint64_t to = 0;  // finished with them
    int64_t attempts = 0;
    bool closes_window = false;
    bool closes_early = false;
  };
  struct Record {
    uint64_t sequence = 0;
    int64_t time_ms = 0;
    size_t end = 0;  // in json_
  };
  enum class Reading : uint8_t { kAll, kFull, kYield };

  // Goes on from kReady.
  void Advance();
  void WaitUntil(int64_t due_ms);
  void WaitForRecords();
  void Run() override;  // the log has news
  void Wake();

  // Reading: lane_reading.cc.
  void Gather();
  Status ReadRecords(uint64_t from, uint64_t to);
  bool Visit(const tables::LoggedChange& change) override;
  bool IsMine(const ChangeRecord& record, uint64_t sequence) const;
  bool FitsTheBatch(const tables::LoggedChange& change) const;
  void LoadPending();
  void ForgetRecords();
  bool OpenStream();
  int64_t WindowOf(int64_t time_ms) const;
  bool WindowIsOver() const;

  // Attempts: lane_attempts.cc.
  void TryFirst();
  bool DiscardExpired();
  std::string EventOf(const Work& work) const;
  void Invoke();
  void OnResult(const InvokeResult& result);
  void OnResponse(const InvokeResult& result);
  void OnFunctionError(const InvokeResult& result);
  void OnNotInvoked(const InvokeResult& result);
  void FinishFirst();
  void SplitFirst();
  void RetryFirst(const InvokeResult& result);
  Discard DiscardOf(const Work& work, const char* condition) const;
  int64_t Backoff(int64_t base_ms, int64_t max_ms, int64_t attempt);
  void Commit(std::vector<Discard> discards);
  void OnCommitted(const Status& status);
  void Reload();

  const LaneServices services_;
  const std::shared_ptr<const Mapping> mapping_;
  const std::shared_ptr<const ChangeFilter> filter_;
  const LaneName name_;
  LaneCheckpoint checkpoint_;
  MappingProgress* const progress_;

  State state_ = State::kReady;
  int64_t due_ms_ = INT64_MAX;
  std::function<void()> stopped_;
  tables::ChangeLog::Waiter waiter_;
  bool awaiting_news_ = false;  // the waiter's task will come
  // Callbacks that come after the lane has gone find this empty.
  std::shared_ptr<Lane*> self_;

  tables::StreamPointer stream_;
  std::unique_ptr<ChangeJson> writer_;
  uint64_t scanned_to_ = 0;   // everything up to here is finished, in work_, or not for us
  uint64_t read_bound_ = 0;   // of the last read
  int64_t passed_over_ = 0;   // records since the last commit that were not for us
  int64_t committed_ms_ = 0;  // when that was

  // The batch: records as JSON, separated by commas, and in which pieces they are on their way.
  std::string json_;
  std::vector<Record> records_;
  std::string shard_id_;
  uint64_t shard_end_ = 0;      // last sequence of the shard that the batch is of; 0: open
  int64_t first_taken_ms_ = 0;  // when the first record was taken
  std::deque<Work> work_;
  int64_t throttle_count_ = 0;
  InvokeResult last_failure_;

  // Of the read under way.
  size_t record_limit_ = 0;
  size_t visit_count_ = 0;
  Reading reading_ = Reading::kAll;
};

}  // namespace millrace::streams
