// The engine puts the parts together: the database, the commit pipeline, scans and range drops.
#include "storage/engine/engine.h"

#include <atomic>
#include <utility>

#include "rocksdb/db.h"
#include "storage/base/check.h"
#include "storage/base/mutex.h"
#include "storage/engine/commit_pipeline.h"
#include "storage/engine/compaction.h"
#include "storage/engine/database.h"
#include "storage/engine/drop_range.h"
#include "storage/engine/pinned_value_access.h"
#include "storage/engine/rocksdb_status.h"
#include "storage/engine/scanner.h"

namespace millrace::engine {
namespace {

// Stands in for a mutation whose submitter waits: learns the outcome on the committer thread and
// wakes the submitter.
class WaitingMutation final : public Mutation {
 public:
  explicit WaitingMutation(Mutation* inner) : inner_(inner) {}

  std::span<const MutationKey> keys() const override { return inner_->keys(); }
  size_t weight_bytes() const override { return inner_->weight_bytes(); }
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    return inner_->Plan(current, writes);
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status& status) override EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    status_ = status;
    done_ = true;
    // Under the lock: the waiting thread may destroy this object as soon as it can take it.
    condition_.NotifyOne();
  }

  Status Wait() EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    while (!done_) {
      condition_.Wait(&mutex_);
    }
    return status_;
  }

 private:
  Mutation* const inner_;
  Mutex mutex_;
  ConditionVariable condition_;
  bool done_ GUARDED_BY(mutex_) = false;
  Status status_ GUARDED_BY(mutex_);
};

}  // namespace

class Engine::Impl {
 public:
  Impl(std::unique_ptr<Database> database, const Options& options)
      : database_(std::move(database)), pipeline_(database_.get(), options) {}

  std::unique_ptr<Database> database_;
  CommitPipeline pipeline_;
  std::atomic<bool> compactions_canceled_{false};
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() { Stop(); }

Result<std::unique_ptr<Engine>> Engine::Open(const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options));
  auto impl = std::make_unique<Impl>(std::move(database), options);
  RETURN_IF_ERROR(impl->pipeline_.Load());
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

void Engine::ObserveLog(LogObserver* observer) { impl_->pipeline_.ObserveLog(observer); }
void Engine::Start() { impl_->pipeline_.Start(); }
void Engine::Stop() { impl_->pipeline_.Stop(); }

Status Engine::Get(Space space, std::string_view key, PinnedValue* value) const {
  return impl_->database_->Get(space, key, value);
}

Status Engine::MultiGet(Space space, std::span<const std::string_view> keys,
                        std::span<PinnedValue> values) const {
  CHECK(keys.size() == values.size());
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const std::string_view key : keys) {
    slices.emplace_back(key.data(), key.size());
  }
  // With one column family all keys are read from one view.
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  impl_->database_->rocksdb()->MultiGet(rocksdb::ReadOptions(), impl_->database_->family(space),
                                        keys.size(), slices.data(), found.data(), statuses.data());
  Status first_failure;
  for (size_t index = 0; index < keys.size(); ++index) {
    values[index].Reset();
    if (statuses[index].ok()) {
      *PinnedValueAccess::Handle(&values[index]) = std::move(found[index]);
      PinnedValueAccess::SetFound(&values[index]);
    } else if (!statuses[index].IsNotFound() && first_failure.ok()) {
      first_failure = FromRocksdb(statuses[index]);
    }
  }
  return first_failure;
}

std::unique_ptr<Scanner> Engine::Scan(const ScanRange& range) const {
  return MakeScanner(*impl_->database_, range);
}

Status Engine::Submit(Mutation* mutation) { return impl_->pipeline_.Submit(mutation); }

Status Engine::SubmitAndWait(Mutation* mutation) {
  WaitingMutation waiting(mutation);
  RETURN_IF_ERROR(impl_->pipeline_.Submit(&waiting));
  Status status = waiting.Wait();
  mutation->Complete(status);
  return status;
}

Status Engine::DropRange(Space space, std::string_view from, std::string_view to) {
  return engine::DropRange(*impl_->database_, space, from, to);
}

Status Engine::TrimRange(Space space, std::string_view begin, std::string_view from,
                         std::string_view to) {
  return engine::TrimRange(*impl_->database_, space, begin, from, to);
}

Result<uint64_t> Engine::ApproximateSize(Space space, std::string_view from,
                                         std::string_view to) const {
  const rocksdb::Range range(rocksdb::Slice(from.data(), from.size()),
                             rocksdb::Slice(to.data(), to.size()));
  rocksdb::SizeApproximationOptions options;
  options.include_files = true;
  options.include_memtables = true;
  uint64_t size_bytes = 0;
  RETURN_IF_ERROR(FromRocksdb(impl_->database_->rocksdb()->GetApproximateSizes(
      options, impl_->database_->family(space), &range, 1, &size_bytes)));
  return size_bytes;
}

Status Engine::Compact() { return CompactAll(*impl_->database_, &impl_->compactions_canceled_); }
void Engine::CancelCompactions() { impl_->compactions_canceled_.store(true); }
uint64_t Engine::TableFileBytes() const { return engine::TableFileBytes(*impl_->database_); }

TableCounters Engine::Counters(uint32_t table_id) const {
  return impl_->pipeline_.Counters(table_id);
}
uint64_t Engine::hash_seed() const { return impl_->database_->record().hash_seed; }
const std::string& Engine::database_uuid() const { return impl_->database_->record().uuid; }
CommitStatistics Engine::statistics() const { return impl_->pipeline_.statistics(); }
Status Engine::health() const { return impl_->pipeline_.health(); }

}  // namespace millrace::engine
