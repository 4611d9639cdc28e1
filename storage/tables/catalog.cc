// The catalog keeps all tables in one immutable snapshot. A change is a commit whose completion
// publishes a new snapshot (catalog_changes.cc); readers keep the one they saw last in their thread
// and compare one atomic number to know it is current.
#include "storage/tables/catalog.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/codec/backfill_codec.h"
#include "storage/codec/descriptor_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/tables/catalog_impl.h"
#include "storage/tables/dropped_tables.h"

namespace millrace::tables {

Status Catalog::Impl::Load() {
  const std::string begin = CatalogRowsBegin();
  const std::string end = CatalogRowsEnd();
  engine::ScanRange range;
  range.space = engine::Space::kCatalog;
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
    tables.push_back(std::make_shared<Table>(std::move(descriptor), engine_->hash_seed(), nullptr));
    RETURN_IF_ERROR(LoadProgress(*tables.back()));
  }
  RETURN_IF_ERROR(rows->status());
  tables_.PublishAll(std::move(tables));
  return Status::Ok();
}

Status Catalog::Impl::LoadProgress(const Table& table) {
  for (const TableIndex& index : table.indexes()) {
    if (index.progress == nullptr) {
      continue;
    }
    std::string key;
    AppendBackfillKey(index.id(), &key);
    engine::PinnedValue value;
    RETURN_IF_ERROR(engine_->Get(engine::Space::kMeta, key, &value));
    if (value.found()) {
      ASSIGN_OR_RETURN(BackfillRecord record, DecodeBackfillRecord(value.bytes()));
      index.progress->position = std::move(record.position);
      index.progress->pending.insert(record.pending.begin(), record.pending.end());
    }
  }
  return Status::Ok();
}

bool Catalog::Impl::HasUnfinishedIndex(const Table& table) {
  return std::any_of(table.indexes().begin(), table.indexes().end(),
                     [](const TableIndex& index) { return index.progress != nullptr; });
}

void Catalog::Impl::EditAndWait(const Table& table, DescriptorEdit edit) {
  Mutex mutex;
  ConditionVariable condition;
  bool done = false;
  Edit(table.descriptor().name, std::move(edit), EditKind::kUpdate, nullptr,
       [&](const Result<TablePointer>&) {
         MutexLock lock(&mutex);
         done = true;
         condition.NotifyOne();
       });
  MutexLock lock(&mutex);
  while (!done) {
    condition.Wait(&mutex);
  }
}

void Catalog::Impl::RemoveGoneIndexes(const std::atomic<bool>& stop) {
  const int64_t now_ms = clock_->NowMs();
  const CatalogSnapshot::Pointer snapshot = tables_.Current();
  for (const TablePointer& table : snapshot->by_name) {
    const std::vector<IndexDescriptor>& indexes = table->descriptor().indexes;
    const bool any = std::any_of(indexes.begin(), indexes.end(), [](const IndexDescriptor& index) {
      return index.state == IndexState::kDeleting;
    });
    if (stop.load(std::memory_order_relaxed)) {
      return;
    }
    if (any && table->StateAt(now_ms) == TableState::kActive) {
      // The catalog itself removes them from whatever table is not waiting.
      EditAndWait(*table, nullptr);
    }
  }
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
    RemoveRow(*table, [&](const Result<TablePointer>&) {
      // A failure leaves the row for the next time; a replaced row has its marker already.
      MutexLock lock(&mutex);
      done = true;
      condition.NotifyOne();
    });
    MutexLock lock(&mutex);
    while (!done) {
      condition.Wait(&mutex);
    }
  }
}

Catalog::Catalog(engine::Engine* engine, StreamCatalog* streams, Clock* clock, Random* random,
                 const CatalogOptions& options)
    : impl_(std::make_unique<Impl>(engine, streams, clock, random, options)) {}

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
  impl_->Create(std::move(descriptor), queue, std::move(done));
}

void Catalog::Update(std::string_view name, DescriptorEdit edit, bool to_updating, TaskQueue* queue,
                     ChangeCallback done) {
  using Kind = Impl::EditKind;
  impl_->Edit(name, std::move(edit), to_updating ? Kind::kUpdateToUpdating : Kind::kUpdate, queue,
              std::move(done));
}

void Catalog::Delete(std::string_view name, DescriptorEdit check, TaskQueue* queue,
                     ChangeCallback done) {
  impl_->Edit(name, std::move(check), Impl::EditKind::kDelete, queue, std::move(done));
}

std::vector<TablePointer> Catalog::TablesWithUnfinishedIndex() const {
  const CatalogSnapshot::Pointer snapshot = impl_->tables_.Current();
  std::vector<TablePointer> tables;
  for (const TablePointer& table : snapshot->by_name) {
    if (Impl::HasUnfinishedIndex(*table)) {
      tables.push_back(table);
    }
  }
  return tables;
}

std::vector<TablePointer> Catalog::TablesWithTimeToLive() const {
  const CatalogSnapshot::Pointer snapshot = impl_->tables_.Current();
  std::vector<TablePointer> tables;
  for (const TablePointer& table : snapshot->by_name) {
    if (table->time_to_live() != nullptr && table->descriptor().state != TableState::kDeleting) {
      tables.push_back(table);
    }
  }
  return tables;
}

void Catalog::OnIndexCreation(std::function<void()> callback) {
  impl_->on_index_creation_ = std::move(callback);
}

void Catalog::RunMaintenance(const std::atomic<bool>& stop) {
  impl_->RemoveGoneTables(stop);
  impl_->RemoveGoneIndexes(stop);
  const Status status = DropTableData(impl_->engine_, stop);
  if (!status.ok() && status.code() != StatusCode::kShuttingDown) {
    Log(LogLevel::kWarning, "dropping the data of deleted tables will be tried again status=\"" +
                                status.ToString() + "\"");
  }
}

}  // namespace millrace::tables
