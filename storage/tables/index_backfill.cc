// The thread that fills indexes, and the two kinds of commits by which it goes on.
#include "storage/tables/index_backfill.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <span>
#include <utility>

#include "storage/base/log.h"
#include "storage/codec/backfill_codec.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/tables/item_change.h"

namespace millrace::tables {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr int64_t kPollMs = 1000;
constexpr int64_t kRetryMs = 20;

int64_t MonotonicUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The first key behind all items of the table: as a position it covers everything.
std::string EndOfItems(uint32_t table_id) {
  std::string end;
  AppendTablePrefix(table_id + 1, &end);
  return end;
}

// What both commits of a backfill have in common: they stand or fall with the table's description,
// change the progress, and store it.
class ProgressMutation : public engine::Mutation {
 public:
  ProgressMutation(TablePointer table, const TableIndex& index)
      : table_(std::move(table)), index_(index) {
    AppendBackfillKey(index.id(), &record_key_);
  }

  // As of this mutation, once it is done.
  const BackfillRecord& record() const { return record_; }

  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return 4096; }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}

  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) final {
    if (table_->superseded()) {
      return Status(StatusCode::kSchemaChanged, "the table has changed");
    }
    RETURN_IF_ERROR(PlanProgress(current, index_.progress.get(), writes));
    const BackfillProgress& progress = *index_.progress;
    record_.position = progress.position;
    record_.pending.assign(progress.pending.begin(), progress.pending.end());
    std::string value;
    EncodeBackfillRecord(record_, &value);
    writes->Put(Space::kMeta, record_key_, value);
    return Status::Ok();
  }

 protected:
  virtual Status PlanProgress(std::span<const PinnedValue> current, BackfillProgress* progress,
                              WriteSet* writes) = 0;

  const TablePointer table_;
  const TableIndex& index_;  // of table_

 private:
  std::string record_key_;
  BackfillRecord record_;
};

// From its commit on, insertions beyond the position are noted: what a scan that begins afterwards
// does not see is among them.
class BeginScanMutation final : public ProgressMutation {
 public:
  using ProgressMutation::ProgressMutation;

 protected:
  Status PlanProgress(std::span<const PinnedValue>, BackfillProgress* progress,
                      WriteSet*) override {
    progress->recording = true;
    progress->inserted.clear();
    return Status::Ok();
  }
};

// Enters the items stored under `item_keys` (ascending, none of them covered), whatever they have
// become, and moves the position to `end`.
class EnterChunkMutation final : public ProgressMutation {
 public:
  EnterChunkMutation(TablePointer table, const TableIndex& index,
                     const std::vector<std::string>& item_keys, std::string end, size_t bytes)
      : ProgressMutation(std::move(table), index),
        item_keys_(item_keys),
        end_(std::move(end)),
        bytes_(bytes) {
    for (const std::string& key : item_keys_) {
      keys_.push_back({Space::kItems, key});
    }
  }

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return 4096 + bytes_; }

 protected:
  Status PlanProgress(std::span<const PinnedValue> current, BackfillProgress* progress,
                      WriteSet* writes) override {
    if (!progress->recording) {
      return Status(StatusCode::kRefused, "too many insertions during the scan");
    }
    for (const PinnedValue& value : current) {
      if (value.found()) {
        RETURN_IF_ERROR(EnterItem(ItemView::At(value.bytes()), writes));
      }
    }
    const auto is_entered = [this](const std::string& key) {
      return std::binary_search(item_keys_.begin(), item_keys_.end(), key);
    };
    std::erase_if(progress->pending, is_entered);
    for (const std::string& key : progress->inserted) {
      if (key <= end_ && !is_entered(key)) {
        progress->pending.insert(key);
      }
    }
    // Those beyond the end are committed before the next scan begins.
    progress->inserted.clear();
    progress->position = end_;
    return Status::Ok();
  }

 private:
  Status EnterItem(const ItemView& item, WriteSet* writes) {
    const KeySchema& table_schema = table_->key_schema();
    if (!item.present()) {
      return WrongItem(*table_);
    }
    IndexKeyValues values;
    if (!FindIndexKey(item, index_.key_schema(), &values)) {
      return Status::Ok();
    }
    const KeyAttribute* const sort = table_schema.sort_key();
    const Hash128 table_key_hash =
        TableKeyHash(table_->hash_seed(), item.Find(table_schema.partition_key().name),
                     sort == nullptr ? ValueView() : item.Find(sort->name));
    key_.clear();
    AppendIndexEntryKey(index_.id(), index_.key_schema(), table_->hash_seed(), values,
                        table_key_hash, &key_);
    entry_.clear();
    const ItemView entry =
        index_.projection.all() ? item : index_.projection.Project(item, &entry_);
    writes->Put(Space::kIndexes, key_, entry.encoded());
    writes->AddToCounters(index_.id(), 1, entry.DynamoSize());
    return Status::Ok();
  }

  const std::vector<std::string>& item_keys_;
  const std::string end_;
  const size_t bytes_;
  std::vector<engine::MutationKey> keys_;
  std::string key_;
  std::string entry_;
};

}  // namespace

// An index being filled.
struct IndexBackfill::Work {
  TablePointer table;
  const TableIndex* index = nullptr;  // of `table`
  BackfillRecord record;              // as of the last commit
  bool scanning = false;              // insertions are being noted
  // The next chunk.
  std::vector<std::string> item_keys;
  std::string end;
  size_t bytes = 0;
};

IndexBackfill::IndexBackfill(engine::Engine* engine, Catalog* catalog,
                             const IndexBackfillOptions& options)
    : engine_(engine), catalog_(catalog), options_(options) {
  catalog_->OnIndexCreation([this] { Wake(); });
}

void IndexBackfill::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void IndexBackfill::Stop() {
  {
    // Under the lock, so that the thread cannot miss it between its check and its wait.
    MutexLock lock(&mutex_);
    stopping_.store(true);
  }
  wake_.NotifyAll();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void IndexBackfill::Wake() {
  {
    MutexLock lock(&mutex_);
    work_is_there_ = true;
  }
  wake_.NotifyAll();
}

bool IndexBackfill::WaitFor(int64_t time_ms) {
  const int64_t until_us = MonotonicUs() + time_ms * 1000;
  MutexLock lock(&mutex_);
  while (!stopping_.load()) {
    const int64_t left_ms = (until_us - MonotonicUs()) / 1000;
    if (left_ms <= 0) {
      return false;
    }
    wake_.WaitFor(&mutex_, left_ms);
  }
  return true;
}

void IndexBackfill::Loop() {
  while (!stopping_.load()) {
    try {
      const Status status = RunOnce();
      if (!status.ok() && status.code() != StatusCode::kShuttingDown) {
        Log(LogLevel::kWarning,
            "filling an index will be tried again status=\"" + status.ToString() + "\"");
        WaitFor(kPollMs);
      }
    } catch (const std::exception& exception) {
      Log(LogLevel::kError, std::string("exception while filling an index: ") + exception.what());
      WaitFor(kPollMs);
    }
    MutexLock lock(&mutex_);
    if (!stopping_.load() && !work_is_there_) {
      wake_.WaitFor(&mutex_, kPollMs);
    }
    work_is_there_ = false;
  }
}

Status IndexBackfill::RunOnce() {
  for (const TablePointer& table : catalog_->TablesWithUnfinishedIndex()) {
    for (const TableIndex& index : table->indexes()) {
      if (index.progress != nullptr) {
        RETURN_IF_ERROR(FillIndex(table->descriptor().name, index.id()));
      }
    }
  }
  return Status::Ok();
}

Status IndexBackfill::FillIndex(const std::string& table_name, uint32_t index_id) {
  Work work;
  while (!stopping_.load()) {
    if (work.table == nullptr || work.table->superseded()) {
      work.table = catalog_->Find(table_name);
      work.index = nullptr;
      for (const TableIndex& index :
           work.table == nullptr ? std::span<const TableIndex>() : work.table->indexes()) {
        if (index.id() == index_id && index.progress != nullptr) {
          work.index = &index;
        }
      }
      if (work.index == nullptr) {
        return Status::Ok();  // it is gone, or done
      }
    }
    const uint64_t requests_before = engine_->statistics().requests;
    const int64_t begin_us = MonotonicUs();
    bool entered = false;
    Status status = work.scanning ? Status::Ok() : BeginScan(&work);
    if (status.ok()) {
      status = ScanChunk(&work);
    }
    if (status.ok()) {
      status = EnterChunk(&work, &entered);
    }
    if (status.code() == StatusCode::kResourceExhausted ||
        status.code() == StatusCode::kSchemaChanged) {
      WaitFor(kRetryMs);  // the new description is published in a moment
      continue;
    }
    RETURN_IF_ERROR(status);
    if (entered && work.record.pending.empty() &&
        work.record.position == EndOfItems(work.table->id())) {
      return Complete(table_name, index_id);
    }
    Rest(MonotonicUs() - begin_us, requests_before);
  }
  return Status::Ok();
}

Status IndexBackfill::BeginScan(Work* work) {
  BeginScanMutation mutation(work->table, *work->index);
  RETURN_IF_ERROR(engine_->SubmitAndWait(&mutation));
  work->record = mutation.record();
  work->scanning = true;
  return Status::Ok();
}

Status IndexBackfill::ScanChunk(Work* work) const {
  const std::vector<std::string>& pending = work->record.pending;
  const size_t pending_count = std::min(pending.size(), options_.chunk_items_max);
  work->item_keys.assign(pending.begin(), pending.begin() + static_cast<ptrdiff_t>(pending_count));
  work->bytes = 0;
  work->end = work->record.position;
  const std::string end_of_items = EndOfItems(work->table->id());
  if (work->item_keys.size() == options_.chunk_items_max || work->end == end_of_items) {
    return Status::Ok();
  }
  std::string from = work->record.position;
  if (from.empty()) {
    AppendTablePrefix(work->table->id(), &from);
  } else {
    from.push_back('\0');
  }
  engine::ScanRange range;
  range.from = from;
  range.to = end_of_items;
  const std::unique_ptr<engine::Scanner> scanner = engine_->Scan(range);
  for (; scanner->Valid(); scanner->Next()) {
    if (work->item_keys.size() == options_.chunk_items_max ||
        work->bytes >= options_.chunk_bytes_max) {
      return Status::Ok();
    }
    work->end = scanner->key();
    work->item_keys.emplace_back(scanner->key());
    work->bytes += scanner->value().size();
  }
  RETURN_IF_ERROR(scanner->status());
  work->end = end_of_items;
  return Status::Ok();
}

Status IndexBackfill::EnterChunk(Work* work, bool* entered) {
  EnterChunkMutation mutation(work->table, *work->index, work->item_keys, work->end, work->bytes);
  const Status status = engine_->SubmitAndWait(&mutation);
  if (status.code() == StatusCode::kRefused) {
    work->scanning = false;
    return Status::Ok();
  }
  RETURN_IF_ERROR(status);
  work->record = mutation.record();
  *entered = true;
  return Status::Ok();
}

Status IndexBackfill::Complete(const std::string& table_name, uint32_t index_id) {
  Mutex mutex;
  ConditionVariable condition;
  bool done = false;
  Status outcome;
  const auto activate = [index_id](const TableDescriptor&, TableDescriptor* changed) {
    for (IndexDescriptor& index : changed->indexes) {
      if (index.index_id == index_id) {
        index.state = IndexState::kActive;
      }
    }
    return Status::Ok();
  };
  catalog_->Update(table_name, activate, false, nullptr, [&](const Result<TablePointer>& result) {
    MutexLock lock(&mutex);
    outcome = result.status();
    done = true;
    condition.NotifyOne();
  });
  MutexLock lock(&mutex);
  while (!done) {
    condition.Wait(&mutex);
  }
  // A table that is deleted meanwhile needs no index.
  return outcome.code() == StatusCode::kNotFound ||
                 outcome.code() == StatusCode::kFailedPrecondition
             ? Status::Ok()
             : outcome;
}

void IndexBackfill::Rest(int64_t busy_us, uint64_t requests_before) {
  const bool others_write = engine_->statistics().requests > requests_before + 2;
  if (others_write) {
    WaitFor(std::max<int64_t>(1, busy_us * options_.rest_factor / 1000));
  }
}

}  // namespace millrace::tables
