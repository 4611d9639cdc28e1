// The inside of the catalog, for the sources of this folder only: the published tables, and those
// that uncommitted changes have planned.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "storage/base/mutex.h"
#include "storage/tables/catalog.h"
#include "storage/tables/catalog_snapshot.h"
#include "storage/tables/catalog_streams.h"

namespace millrace::tables {

// Thread-safe.
class Catalog::Impl {
 public:
  class Change;
  class CreateChange;
  class EditChange;
  class RemoveChange;
  enum class EditKind { kUpdate, kUpdateToUpdating, kDelete };

  Impl(engine::Engine* engine, StreamCatalog* streams, Clock* clock, Random* random,
       const CatalogOptions& options)
      : engine_(engine), clock_(clock), random_(random), options_(options), streams_(streams) {}

  Status Load();
  // Submits one of the changes; `done` is called in any case.
  void Create(TableDescriptor descriptor, TaskQueue* queue, ChangeCallback done);
  void Edit(std::string_view name, DescriptorEdit edit, EditKind kind, TaskQueue* queue,
            ChangeCallback done);
  // Removes the row of a table whose waiting period as kDeleting is over.
  void RemoveRow(const Table& table, ChangeCallback done);
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

  void Submit(std::unique_ptr<Change> change);

  // See Catalog::OnIndexCreation.
  void NotifyIfIndexIsCreated(const Table& table) const {
    if (on_index_creation_ != nullptr && HasUnfinishedIndex(table)) {
      on_index_creation_();
    }
  }
  static bool HasUnfinishedIndex(const Table& table);
  // Removes the indexes whose waiting period as kDeleting is over.
  void RemoveGoneIndexes(const std::atomic<bool>& stop);
  // Reads how far the indexes of `table` that are being filled have come.
  Status LoadProgress(const Table& table);
  // Makes an edit and waits for it; a failure is left for the next time.
  void EditAndWait(const Table& table, DescriptorEdit edit);

  std::function<void()> on_index_creation_;  // set before the first change

  engine::Engine* const engine_;
  Clock* const clock_;
  Random* const random_;
  const CatalogOptions options_;
  CatalogSnapshots tables_;
  CatalogStreams streams_;

 private:
  Mutex planned_mutex_;
  // A table that an uncommitted change has written; nullptr: one that it has removed. Filled by
  // plans, emptied by completions, so it is as small as a commit group.
  std::unordered_map<std::string, TablePointer> planned_ GUARDED_BY(planned_mutex_);
};

}  // namespace millrace::tables
