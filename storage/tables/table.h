// A table as the operations see it: an immutable description that many requests share. A schema
// change makes a new one and marks the old as superseded, which writes notice when their turn in
// the commit order comes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "storage/model/table_descriptor.h"
#include "storage/tables/expiry_watermark.h"
#include "storage/tables/table_index.h"

namespace millrace::tables {

// Thread-safe: the descriptor never changes, the flags are atomic.
class Table {
 public:
  // `previous` is the description that this one replaces, or nullptr: what is known of the progress
  // of an index, and of the sweeping of expired items, goes over. `hash_seed` is the engine's.
  Table(TableDescriptor descriptor, uint64_t hash_seed, const Table* previous);
  const TableDescriptor& descriptor() const { return descriptor_; }
  uint32_t id() const { return descriptor_.table_id; }
  const KeySchema& key_schema() const { return descriptor_.key_schema; }
  uint64_t hash_seed() const { return hash_seed_; }

  // The indexes that writes maintain, in byte order of their names; those that are being deleted
  // are not among them.
  std::span<const TableIndex> indexes() const { return indexes_; }
  // The index called `name`, or nullptr.
  const TableIndex* FindIndex(std::string_view name) const;

  // The stream that writes are logged to, or nullptr.
  const TableStream* stream() const {
    return descriptor_.stream.has_value() && descriptor_.stream->enabled ? &*descriptor_.stream
                                                                         : nullptr;
  }
  // The time to live whose expiry entries writes maintain, or nullptr.
  const TimeToLive* time_to_live() const {
    return descriptor_.time_to_live.has_value() ? &*descriptor_.time_to_live : nullptr;
  }

  // How far its expired items have been swept; nullptr without time to live.
  ExpiryWatermark* expiry_watermark() const { return expiry_watermark_.get(); }

  // The state at `now_ms`, waiting periods that have run out taken into account. kDeleting past its
  // time: the table is gone, see Gone.
  TableState StateAt(int64_t now_ms) const;
  bool Gone(int64_t now_ms) const;
  // Whether the state is kActive for good, so that nobody needs to look at the clock. May be false
  // for a while longer.
  bool settled() const { return settled_.load(std::memory_order_relaxed); }

  bool superseded() const { return superseded_.load(std::memory_order_acquire); }
  // Called in commit order by the mutation that replaces this description.
  void Supersede() { superseded_.store(true, std::memory_order_release); }

 private:
  void TakeWatermark(const Table* previous);

  const TableDescriptor descriptor_;
  const uint64_t hash_seed_;
  std::vector<TableIndex> indexes_;
  std::shared_ptr<ExpiryWatermark> expiry_watermark_;
  std::atomic<bool> superseded_{false};
  mutable std::atomic<bool> settled_;
};

using TablePointer = std::shared_ptr<Table>;

}  // namespace millrace::tables
