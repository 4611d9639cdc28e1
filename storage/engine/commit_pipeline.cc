// The way of a mutation through the pipeline: submission, group, plan, write, completion. What the
// pipeline knows of itself (loading, counters, health, syncing now and then) is in
// commit_pipeline_state.cc.
#include "storage/engine/commit_pipeline.h"

#include <algorithm>
#include <optional>

#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/codec/change_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/engine/pinned_value_access.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

CommitPipeline::CommitPipeline(Database* database, const Options& options)
    : database_(database),
      options_(options),
      clock_(options.clock != nullptr ? options.clock : SystemClock::Instance()),
      caches_items_(database->item_cache()->enabled()),
      write_set_(&arena_),
      batch_(std::make_unique<rocksdb::WriteBatch>()) {
  group_.reserve(options.commit_group_requests_max);
  waiting_.reserve(options.commit_group_requests_max);
}

CommitPipeline::~CommitPipeline() {
  database_->background_errors()->SetObserver(nullptr);
  Stop();
}

void CommitPipeline::Start() {
  database_->background_errors()->SetObserver([this](const Status& cause) { StopWrites(cause); });
  committer_ = std::thread([this] { Run(); });
  if (options_.durability == Durability::kInterval && !database_->in_memory()) {
    syncer_ = std::thread([this] { RunSync(); });
  }
}

void CommitPipeline::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.NotifyOne();
  if (writes_stopped_.load(std::memory_order_acquire)) {
    database_->CancelBackgroundWork();
  }
  if (committer_.joinable()) {
    committer_.join();
  }
  {
    // Only if it was never started is anything left.
    MutexLock lock(&mutex_);
    backlog_.Splice(&submitted_);
  }
  while (Task* const task = backlog_.PopFront()) {
    Complete(static_cast<Mutation*>(task),
             Status(StatusCode::kShuttingDown, "the database is closing"));
  }
  PostCompletions();
  {
    MutexLock lock(&sync_mutex_);
    sync_stopping_ = true;
  }
  sync_wake_.NotifyOne();
  if (syncer_.joinable()) {
    syncer_.join();
  }
  if (!writes_stopped_.load(std::memory_order_acquire)) {
    const Status status = SyncLog();
    if (!status.ok()) {
      StopWrites(status);
    }
  }
}

Status CommitPipeline::Submit(Mutation* mutation) {
  const size_t weight = mutation->weight_bytes();
  bool wake = false;
  {
    MutexLock lock(&mutex_);
    if (stopping_) {
      return Status(StatusCode::kShuttingDown, "the database is closing");
    }
    if (!failure_.ok()) {
      return Status(StatusCode::kReadOnly, failure_.message());
    }
    // One mutation is always let in, however heavy it is.
    if (queued_requests_ >= options_.commit_queue_requests_max ||
        (queued_requests_ > 0 && queued_bytes_ + weight > options_.commit_queue_bytes_max)) {
      return Status(StatusCode::kResourceExhausted, "too many writes are waiting");
    }
    ++queued_requests_;
    queued_bytes_ += weight;
    submitted_.PushBack(mutation);
    wake = sleeping_;
    sleeping_ = false;
  }
  if (wake) {
    wake_.NotifyOne();
  }
  return Status::Ok();
}

void CommitPipeline::Run() {
  while (TakeGroup()) {
    if (writes_stopped_.load(std::memory_order_acquire)) {
      if (group_.empty()) {
        TryToResume();
      }
      FailAll(Status(StatusCode::kReadOnly, "writes have stopped after a failed write"));
      continue;
    }
    PlanGroup();
    // Refusals that owe nothing to this group leave before the disk is waited for.
    PostCompletions();
    const Status status = WriteGroup();
    if (status.ok()) {
      PublishGroup();
    } else {
      StopWrites(status);
      ForgetGroup();
    }
    CompleteWaiting(status);
  }
}

// Fills group_ from what has been submitted, unless the last group left some over; waits until
// there is something, or, while writes are stopped, for a moment. False when stopping and nothing
// is left.
bool CommitPipeline::TakeGroup() {
  group_.erase(group_.begin(), group_.begin() + static_cast<ptrdiff_t>(planned_count_));
  planned_count_ = 0;
  if (!group_.empty()) {
    return true;
  }
  {
    MutexLock lock(&mutex_);
    while (backlog_.empty() && submitted_.empty()) {
      if (stopping_) {
        return false;
      }
      sleeping_ = true;
      if (failure_.ok()) {
        wake_.Wait(&mutex_);
      } else {
        wake_.WaitFor(&mutex_, options_.resume_period_ms);
        break;
      }
    }
    sleeping_ = false;
    backlog_.Splice(&submitted_);
  }
  size_t bytes = 0;
  while (!backlog_.empty() && group_.size() < options_.commit_group_requests_max &&
         bytes < options_.commit_group_bytes_max) {
    Mutation* const mutation = static_cast<Mutation*>(backlog_.PopFront());
    bytes += mutation->weight_bytes();
    group_.push_back(mutation);
  }
  MutexLock lock(&mutex_);
  queued_requests_ -= group_.size();
  queued_bytes_ -= bytes;
  return true;
}

// Plans the group, or as much of it as fills a batch: what plans add to what their mutations
// brought (change records, index entries) shows only here.
void CommitPipeline::PlanGroup() {
  ++group_number_;
  group_time_ms_ = std::max(group_time_ms_, clock_->NowMs());
  arena_.Clear();
  overlay_.Clear();
  batch_->Clear();
  waiting_.clear();
  touched_tables_.clear();
  written_items_.clear();
  logged_streams_.clear();
  do {
    PlanOne(group_[planned_count_++]);
  } while (planned_count_ < group_.size() &&
           batch_->GetDataSize() < options_.commit_group_bytes_max);
  statistic_requests_.fetch_add(planned_count_, std::memory_order_relaxed);
}

void CommitPipeline::PlanOne(Mutation* mutation) {
  size_t key_count = 0;
  bool depends_on_group = false;
  write_set_.Begin(last_sequence_ + 1, group_time_ms_);
  Status outcome = ReadKeys(*mutation, &key_count, &depends_on_group);
  if (outcome.ok()) {
    outcome = mutation->Plan({current_.data(), key_count}, &write_set_);
  }
  for (size_t index = 0; index < key_count; ++index) {
    current_[index].Reset();
  }
  if (outcome.ok() && !write_set_.empty()) {
    Accept();
    waiting_.push_back(mutation);
    return;
  }
  if (!outcome.ok()) {
    statistic_refusals_.fetch_add(1, std::memory_order_relaxed);
    // The new schema may be this group's: who is told to look it up again must find it.
    depends_on_group = depends_on_group || outcome.code() == StatusCode::kSchemaChanged;
  }
  if (depends_on_group) {
    mutation->outcome_ = std::move(outcome);
    waiting_.push_back(mutation);
    return;
  }
  Complete(mutation, outcome);
}

Status CommitPipeline::ReadKeys(const Mutation& mutation, size_t* key_count,
                                bool* depends_on_group) {
  const std::span<const MutationKey> keys = mutation.keys();
  if (current_.size() < keys.size()) {
    current_.resize(keys.size());
  }
  *key_count = keys.size();
  for (size_t index = 0; index < keys.size(); ++index) {
    const MutationKey& key = keys[index];
    const Overlay::Entry* const written = overlay_.Find(key.space, key.key);
    if (written == nullptr) {
      RETURN_IF_ERROR(database_->Get(key.space, key.key, &current_[index]));
      continue;
    }
    *depends_on_group = true;
    if (!written->deleted) {
      PinnedValueAccess::SetView(&current_[index], written->value);
    }
  }
  return Status::Ok();
}

// Takes what the plan wrote into the group.
void CommitPipeline::Accept() {
  for (const GroupWriteSet::Operation& operation : write_set_.operations()) {
    rocksdb::ColumnFamilyHandle* const family = database_->family(operation.space);
    // A batch in memory cannot fail: it has no size limit set.
    if (operation.is_delete) {
      batch_->Delete(family, ToSlice(operation.key)).PermitUncheckedError();
    } else {
      batch_->Put(family, ToSlice(operation.key), ToSlice(operation.value)).PermitUncheckedError();
    }
    if (operation.space == Space::kItems && caches_items_ &&
        overlay_.Find(operation.space, operation.key) == nullptr) {
      written_items_.push_back(operation.key);
    }
    if (operation.space == Space::kLog) {
      // Nobody's plan depends on a record, so the overlay need not have it.
      NoteLogged(operation.key);
      continue;
    }
    overlay_.Set(operation.space, operation.key, {operation.value, operation.is_delete});
  }
  for (const GroupWriteSet::CounterChange& change : write_set_.counter_changes()) {
    ChangeCounters(change);
  }
  last_sequence_ = write_set_.last_sequence();
}

// Remembers the stream that a record's key begins with.
void CommitPipeline::NoteLogged(std::string_view log_key) {
  LogKeyParts parts;
  if (ParseLogKey(log_key, &parts) &&
      (logged_streams_.empty() || logged_streams_.back() != parts.stream_id)) {
    logged_streams_.push_back(parts.stream_id);
  }
}

void CommitPipeline::ChangeCounters(const GroupWriteSet::CounterChange& change) {
  PendingCounters& pending = pending_counters_[change.table_id];
  if (pending.group != group_number_) {
    pending.group = group_number_;
    touched_tables_.push_back(change.table_id);
  }
  pending.counters.item_count += change.item_count;
  pending.counters.size_bytes += change.size_bytes;
  pending.dropped = pending.dropped || change.drop;
}

Status CommitPipeline::WriteGroup() {
  if (batch_->Count() == 0 && touched_tables_.empty()) {
    return Status::Ok();
  }
  AppendBookkeeping();
  rocksdb::WriteOptions write_options;
  write_options.disableWAL = database_->in_memory();
  write_options.sync = options_.durability == Durability::kSync && !database_->in_memory();
  TakeFromItemCache();
  const rocksdb::Status written = database_->rocksdb()->Write(write_options, batch_.get());
  if (written.IsNoSpace()) {
    database_->background_errors()->Note(FromRocksdb(written), true);
  }
  const Status status = FromRocksdb(written);
  ReturnToItemCache(status.ok());
  if (!status.ok()) {
    // Whatever the cause: for who waits, the write has failed and its fate is unknown.
    return Status(StatusCode::kIoError, status.message());
  }
  unsynced_.store(true, std::memory_order_release);
  statistic_groups_.fetch_add(1, std::memory_order_relaxed);
  // Whoever reads the sequence finds what was written up to it.
  statistic_sequence_.store(last_sequence_, std::memory_order_release);
  return status;
}

// Nobody may find an older value in the cache than another reader finds in the store: so while the
// write makes new values visible, the cache has none of these keys.
void CommitPipeline::TakeFromItemCache() {
  cached_items_.clear();
  for (const std::string_view key : written_items_) {
    cached_items_.push_back(database_->item_cache()->BeginWrite(key));
  }
}

void CommitPipeline::ReturnToItemCache(bool written) {
  for (size_t index = 0; index < written_items_.size(); ++index) {
    const std::string_view key = written_items_[index];
    const Overlay::Entry* const entry = overlay_.Find(Space::kItems, key);
    std::optional<std::string_view> value;
    if (written && !entry->deleted) {
      value = entry->value;
    }
    database_->item_cache()->EndWrite(key, cached_items_[index], value);
  }
}

// Adds the commit sequence and the counters, as absolute values, so that they are as durable as
// what they describe.
void CommitPipeline::AppendBookkeeping() {
  rocksdb::ColumnFamilyHandle* const family = database_->family(Space::kMeta);
  value_scratch_.clear();
  EncodeCommitSequence(last_sequence_, &value_scratch_);
  batch_->Put(family, CommitSequenceKey(), value_scratch_).PermitUncheckedError();
  for (const uint32_t table_id : touched_tables_) {
    const PendingCounters& pending = pending_counters_[table_id];
    key_scratch_.clear();
    AppendTableCountersKey(table_id, &key_scratch_);
    if (pending.dropped) {
      batch_->Delete(family, key_scratch_).PermitUncheckedError();
      continue;
    }
    value_scratch_.clear();
    EncodeTableCounters({pending.counters.item_count, pending.counters.size_bytes},
                        &value_scratch_);
    batch_->Put(family, key_scratch_, value_scratch_).PermitUncheckedError();
  }
}

// Completes what waited for the write. What runs here runs during the walk, what runs elsewhere is
// posted after it: a schema change is published before anybody who was refused because of it can
// look.
void CommitPipeline::CompleteWaiting(const Status& status) {
  for (Mutation* const mutation : waiting_) {
    const Status outcome = status.ok() ? std::move(mutation->outcome_) : status;
    Complete(mutation, outcome);
  }
  if (status.ok()) {
    statistic_settled_.store(last_sequence_, std::memory_order_release);
  }
  PostCompletions();
}

void CommitPipeline::Complete(Mutation* mutation, const Status& status) {
  TaskQueue* const queue = mutation->completion_queue();
  if (queue == nullptr) {
    mutation->Complete(status);
    return;
  }
  mutation->outcome_ = status;
  for (CompletionBatch& batch : completions_) {
    if (batch.queue == queue) {
      batch.tasks.PushBack(mutation);
      return;
    }
  }
  completions_.push_back({queue, {}});
  completions_.back().tasks.PushBack(mutation);
}

void CommitPipeline::PostCompletions() {
  for (CompletionBatch& batch : completions_) {
    if (!batch.tasks.empty()) {
      batch.queue->Post(&batch.tasks);
    }
  }
}

}  // namespace millrace::engine
