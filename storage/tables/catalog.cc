// The catalog keeps all tables in one immutable snapshot. A change is a commit whose completion
// publishes a new snapshot; readers keep the one they saw last in their thread and compare one
// atomic number to know it is current.
#include "storage/tables/catalog.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/codec/descriptor_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/tables/catalog_snapshot.h"
#include "storage/tables/dropped_tables.h"

namespace millrace::tables {
namespace {

using engine::MutationKey;
using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

// Table ids stay below this, so that there is always a first key behind a table.
constexpr uint32_t kTableIdEnd = 0xFFFFFFFF;

// The descriptor as it is at `now_ms`: a waiting period that has run out is over.
TableDescriptor Resolved(const Table& table, int64_t now_ms) {
  TableDescriptor descriptor = table.descriptor();
  descriptor.state = table.StateAt(now_ms);
  if (descriptor.state == TableState::kActive) {
    descriptor.state_until_ms = 0;
    descriptor.previous_throughput.reset();
  }
  return descriptor;
}

}  // namespace

// Hands a callback and its argument to the queue it is to run on.
class CallbackTask final : public Task {
 public:
  CallbackTask(ChangeCallback done, Result<TablePointer> result)
      : done_(std::move(done)), result_(std::move(result)) {}
  void Run() override {
    const std::unique_ptr<CallbackTask> self(this);
    done_(std::move(result_));
  }

 private:
  ChangeCallback done_;
  Result<TablePointer> result_;
};

class Catalog::Impl {
 public:
  class Change;
  class CreateChange;
  class EditChange;
  class RemoveChange;

  Impl(engine::Engine* engine, Clock* clock, Random* random, const CatalogOptions& options)
      : engine_(engine), clock_(clock), random_(random), options_(options) {}

  Status Load();
  void Submit(std::unique_ptr<Change> change);
  void RemoveGoneTables(const std::atomic<bool>& stop);

  // The table that the next change in commit order will find under `name`: what an earlier change
  // of the same commit group has planned, else what is published.
  TablePointer Planned(const std::string& name) {
    MutexLock lock(&planned_mutex_);
    const auto found = planned_.find(name);
    return found != planned_.end() ? found->second : tables_.Find(name);
  }
  void SetPlanned(const std::string& name, TablePointer table) {
    MutexLock lock(&planned_mutex_);
    planned_[name] = std::move(table);
  }
  // Ends the plan that SetPlanned began, unless a later change has replaced it.
  void ClearPlanned(const std::string& name, const TablePointer& table) {
    MutexLock lock(&planned_mutex_);
    const auto found = planned_.find(name);
    if (found != planned_.end() && found->second == table) {
      planned_.erase(found);
    }
  }

  engine::Engine* const engine_;
  Clock* const clock_;
  Random* const random_;
  const CatalogOptions options_;
  CatalogSnapshots tables_;

 private:
  Mutex planned_mutex_;
  // A table that an uncommitted change has written; nullptr: one that it has removed. Filled by
  // plans, emptied by completions, so it is as small as a commit group.
  std::unordered_map<std::string, TablePointer> planned_ GUARDED_BY(planned_mutex_);
};

// One change of the catalog on its way through the pipeline. Completes on the committer thread,
// where it publishes, so that who was refused because of it finds the new table; the caller's
// callback is posted from there.
class Catalog::Impl::Change : public engine::Mutation {
 public:
  Change(Impl* impl, std::string name, TaskQueue* queue, ChangeCallback done)
      : impl_(impl),
        name_(std::move(name)),
        now_ms_(impl->clock_->NowMs()),
        row_key_(CatalogRowKey(name_)),
        next_id_key_(NextTableIdKey()),
        keys_{{Space::kCatalog, row_key_}, {Space::kMeta, next_id_key_}},
        queue_(queue),
        done_(std::move(done)) {}

  std::span<const MutationKey> keys() const final { return keys_; }
  size_t weight_bytes() const final { return 4096; }
  TaskQueue* completion_queue() final { return nullptr; }

  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) final {
    old_table_ = impl_->Planned(name_);
    Status status = PlanChange(current[1], writes);
    if (!status.ok()) {
      return status;
    }
    if (old_table_ != nullptr) {
      old_table_->Supersede();
    }
    impl_->SetPlanned(name_, removes_ ? nullptr : new_table_);
    planned_ = true;
    return status;
  }

  void Complete(const Status& status) final {
    const std::unique_ptr<Change> self(this);
    if (planned_) {
      impl_->ClearPlanned(name_, removes_ ? nullptr : new_table_);
    }
    if (status.ok() && removes_) {
      impl_->tables_.Remove(name_);
    } else if (status.ok()) {
      impl_->tables_.Publish(new_table_);
    }
    Answer(status.ok() ? Result<TablePointer>(new_table_) : Result<TablePointer>(status));
  }

  // Runs the callback where it belongs.
  void Answer(Result<TablePointer> result) {
    auto task = std::make_unique<CallbackTask>(std::move(done_), std::move(result));
    if (queue_ == nullptr) {
      task.release()->Run();
    } else {
      queue_->PostOne(task.release());
    }
  }

 protected:
  // Plans the change of old_table_ (nullptr: there is none): sets new_table_ and writes the row.
  virtual Status PlanChange(const PinnedValue& next_id, WriteSet* writes) = 0;

  void WriteRow(TableDescriptor descriptor, WriteSet* writes) {
    row_.clear();
    EncodeTableDescriptor(descriptor, &row_);
    writes->Put(Space::kCatalog, row_key_, row_);
    new_table_ = std::make_shared<Table>(std::move(descriptor));
  }
  // Marks the data of a table that is gone for dropping. Belongs in the commit that removes or
  // replaces its row.
  void WriteDropMarker(uint32_t table_id, WriteSet* writes) {
    std::string key;
    std::string value;
    AppendDroppedTableKey(table_id, &key);
    EncodeDroppedTable(now_ms_, &value);
    writes->Put(Space::kMeta, key, value);
    writes->DropCounters(table_id);
  }

  Impl* const impl_;
  const std::string name_;
  const int64_t now_ms_;
  TablePointer old_table_;
  TablePointer new_table_;
  bool removes_ = false;  // the row goes instead of being written
  std::string row_key_;

 private:
  std::string next_id_key_;
  const MutationKey keys_[2];
  std::string row_;
  bool planned_ = false;
  TaskQueue* const queue_;
  ChangeCallback done_;
};

class Catalog::Impl::CreateChange final : public Change {
 public:
  CreateChange(Impl* impl, TableDescriptor descriptor, TaskQueue* queue, ChangeCallback done)
      : Change(impl, descriptor.name, queue, std::move(done)), descriptor_(std::move(descriptor)) {
    descriptor_.version = 1;
    descriptor_.uuid = NewUuid(impl->random_);
    descriptor_.creation_ms = now_ms_;
    descriptor_.state = TableState::kCreating;
    descriptor_.state_until_ms = now_ms_ + impl->options_.transition_ms;
  }

 protected:
  Status PlanChange(const PinnedValue& next_id, WriteSet* writes) override {
    if (old_table_ != nullptr && !old_table_->Gone(now_ms_)) {
      return Status(StatusCode::kAlreadyExists, "there is a table of this name");
    }
    uint32_t table_id = 1;
    if (next_id.found()) {
      ASSIGN_OR_RETURN(table_id, DecodeNextTableId(next_id.bytes()));
    }
    if (table_id >= kTableIdEnd) {
      return Status(StatusCode::kResourceExhausted, "all table ids have been used");
    }
    std::string value;
    EncodeNextTableId(table_id + 1, &value);
    writes->Put(Space::kMeta, NextTableIdKey(), value);
    if (old_table_ != nullptr) {
      WriteDropMarker(old_table_->id(), writes);
    }
    descriptor_.table_id = table_id;
    WriteRow(descriptor_, writes);
    return Status::Ok();
  }

 private:
  TableDescriptor descriptor_;
};

// Updates and deletes: an edit of the descriptor and a new state.
class Catalog::Impl::EditChange final : public Change {
 public:
  enum class Kind { kUpdate, kUpdateToUpdating, kDelete };

  EditChange(Impl* impl, std::string_view name, DescriptorEdit edit, Kind kind, TaskQueue* queue,
             ChangeCallback done)
      : Change(impl, std::string(name), queue, std::move(done)),
        edit_(std::move(edit)),
        kind_(kind) {}

 protected:
  Status PlanChange(const PinnedValue&, WriteSet* writes) override {
    if (old_table_ == nullptr || old_table_->Gone(now_ms_)) {
      return Status(StatusCode::kNotFound, "there is no table of this name");
    }
    const TableDescriptor current = Resolved(*old_table_, now_ms_);
    TableDescriptor changed = current;
    if (edit_ != nullptr) {
      RETURN_IF_ERROR(edit_(current, &changed));
    }
    if (current.state == TableState::kDeleting) {
      return Status(StatusCode::kFailedPrecondition, "the table is being deleted");
    }
    changed.table_id = current.table_id;
    changed.version = current.version + 1;
    changed.name = current.name;
    changed.uuid = current.uuid;
    changed.creation_ms = current.creation_ms;
    changed.state = current.state;
    changed.state_until_ms = current.state_until_ms;
    if (kind_ != Kind::kUpdate) {
      changed.state = kind_ == Kind::kDelete ? TableState::kDeleting : TableState::kUpdating;
      changed.state_until_ms = now_ms_ + impl_->options_.transition_ms;
    }
    if (kind_ == Kind::kDelete && impl_->options_.transition_ms == 0) {
      removes_ = true;
      writes->Delete(Space::kCatalog, row_key_);
      WriteDropMarker(changed.table_id, writes);
      new_table_ = std::make_shared<Table>(std::move(changed));
      return Status::Ok();
    }
    WriteRow(std::move(changed), writes);
    return Status::Ok();
  }

 private:
  const DescriptorEdit edit_;
  const Kind kind_;
};

// Removes the row of a table whose waiting period as kDeleting is over.
class Catalog::Impl::RemoveChange final : public Change {
 public:
  RemoveChange(Impl* impl, const Table& table, ChangeCallback done)
      : Change(impl, table.descriptor().name, nullptr, std::move(done)), table_id_(table.id()) {}

 protected:
  Status PlanChange(const PinnedValue&, WriteSet* writes) override {
    if (old_table_ == nullptr || old_table_->id() != table_id_ || !old_table_->Gone(now_ms_)) {
      return Status(StatusCode::kNotFound, "the table has been removed meanwhile");
    }
    removes_ = true;
    new_table_ = old_table_;
    writes->Delete(Space::kCatalog, row_key_);
    WriteDropMarker(table_id_, writes);
    return Status::Ok();
  }

 private:
  const uint32_t table_id_;
};

Status Catalog::Impl::Load() {
  const std::string begin = CatalogRowsBegin();
  const std::string end = CatalogRowsEnd();
  engine::ScanRange range;
  range.space = Space::kCatalog;
  range.from = begin;
  range.to = end;
  const std::unique_ptr<engine::Scanner> rows = engine_->Scan(range);
  std::vector<TablePointer> tables;
  for (; rows->Valid(); rows->Next()) {
    ASSIGN_OR_RETURN(TableDescriptor descriptor, DecodeTableDescriptor(rows->value()));
    if (CatalogRowKey(descriptor.name) != rows->key() || descriptor.table_id == 0) {
      return Status(StatusCode::kCorruption,
                    "the stored catalog is damaged at table " + descriptor.name);
    }
    tables.push_back(std::make_shared<Table>(std::move(descriptor)));
  }
  RETURN_IF_ERROR(rows->status());
  tables_.PublishAll(std::move(tables));
  return Status::Ok();
}

void Catalog::Impl::Submit(std::unique_ptr<Change> change) {
  const Status status = engine_->Submit(change.get());
  if (status.ok()) {
    change.release();  // Complete deletes it
    return;
  }
  change->Answer(Result<TablePointer>(status));
}

void Catalog::Impl::RemoveGoneTables(const std::atomic<bool>& stop) {
  const int64_t now_ms = clock_->NowMs();
  const CatalogSnapshot::Pointer snapshot = tables_.Current();
  for (const TablePointer& table : snapshot->by_name) {
    if (stop.load(std::memory_order_relaxed)) {
      return;
    }
    if (!table->Gone(now_ms)) {
      continue;
    }
    Mutex mutex;
    ConditionVariable condition;
    bool done = false;
    Submit(std::make_unique<RemoveChange>(this, *table, [&](const Result<TablePointer>&) {
      // A failure leaves the row for the next time; a replaced row has its marker already.
      MutexLock lock(&mutex);
      done = true;
      condition.NotifyOne();
    }));
    MutexLock lock(&mutex);
    while (!done) {
      condition.Wait(&mutex);
    }
  }
}

Catalog::Catalog(engine::Engine* engine, Clock* clock, Random* random,
                 const CatalogOptions& options)
    : impl_(std::make_unique<Impl>(engine, clock, random, options)) {}

Catalog::~Catalog() = default;

Status Catalog::Load() { return impl_->Load(); }

TablePointer Catalog::Find(std::string_view name) const {
  TablePointer table = impl_->tables_.Find(name);
  if (table != nullptr && !table->settled() && table->Gone(impl_->clock_->NowMs())) {
    return nullptr;
  }
  return table;
}

TablePointer Catalog::FindUsable(std::string_view name) const {
  TablePointer table = impl_->tables_.Find(name);
  if (table == nullptr || table->settled()) {
    return table;
  }
  const TableState state = table->StateAt(impl_->clock_->NowMs());
  return state == TableState::kActive || state == TableState::kUpdating ? table : nullptr;
}

std::vector<std::string> Catalog::List(std::string_view after, size_t count, bool* more) const {
  const int64_t now_ms = impl_->clock_->NowMs();
  const CatalogSnapshot::Pointer snapshot = impl_->tables_.Current();
  std::vector<std::string> names;
  *more = false;
  auto next = std::upper_bound(snapshot->by_name.begin(), snapshot->by_name.end(), after,
                               [](std::string_view name, const TablePointer& table) {
                                 return name < table->descriptor().name;
                               });
  for (; next != snapshot->by_name.end(); ++next) {
    if ((*next)->Gone(now_ms)) {
      continue;
    }
    if (names.size() == count) {
      *more = true;
      break;
    }
    names.push_back((*next)->descriptor().name);
  }
  return names;
}

void Catalog::Create(TableDescriptor descriptor, TaskQueue* queue, ChangeCallback done) {
  impl_->Submit(std::make_unique<Impl::CreateChange>(impl_.get(), std::move(descriptor), queue,
                                                     std::move(done)));
}

void Catalog::Update(std::string_view name, DescriptorEdit edit, bool to_updating, TaskQueue* queue,
                     ChangeCallback done) {
  using Kind = Impl::EditChange::Kind;
  impl_->Submit(std::make_unique<Impl::EditChange>(
      impl_.get(), name, std::move(edit), to_updating ? Kind::kUpdateToUpdating : Kind::kUpdate,
      queue, std::move(done)));
}

void Catalog::Delete(std::string_view name, DescriptorEdit check, TaskQueue* queue,
                     ChangeCallback done) {
  impl_->Submit(std::make_unique<Impl::EditChange>(impl_.get(), name, std::move(check),
                                                   Impl::EditChange::Kind::kDelete, queue,
                                                   std::move(done)));
}

void Catalog::RunMaintenance(const std::atomic<bool>& stop) {
  impl_->RemoveGoneTables(stop);
  const Status status = DropTableData(impl_->engine_, stop);
  if (!status.ok() && status.code() != StatusCode::kShuttingDown) {
    Log(LogLevel::kWarning, "dropping the data of deleted tables will be tried again status=\"" +
                                status.ToString() + "\"");
  }
}

}  // namespace millrace::tables
