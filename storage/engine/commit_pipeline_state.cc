// What the pipeline knows of itself: what it finds when it opens, counters and statistics, why it
// has stopped, whom it tells of change records, and the thread that syncs the log now and then. The
// way of a mutation is in commit_pipeline.cc.
#include <algorithm>
#include <memory>
#include <shared_mutex>
#include <string>

#include "rocksdb/db.h"
#include "storage/base/log.h"
#include "storage/codec/meta_codec.h"
#include "storage/engine/commit_pipeline.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

void LogFailure(std::string_view what, const Status& status) {
  std::string text(what);
  text += " status=\"" + status.ToString() + "\"";
  Log(LogLevel::kError, text);
}

}  // namespace

Status CommitPipeline::Load() {
  PinnedValue value;
  RETURN_IF_ERROR(database_->Get(Space::kMeta, CommitSequenceKey(), &value));
  if (value.found()) {
    ASSIGN_OR_RETURN(last_sequence_, DecodeCommitSequence(value.bytes()));
    statistic_sequence_.store(last_sequence_, std::memory_order_release);
    statistic_settled_.store(last_sequence_, std::memory_order_release);
  }
  const std::string begin = MetaKindBegin(MetaKind::kTableCounters);
  const std::string end = MetaKindEnd(MetaKind::kTableCounters);
  const rocksdb::Slice upper_bound(end);
  rocksdb::ReadOptions read_options;
  read_options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> rows(
      database_->rocksdb()->NewIterator(read_options, database_->family(Space::kMeta)));
  MutexLock lock(&counters_mutex_);
  for (rows->Seek(begin); rows->Valid(); rows->Next()) {
    ASSIGN_OR_RETURN(const uint32_t table_id, TableIdOfMetaKey(ToView(rows->key())));
    ASSIGN_OR_RETURN(const CountersRecord record, DecodeTableCounters(ToView(rows->value())));
    const TableCounters counters{record.item_count, record.size_bytes};
    counters_[table_id] = counters;
    pending_counters_[table_id].counters = counters;
  }
  return FromRocksdb(rows->status());
}

void CommitPipeline::PublishGroup() {
  TellLogObserver();
  if (touched_tables_.empty()) {
    return;
  }
  MutexLock lock(&counters_mutex_);
  for (const uint32_t table_id : touched_tables_) {
    const auto pending = pending_counters_.find(table_id);
    if (pending->second.dropped) {
      counters_.erase(table_id);
      pending_counters_.erase(pending);
    } else {
      counters_[table_id] = pending->second.counters;
    }
  }
}

// Takes back what the group did to the counters: it was not written.
void CommitPipeline::ForgetGroup() {
  MutexLock lock(&counters_mutex_);
  for (const uint32_t table_id : touched_tables_) {
    const auto before = counters_.find(table_id);
    if (before == counters_.end()) {
      pending_counters_.erase(table_id);
    } else {
      pending_counters_[table_id] = PendingCounters{before->second, 0, false};
    }
  }
}

// Whether all that is wrong is that the disk is full.
bool CommitPipeline::WaitsForSpace() const {
  const BackgroundErrors& errors = *database_->background_errors();
  return !errors.status().ok() && errors.only_out_of_space();
}

void CommitPipeline::StopWrites(const Status& cause) {
  const bool waits_for_space = WaitsForSpace();
  {
    MutexLock lock(&mutex_);
    if (!failure_.ok() && (waits_for_space || !failure_waits_for_space_)) {
      return;  // known, and what comes after the first says less
    }
    failure_waits_for_space_ = waits_for_space;
    std::string text = "writes have stopped after a failed write: ";
    text += cause.message();
    if (waits_for_space) {
      text += "; they go on when there is space again";
    } else if (cause.code() == StatusCode::kCorruption) {
      text += "; stored data is damaged: restore a backup, or stop the server and see tools/repair";
    }
    failure_ = Status(StatusCode::kReadOnly, text);
    writes_stopped_.store(true, std::memory_order_release);
  }
  wake_.NotifyOne();
  LogFailure("a write of the database failed; no further writes are accepted", cause);
}

// On the committer thread, so nothing else is written meanwhile. The commit sequences of the group
// that failed stay used: it may yet be found in the log if the process ends before this succeeds.
void CommitPipeline::TryToResume() {
  if (!WaitsForSpace() || !database_->Resume().ok()) {
    return;
  }
  {
    MutexLock lock(&mutex_);
    failure_ = Status::Ok();
    writes_stopped_.store(false, std::memory_order_release);
  }
  Log(LogLevel::kInfo, "there is space again; writes are accepted");
}

Status CommitPipeline::SyncLog() {
  if (database_->in_memory() || options_.durability == Durability::kSync ||
      !unsynced_.exchange(false, std::memory_order_acq_rel)) {
    return Status::Ok();
  }
  const std::shared_lock working(*database_->work_mutex());
  // RocksDB 7.8 may end the process when a log is synced again that could not be.
  RETURN_IF_ERROR(database_->background_errors()->status());
  return FromRocksdb(database_->rocksdb()->SyncWAL());
}

void CommitPipeline::RunSync() {
  while (true) {
    {
      MutexLock lock(&sync_mutex_);
      if (!sync_stopping_) {
        sync_wake_.WaitFor(&sync_mutex_, options_.sync_interval_ms);
      }
      if (sync_stopping_) {
        return;
      }
    }
    const Status status = SyncLog();
    if (!status.ok()) {
      StopWrites(status);
    }
  }
}

TableCounters CommitPipeline::Counters(uint32_t table_id) const {
  MutexLock lock(&counters_mutex_);
  const auto found = counters_.find(table_id);
  return found == counters_.end() ? TableCounters() : found->second;
}

void CommitPipeline::TellLogObserver() {
  if (log_observer_ == nullptr || logged_streams_.empty()) {
    return;
  }
  std::sort(logged_streams_.begin(), logged_streams_.end());
  logged_streams_.erase(std::unique(logged_streams_.begin(), logged_streams_.end()),
                        logged_streams_.end());
  log_observer_->LogAppended(logged_streams_, last_sequence_);
}

CommitStatistics CommitPipeline::statistics() const {
  CommitStatistics result;
  result.groups = statistic_groups_.load(std::memory_order_relaxed);
  result.requests = statistic_requests_.load(std::memory_order_relaxed);
  result.refusals = statistic_refusals_.load(std::memory_order_relaxed);
  result.last_sequence = statistic_sequence_.load(std::memory_order_acquire);
  result.settled_sequence = statistic_settled_.load(std::memory_order_acquire);
  MutexLock lock(&mutex_);
  result.queued_requests = queued_requests_;
  return result;
}

Status CommitPipeline::health() const {
  MutexLock lock(&mutex_);
  return failure_;
}

void CommitPipeline::FailAll(const Status& status) {
  for (Mutation* const mutation : group_) {
    Complete(mutation, status);
  }
  planned_count_ = group_.size();
  PostCompletions();
}

}  // namespace millrace::engine
