// Publication of the set of tables, and the per-thread cache in front of it.
#include "storage/tables/catalog_snapshot.h"

#include <algorithm>
#include <utility>

namespace millrace::tables {
namespace {

struct ThreadCache {
  uint64_t identity = 0;
  uint64_t version = 0;
  CatalogSnapshot::Pointer snapshot;
};

thread_local ThreadCache thread_cache;

std::string_view NameOf(const TablePointer& table) { return table->descriptor().name; }

// Where a table called `name` is or would be.
std::vector<TablePointer>::iterator FirstNotBefore(std::vector<TablePointer>* tables,
                                                   std::string_view name) {
  return std::lower_bound(
      tables->begin(), tables->end(), name,
      [](const TablePointer& table, std::string_view other) { return NameOf(table) < other; });
}

uint64_t NextIdentity() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

CatalogSnapshots::CatalogSnapshots()
    : identity_(NextIdentity()), current_(std::make_shared<CatalogSnapshot>()) {}

const CatalogSnapshot& CatalogSnapshots::CurrentOfThread() const {
  ThreadCache& cache = thread_cache;
  // The version is read first: a snapshot taken after it is that version or a newer one.
  const uint64_t version = version_.load(std::memory_order_acquire);
  if (cache.identity != identity_ || cache.version != version || cache.snapshot == nullptr)
      [[unlikely]] {
    cache.snapshot = Current();
    cache.identity = identity_;
    cache.version = version;
  }
  return *cache.snapshot;
}

TablePointer CatalogSnapshots::Find(std::string_view name) const {
  const CatalogSnapshot& snapshot = CurrentOfThread();
  const auto found = snapshot.tables.find(name);
  return found == snapshot.tables.end() ? nullptr : found->second;
}

CatalogSnapshot::Pointer CatalogSnapshots::Current() const {
  MutexLock lock(&mutex_);
  return current_;
}

void CatalogSnapshots::PublishAll(std::vector<TablePointer> tables) {
  std::sort(tables.begin(), tables.end(),
            [](const TablePointer& a, const TablePointer& b) { return NameOf(a) < NameOf(b); });
  PublishSorted(std::move(tables));
}

void CatalogSnapshots::PublishSorted(std::vector<TablePointer> tables) {
  auto snapshot = std::make_shared<CatalogSnapshot>();
  snapshot->tables.reserve(tables.size());
  for (const TablePointer& table : tables) {
    snapshot->tables.emplace(NameOf(table), table);
  }
  snapshot->by_name = std::move(tables);
  MutexLock lock(&mutex_);
  current_ = std::move(snapshot);
  version_.fetch_add(1, std::memory_order_release);
}

void CatalogSnapshots::Publish(const TablePointer& table) {
  std::vector<TablePointer> tables = Current()->by_name;
  const auto place = FirstNotBefore(&tables, NameOf(table));
  if (place != tables.end() && NameOf(*place) == NameOf(table)) {
    *place = table;
  } else {
    tables.insert(place, table);
  }
  PublishSorted(std::move(tables));
}

void CatalogSnapshots::Remove(std::string_view name) {
  std::vector<TablePointer> tables = Current()->by_name;
  const auto place = FirstNotBefore(&tables, name);
  if (place != tables.end() && NameOf(*place) == name) {
    tables.erase(place);
    PublishSorted(std::move(tables));
  }
}

}  // namespace millrace::tables
