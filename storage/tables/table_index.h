// A secondary index as writes and reads see it: its description, what it copies, and, while it is
// being filled, how far that has come.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "storage/codec/index_codec.h"
#include "storage/model/table_descriptor.h"

namespace millrace::tables {

// Which items of a table already have their entries in an index that is being filled. A write of an
// item that is covered maintains the index; a write of another one leaves it to the backfill, which
// will come to it. Read and changed by plans only, in commit order; no other thread may look at it
// once the table is published.
struct BackfillProgress {
  using Keys = std::set<std::string, std::less<>>;

  // Items up to and including this item key are covered, but for those in `pending`.
  std::string position;
  Keys pending;
  // Items that have come to be beyond the position since the backfill began to scan the next part:
  // it may not have seen them. Kept only while `recording`.
  Keys inserted;
  bool recording = false;

  bool Covers(std::string_view item_key) const {
    return item_key <= position && (pending.empty() || !pending.contains(item_key));
  }

  // Bounds the memory: with more insertions than this the part is scanned again.
  static constexpr size_t kInsertedMax = 100000;
};

// Part of a Table and as immutable, but for `progress`.
struct TableIndex {
  TableIndex(const KeySchema& table_schema, const IndexDescriptor& index)
      : descriptor(&index), projection(table_schema, index) {}

  uint32_t id() const { return descriptor->index_id; }
  const KeySchema& key_schema() const { return descriptor->key_schema; }
  bool is_local() const { return descriptor->kind == IndexKind::kLocal; }

  const IndexDescriptor* descriptor;  // the table's
  IndexProjection projection;
  std::shared_ptr<BackfillProgress> progress;  // nullptr: the index is whole
};

}  // namespace millrace::tables
