// The set of all tables as an immutable snapshot, and its publication: many threads look tables up
// on every request, one replaces the set when the catalog changes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/tables/table.h"

namespace millrace::tables {

// All tables at one moment. Immutable once published.
struct CatalogSnapshot {
  using Pointer = std::shared_ptr<const CatalogSnapshot>;
  // The keys are the names inside the descriptors, which live as long as the tables.
  std::unordered_map<std::string_view, TablePointer> tables;
  std::vector<TablePointer> by_name;  // in byte order of the names
};

// Thread-safe. Each reading thread keeps the snapshot it saw last and asks for a new one only when
// the version has moved on, so a look-up writes to no memory that threads share (but for the
// reference count of the table it returns). A thread may thereby keep one outdated snapshot alive
// until its next look-up or its end.
class CatalogSnapshots {
 public:
  CatalogSnapshots();
  CatalogSnapshots(const CatalogSnapshots&) = delete;
  CatalogSnapshots& operator=(const CatalogSnapshots&) = delete;

  // The table called `name`, or nullptr.
  TablePointer Find(std::string_view name) const;
  // The whole set.
  CatalogSnapshot::Pointer Current() const EXCLUDES(mutex_);

  // Each of these is seen by every look-up that begins after it returns.
  void PublishAll(std::vector<TablePointer> tables);
  // Adds the table, or replaces the one of its name.
  void Publish(const TablePointer& table);
  void Remove(std::string_view name);

 private:
  const CatalogSnapshot& CurrentOfThread() const;
  void PublishSorted(std::vector<TablePointer> tables) EXCLUDES(mutex_);

  const uint64_t
      identity_;  // tells instances apart in the per-thread cache, also after one has gone
  std::atomic<uint64_t> version_{0};
  mutable Mutex mutex_;
  CatalogSnapshot::Pointer current_ GUARDED_BY(mutex_);
};

}  // namespace millrace::tables
