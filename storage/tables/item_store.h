// Items: reads, and writes of one item through a pure apply step. Writes of several items at once
// are in multi_item_mutation.h; what a change of an item entails is in item_change.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/value_view.h"
#include "storage/engine/engine.h"
#include "storage/model/limits.h"
#include "storage/tables/item_change.h"
#include "storage/tables/table.h"

namespace millrace::tables {

class MultiItemMutation;

// A write of one item. Derive from it, fill in the parts, hand it to ItemStore::Submit; it must
// stay until Done runs.
class ItemMutation : public engine::Mutation {
 public:
  // `table` and the key must be set before Submit. The key attributes have been checked against the
  // schema.
  void Prepare(TablePointer table, uint64_t hash_seed, ValueView partition_key, ValueView sort_key);

  const Table& table() const { return *table_; }

  // Pure step in commit order: looks at the item as it is (not present() if there is none) and sets
  // `*new_item` to encoded bytes for kPut, which must stay until Done. Any status other than OK
  // refuses the write; the implementation keeps its own reason. May run again.
  virtual Status Apply(const ItemView& old_item, ItemChange* change,
                       std::string_view* new_item) = 0;
  // Where to say which index entries change; nullptr if that is of no interest. Asked for after
  // Apply.
  virtual std::vector<IndexCharge>* index_charges() { return nullptr; }
  // The outcome, on the completion queue. OK: durable (or kept). kRefused: as Apply said.
  // kSchemaChanged: the table changed meanwhile; look it up again and repeat.
  virtual void Done(const Status& status) = 0;

  // engine::Mutation
  std::span<const engine::MutationKey> keys() const final { return {&mutation_key_, 1}; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) final;
  void Complete(const Status& status) final { Done(status); }

 private:
  TablePointer table_;
  ValueView partition_key_;
  ValueView sort_key_;
  std::string key_;
  engine::MutationKey mutation_key_;
};

// The items found by MultiGet, in the order asked for. The views live as long as the pins.
struct ItemReads {
  std::vector<engine::PinnedValue> pins;
  std::vector<ItemView> items;  // not present() where there is none
};

// A position in a table: the encoded item key. Opaque above this layer except through the functions
// of PageRequest.
struct PageRequest {
  // Query: the partition to read. Not present(): scan.
  ValueView partition_key;
  // Query: bounds on the sort key (encoded order). Not present(): open. Both ends as the flags say.
  ValueView sort_from;
  bool sort_from_inclusive = true;
  ValueView sort_to;
  bool sort_to_inclusive = true;
  // Query: only sort keys of S or B that start with these bytes.
  std::optional<std::string_view> sort_prefix;
  bool reverse = false;
  // Scan: which part of the table.
  int64_t segment = 0;
  int64_t segment_count = 1;
  // Start behind this key (its table key attributes), which need not exist.
  ValueView start_partition_key;
  ValueView start_sort_key;

  // Read this index of the table instead of the table. Then `partition_key` is not looked at,
  // but `index_partition` (a value for each partition attribute, or none to scan)
  // and `index_sort_equal` (values that the first sort attributes must have); the bounds above are
  // on the attribute behind those. To start behind an entry, `index_start` is set too.
  const TableIndex* index = nullptr;
  std::vector<ValueView> index_partition;
  std::vector<ValueView> index_sort_equal;
  IndexKeyValues index_start;
  // Stop after this many evaluated items; 0: no such limit.
  uint32_t item_limit = 0;
  // Stop before the item that would take the evaluated bytes above this. The first item of the
  // request is read whatever its size, unless `first_item_counts` says that the page has items
  // already (a page read in two steps).
  uint64_t size_limit = limits::kPageSizeMax;
  bool first_item_counts = false;
};

struct PageOutcome {
  uint32_t evaluated_count = 0;
  uint64_t evaluated_bytes = 0;  // DynamoDB sizes of the evaluated items
  // The page stopped before the end of the data: the last evaluated item is where the next one goes
  // on.
  bool stopped_early = false;
};

// Receives the items of a page one by one; the view is valid during the call only.
class ItemVisitor {
 public:
  virtual ~ItemVisitor() = default;
  virtual void Visit(const ItemView& item) = 0;
};

// Thread-safe.
class ItemStore {
 public:
  explicit ItemStore(engine::Engine* engine) : engine_(engine) {}

  uint64_t hash_seed() const { return engine_->hash_seed(); }

  // Reads an item. `*item` is not present() when there is none; it lives as long as `pin`.
  // kCorruption when the stored bytes are not the item of this key.
  Status Get(const Table& table, ValueView partition_key, ValueView sort_key,
             engine::PinnedValue* pin, ItemView* item) const;

  // Reads several items, of one or more tables, from one consistent view. kCorruption as for Get.
  Status MultiGet(std::span<const ItemTarget> targets, ItemReads* reads) const;

  // Reads one page in order, handing every evaluated item to `visitor`.
  Status ReadPage(const Table& table, const PageRequest& request, ItemVisitor* visitor,
                  PageOutcome* outcome) const;

  // Submits a prepared write. A failure here means Done will not run.
  [[nodiscard]] Status Submit(ItemMutation* mutation) { return engine_->Submit(mutation); }
  [[nodiscard]] Status Submit(MultiItemMutation* mutation);

  // The DynamoDB size of an item collection: of the items with this partition key and of their
  // entries in local indexes. Exact sizes are counted for the whole table only; this is the share
  // that the collection's key ranges have of them by the store's own estimate. An estimate, good
  // for collections of many megabytes. Reads no items.
  Result<int64_t> CollectionSize(const Table& table, ValueView partition_key) const;

  engine::TableCounters Counters(const Table& table) const { return engine_->Counters(table.id()); }
  engine::TableCounters IndexCounters(uint32_t index_id) const {
    return engine_->Counters(index_id);
  }

 private:
  engine::Engine* const engine_;
};

}  // namespace millrace::tables
