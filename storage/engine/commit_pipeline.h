// The commit pipeline: one thread through which every write goes, and which thereby gives all
// writes their order.
//
// The committer takes all mutations that have queued (bounded) as one group. For each in turn it
// reads the current values of its keys, seeing what earlier ones of the group wrote, and runs its
// plan. Then it writes the whole group as one atomic, synced batch, and completes. While one group
// is being synced the next one gathers, so load makes groups larger instead of making requests wait
// for each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/engine/commit_group.h"
#include "storage/engine/database.h"
#include "storage/engine/engine.h"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace millrace::engine {

// Thread-safe apart from Load, Start and Stop, which one thread calls.
class CommitPipeline {
 public:
  // `database` must outlive it.
  CommitPipeline(Database* database, const Options& options);
  ~CommitPipeline();
  CommitPipeline(const CommitPipeline&) = delete;
  CommitPipeline& operator=(const CommitPipeline&) = delete;

  // As Engine::ObserveLog.
  void ObserveLog(LogObserver* observer) { log_observer_ = observer; }
  // Reads the commit sequence and the counters. Before Start.
  Status Load();
  void Start();
  // As Engine::Stop.
  void Stop();

  // As Engine::Submit.
  Status Submit(Mutation* mutation) EXCLUDES(mutex_);
  TableCounters Counters(uint32_t table_id) const EXCLUDES(counters_mutex_);
  CommitStatistics statistics() const EXCLUDES(mutex_);
  Status health() const EXCLUDES(mutex_);

 private:
  // Completions on their way to one queue.
  struct CompletionBatch {
    TaskQueue* queue = nullptr;
    TaskList tasks;
  };
  // The counters of a table as this group leaves them.
  struct PendingCounters {
    TableCounters counters;
    uint64_t group = 0;  // the group that touched them last
    bool dropped = false;
  };

  void Run();
  bool TakeGroup() EXCLUDES(mutex_);
  void PlanGroup();
  void PlanOne(Mutation* mutation);
  Status ReadKeys(const Mutation& mutation, size_t* key_count, bool* depends_on_group);
  void Accept();
  void ChangeCounters(const GroupWriteSet::CounterChange& change);
  Status WriteGroup();
  void TakeFromItemCache();
  void ReturnToItemCache(bool written);
  void AppendBookkeeping();
  void PublishGroup();
  void NoteLogged(std::string_view log_key);
  void TellLogObserver();
  void CompleteWaiting(const Status& status);
  void FailAll(const Status& status);
  void Complete(Mutation* mutation, const Status& status);
  void PostCompletions();
  void StopWrites(const Status& cause) EXCLUDES(mutex_);
  bool WaitsForSpace() const;
  void ForgetGroup() EXCLUDES(counters_mutex_);
  void TryToResume() EXCLUDES(mutex_);

  void RunSync() EXCLUDES(sync_mutex_);
  Status SyncLog();

  Database* const database_;
  const Options options_;
  const Clock* const clock_;
  const bool caches_items_;

  // Between submitters and the committer.
  mutable Mutex mutex_;
  ConditionVariable wake_;
  TaskList submitted_ GUARDED_BY(mutex_);
  size_t queued_requests_ GUARDED_BY(mutex_) = 0;
  size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  bool sleeping_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Status failure_ GUARDED_BY(mutex_);  // why writes have stopped
  bool failure_waits_for_space_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> writes_stopped_{false};

  // The committer's own.
  TaskList backlog_;  // taken from submitted_, not yet in a group
  std::vector<Mutation*> group_;
  size_t planned_count_ = 0;        // of group_; the rest waits for the next write
  std::vector<Mutation*> waiting_;  // those of the group that complete after the write
  std::vector<PinnedValue> current_;
  Arena arena_;
  Overlay overlay_;
  std::vector<std::string_view> written_items_;  // keys of kItems that the group writes, each once
  std::vector<bool> cached_items_;               // which of them the item cache had
  GroupWriteSet write_set_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  uint64_t last_sequence_ = 0;
  uint64_t group_number_ = 0;
  int64_t group_time_ms_ = 0;
  LogObserver* log_observer_ = nullptr;
  std::vector<uint32_t> logged_streams_;  // that this group gives records to, some more than once
  std::unordered_map<uint32_t, PendingCounters> pending_counters_;
  std::vector<uint32_t> touched_tables_;
  std::vector<CompletionBatch> completions_;
  std::string key_scratch_;
  std::string value_scratch_;

  mutable Mutex counters_mutex_;
  std::unordered_map<uint32_t, TableCounters> counters_ GUARDED_BY(counters_mutex_);

  std::atomic<uint64_t> statistic_groups_{0};
  std::atomic<uint64_t> statistic_requests_{0};
  std::atomic<uint64_t> statistic_refusals_{0};
  std::atomic<uint64_t> statistic_sequence_{0};
  std::atomic<uint64_t> statistic_settled_{0};

  // Between the committer and the thread that syncs now and then (Durability::kInterval).
  Mutex sync_mutex_;
  ConditionVariable sync_wake_;
  bool sync_stopping_ GUARDED_BY(sync_mutex_) = false;
  std::atomic<bool> unsynced_{false};

  std::thread committer_;
  std::thread syncer_;
};

}  // namespace millrace::engine
