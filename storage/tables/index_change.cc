// Maintenance of secondary indexes by single changes of items.
#include "storage/tables/index_change.h"

#include <optional>
#include <string>

#include "storage/codec/index_codec.h"

namespace millrace::tables {
namespace {

using engine::Space;

bool SameValues(std::span<const ValueView> a, std::span<const ValueView> b, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    if (a[index].encoded() != b[index].encoded()) {
      return false;
    }
  }
  return true;
}

bool SameKey(const KeySchema& schema, const IndexKeyValues& a, const IndexKeyValues& b) {
  return SameValues(a.partition, b.partition, schema.partition.size()) &&
         SameValues(a.sort, b.sort, schema.sort.size());
}

// The maintenance of all indexes for one change. Buffers and what several indexes need are kept
// from one to the next.
class Maintenance {
 public:
  Maintenance(const Table& table, std::string_view item_key, ValueView partition_key,
              ValueView sort_key, const ItemView& old_item, const ItemView& new_item,
              engine::WriteSet* writes)
      : table_(table),
        item_key_(item_key),
        partition_key_(partition_key),
        sort_key_(sort_key),
        old_item_(old_item),
        new_item_(new_item),
        writes_(writes) {}

  // Maintains one index; false when none of its entries changes.
  bool Maintain(const TableIndex& index, IndexCharge* charge) {
    if (index.progress != nullptr && !index.progress->Covers(item_key_)) {
      NoteInsertion(index.progress.get());
      return false;
    }
    const KeySchema& schema = index.key_schema();
    const bool had = old_item_.present() && FindIndexKey(old_item_, schema, &old_values_);
    const bool has = new_item_.present() && FindIndexKey(new_item_, schema, &new_values_);
    if (!had && !has) {
      return false;
    }
    const ItemView old_entry = had ? Entry(index, old_item_, &old_bytes_) : ItemView();
    const ItemView new_entry = has ? Entry(index, new_item_, &new_bytes_) : ItemView();
    const bool stays = had && has && SameKey(schema, old_values_, new_values_);
    if (stays && SameContent(index, old_entry, new_entry)) {
      return false;
    }
    if (had && !stays) {
      writes_->Delete(Space::kIndexes, EntryKey(index, old_values_));
    }
    if (has) {
      writes_->Put(Space::kIndexes, EntryKey(index, new_values_), new_entry.encoded());
    }
    charge->old_size = old_entry.DynamoSize();
    charge->new_size = new_entry.DynamoSize();
    charge->key_changed = had && has && !stays;
    const int64_t count = int64_t{has} - int64_t{had};
    const int64_t size = int64_t{charge->new_size} - int64_t{charge->old_size};
    if (count != 0 || size != 0) {
      writes_->AddToCounters(index.id(), count, size);
    }
    return true;
  }

 private:
  // An item that the backfill has not come to yet, and may not see any more where it is scanning.
  void NoteInsertion(BackfillProgress* progress) const {
    if (!progress->recording || old_item_.present() || item_key_ <= progress->position) {
      return;
    }
    if (progress->inserted.size() == BackfillProgress::kInsertedMax) {
      progress->inserted.clear();
      progress->recording = false;
      return;
    }
    progress->inserted.emplace(item_key_);
  }

  static ItemView Entry(const TableIndex& index, const ItemView& item, std::string* bytes) {
    if (index.projection.all()) {
      return item;
    }
    bytes->clear();
    return index.projection.Project(item, bytes);
  }

  bool SameContent(const TableIndex& index, const ItemView& old_entry, const ItemView& new_entry) {
    if (!index.projection.all()) {
      return ItemsEqual(old_entry, new_entry);
    }
    if (!items_equal_.has_value()) {
      items_equal_ = ItemsEqual(old_item_, new_item_);
    }
    return *items_equal_;
  }

  std::string_view EntryKey(const TableIndex& index, const IndexKeyValues& values) {
    if (!table_key_hash_.has_value()) {
      table_key_hash_ = TableKeyHash(table_.hash_seed(), partition_key_, sort_key_);
    }
    key_.clear();
    AppendIndexEntryKey(index.id(), index.key_schema(), table_.hash_seed(), values,
                        *table_key_hash_, &key_);
    return key_;
  }

  const Table& table_;
  const std::string_view item_key_;
  const ValueView partition_key_;
  const ValueView sort_key_;
  const ItemView& old_item_;
  const ItemView& new_item_;
  engine::WriteSet* const writes_;
  IndexKeyValues old_values_;
  IndexKeyValues new_values_;
  std::optional<Hash128> table_key_hash_;
  std::optional<bool> items_equal_;
  std::string key_;
  std::string old_bytes_;
  std::string new_bytes_;
};

}  // namespace

void WriteIndexChanges(const Table& table, std::string_view item_key, ValueView partition_key,
                       ValueView sort_key, const ItemView& old_item, const ItemView& new_item,
                       std::vector<IndexCharge>* charges, engine::WriteSet* writes) {
  Maintenance maintenance(table, item_key, partition_key, sort_key, old_item, new_item, writes);
  for (size_t position = 0; position < table.indexes().size(); ++position) {
    IndexCharge charge;
    if (maintenance.Maintain(table.indexes()[position], &charge) && charges != nullptr) {
      charge.index = position;
      charges->push_back(charge);
    }
  }
}

}  // namespace millrace::tables
