// The changes of the catalog as mutations of the commit pipeline: each plans against what the
// changes before it have planned, and publishes when it completes.
#include <memory>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/codec/backfill_codec.h"
#include "storage/codec/descriptor_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/model/limits.h"
#include "storage/tables/catalog_impl.h"

namespace millrace::tables {
namespace {

using engine::MutationKey;
using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

// Ids of tables and indexes stay below this, so that there is always a first key behind their data.
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

// The index with the id, or nullptr.
const IndexDescriptor* FindIndexById(const TableDescriptor& table, uint32_t index_id) {
  for (const IndexDescriptor& index : table.indexes) {
    if (index.index_id == index_id) {
      return &index;
    }
  }
  return nullptr;
}

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

}  // namespace

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
    if (status.ok()) {
      impl_->streams_.Publish(stream_changes_);
    }
    if (status.ok() && removes_) {
      impl_->tables_.Remove(name_);
    } else if (status.ok()) {
      impl_->tables_.Publish(new_table_);
      impl_->NotifyIfIndexIsCreated(*new_table_);
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
    new_table_ = MakeTable(std::move(descriptor));
  }
  TablePointer MakeTable(TableDescriptor descriptor) const {
    return std::make_shared<Table>(std::move(descriptor), impl_->engine_->hash_seed(),
                                   old_table_.get());
  }
  // Gives ids to the table, and to those of its indexes, its stream and its time to live that have
  // none yet.
  Status AllocateIds(const PinnedValue& next_id, TableDescriptor* table, WriteSet* writes) {
    uint32_t id = 1;
    if (next_id.found()) {
      ASSIGN_OR_RETURN(id, DecodeNextTableId(next_id.bytes()));
    }
    const uint32_t first = id;
    if (table->table_id == 0) {
      table->table_id = id++;
    }
    for (IndexDescriptor& index : table->indexes) {
      if (index.index_id == 0) {
        index.index_id = id++;
      }
    }
    if (table->stream.has_value() && table->stream->stream_id == 0) {
      table->stream->stream_id = id++;
    }
    if (table->time_to_live.has_value() && table->time_to_live->time_to_live_id == 0) {
      table->time_to_live->time_to_live_id = id++;
    }
    if (id > kTableIdEnd - limits::kGlobalIndexesMax - limits::kLocalIndexesMax - 2) {
      return Status(StatusCode::kResourceExhausted, "all table ids have been used");
    }
    if (id != first) {
      std::string value;
      EncodeNextTableId(id, &value);
      writes->Put(Space::kMeta, NextTableIdKey(), value);
    }
    return Status::Ok();
  }
  // Marks the data of a table or index that is gone for dropping. Belongs in the commit that
  // removes or replaces its row.
  void WriteDropMarker(uint32_t id, WriteSet* writes) {
    std::string key;
    std::string value;
    AppendDroppedTableKey(id, &key);
    EncodeDroppedTable(now_ms_, &value);
    writes->Put(Space::kMeta, key, value);
    writes->DropCounters(id);
  }
  void WriteIndexDropMarker(const IndexDescriptor& index, WriteSet* writes) {
    WriteDropMarker(index.index_id, writes);
    if (index.state == IndexState::kCreating) {
      ForgetBackfill(index, writes);
    }
  }
  // For a table with all its indexes.
  void WriteDropMarkers(const TableDescriptor& table, WriteSet* writes) {
    WriteDropMarker(table.table_id, writes);
    for (const IndexDescriptor& index : table.indexes) {
      WriteIndexDropMarker(index, writes);
    }
    if (table.time_to_live.has_value()) {
      WriteDropMarker(table.time_to_live->time_to_live_id, writes);
    }
  }
  void ForgetBackfill(const IndexDescriptor& index, WriteSet* writes) {
    std::string key;
    AppendBackfillKey(index.index_id, &key);
    writes->Delete(Space::kMeta, key);
  }

  Impl* const impl_;
  const std::string name_;
  const int64_t now_ms_;
  TablePointer old_table_;
  TablePointer new_table_;
  bool removes_ = false;  // the row goes instead of being written
  CatalogStreams::Changes stream_changes_;
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
    TableDescriptor descriptor = descriptor_;
    RETURN_IF_ERROR(AllocateIds(next_id, &descriptor, writes));
    if (old_table_ != nullptr) {
      WriteDropMarkers(old_table_->descriptor(), writes);
    }
    impl_->streams_.Plan(nullptr, &descriptor, false, writes, &stream_changes_);
    WriteRow(std::move(descriptor), writes);
    return Status::Ok();
  }

 private:
  TableDescriptor descriptor_;
};

// Updates and deletes: an edit of the descriptor and a new state.
class Catalog::Impl::EditChange final : public Change {
 public:
  EditChange(Impl* impl, std::string_view name, DescriptorEdit edit, EditKind kind,
             TaskQueue* queue, ChangeCallback done)
      : Change(impl, std::string(name), queue, std::move(done)),
        edit_(std::move(edit)),
        kind_(kind) {}

 protected:
  Status PlanChange(const PinnedValue& next_id, WriteSet* writes) override {
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
    if (kind_ != EditKind::kUpdate) {
      changed.state = kind_ == EditKind::kDelete ? TableState::kDeleting : TableState::kUpdating;
      changed.state_until_ms = now_ms_ + impl_->options_.transition_ms;
    }
    if (kind_ == EditKind::kDelete && impl_->options_.transition_ms == 0) {
      removes_ = true;
      writes->Delete(Space::kCatalog, row_key_);
      WriteDropMarkers(current, writes);
      impl_->streams_.Plan(&current, &changed, true, writes, &stream_changes_);
      new_table_ = MakeTable(std::move(changed));
      return Status::Ok();
    }
    RETURN_IF_ERROR(AllocateIds(next_id, &changed, writes));
    FinishIndexChanges(current, &changed, writes);
    if (current.time_to_live.has_value() &&
        (!changed.time_to_live.has_value() ||
         changed.time_to_live->time_to_live_id != current.time_to_live->time_to_live_id)) {
      WriteDropMarker(current.time_to_live->time_to_live_id, writes);
    }
    impl_->streams_.Plan(&current, &changed, kind_ == EditKind::kDelete, writes, &stream_changes_);
    WriteRow(std::move(changed), writes);
    return Status::Ok();
  }

 private:
  // What goes with the end of an index's creation, or of the index. One that is to be deleted is
  // gone at once if the table does not show the waiting.
  void FinishIndexChanges(const TableDescriptor& current, TableDescriptor* changed,
                          WriteSet* writes) {
    if (changed->state != TableState::kUpdating || impl_->options_.transition_ms == 0) {
      std::erase_if(changed->indexes, [](const IndexDescriptor& index) {
        return index.state == IndexState::kDeleting;
      });
    }
    for (const IndexDescriptor& index : current.indexes) {
      const IndexDescriptor* const after = FindIndexById(*changed, index.index_id);
      if (after == nullptr) {
        WriteIndexDropMarker(index, writes);
      } else if (index.state == IndexState::kCreating && after->state != IndexState::kCreating) {
        ForgetBackfill(index, writes);
      }
    }
  }

  const DescriptorEdit edit_;
  const EditKind kind_;
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
    WriteDropMarkers(old_table_->descriptor(), writes);
    return Status::Ok();
  }

 private:
  const uint32_t table_id_;
};

void Catalog::Impl::Create(TableDescriptor descriptor, TaskQueue* queue, ChangeCallback done) {
  Submit(std::make_unique<CreateChange>(this, std::move(descriptor), queue, std::move(done)));
}

void Catalog::Impl::Edit(std::string_view name, DescriptorEdit edit, EditKind kind,
                         TaskQueue* queue, ChangeCallback done) {
  Submit(std::make_unique<EditChange>(this, name, std::move(edit), kind, queue, std::move(done)));
}

void Catalog::Impl::RemoveRow(const Table& table, ChangeCallback done) {
  Submit(std::make_unique<RemoveChange>(this, table, std::move(done)));
}

void Catalog::Impl::Submit(std::unique_ptr<Change> change) {
  const Status status = engine_->Submit(change.get());
  if (status.ok()) {
    change.release();  // Complete deletes it
    return;
  }
  change->Answer(Result<TablePointer>(status));
}

}  // namespace millrace::tables
