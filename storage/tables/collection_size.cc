// Sizes of item collections, estimated from the sizes of key ranges.
#include <algorithm>
#include <span>
#include <string>

#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/tables/item_store.h"
#include "storage/tables/key_range.h"

namespace millrace::tables {
namespace {

using engine::Space;

// The part of `total_bytes`, which all keys of the table or index `id` hold, that belongs to the
// keys with `prefix`. A ratio of two estimates of the store, so that compression and the like,
// which are about the same for both, cancel out.
Result<int64_t> ShareOf(const engine::Engine& engine, Space space, uint32_t id, std::string prefix,
                        int64_t total_bytes) {
  std::string whole_prefix;
  AppendTablePrefix(id, &whole_prefix);
  ASSIGN_OR_RETURN(const uint64_t whole,
                   engine.ApproximateSize(space, whole_prefix, PrefixEnd(whole_prefix)));
  ASSIGN_OR_RETURN(const uint64_t part, engine.ApproximateSize(space, prefix, PrefixEnd(prefix)));
  if (whole == 0) {
    return int64_t{0};
  }
  const double share = std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
  return static_cast<int64_t>(share * static_cast<double>(total_bytes));
}

}  // namespace

Result<int64_t> ItemStore::CollectionSize(const Table& table, ValueView partition_key) const {
  std::string prefix;
  AppendPartitionPrefix(table.id(), PartitionHash(hash_seed(), partition_key), &prefix);
  ASSIGN_OR_RETURN(int64_t size_bytes, ShareOf(*engine_, Space::kItems, table.id(), prefix,
                                               Counters(table).size_bytes));
  for (const TableIndex& index : table.indexes()) {
    if (!index.is_local()) {
      continue;
    }
    prefix.clear();
    AppendIndexPartitionPrefix(index.id(), hash_seed(), std::span(&partition_key, 1), &prefix);
    ASSIGN_OR_RETURN(const int64_t entries, ShareOf(*engine_, Space::kIndexes, index.id(), prefix,
                                                    IndexCounters(index.id()).size_bytes));
    size_bytes += entries;
  }
  return size_bytes;
}

}  // namespace millrace::tables
