// The check of a whole database: catalog, items, index entries, counters, data without an owner.
#include "storage/tables/verify.h"

#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/codec/backfill_codec.h"
#include "storage/codec/descriptor_codec.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/codec/queue_codec.h"
#include "storage/codec/validate.h"
#include "storage/tables/table.h"
#include "storage/tables/verify_streams.h"

namespace millrace::tables {
namespace {

using engine::PinnedValue;
using engine::Space;

class Verifier {
 public:
  Verifier(const engine::Engine& engine, VerifyReport* report)
      : engine_(engine), report_(*report) {}

  Status Run() {
    RETURN_IF_ERROR(ReadCatalog());
    RETURN_IF_ERROR(ReadDropMarkers());
    RETURN_IF_ERROR(ReadQueues());
    for (const auto& table : tables_) {
      RETURN_IF_ERROR(CheckTable(*table));
      RETURN_IF_ERROR(VerifyTimeToLive(engine_, *table, &report_));
    }
    RETURN_IF_ERROR(VerifyStreams(engine_, tables_, &report_));
    RETURN_IF_ERROR(CheckOwners(Space::kItems, "items"));
    RETURN_IF_ERROR(CheckOwners(Space::kIndexes, "index entries"));
    RETURN_IF_ERROR(CheckOwners(Space::kTimeToLive, "expiry entries"));
    return CheckCounterOwners();
  }

 private:
  struct Totals {
    int64_t count = 0;
    int64_t bytes = 0;
  };

  void Problem(const std::string& where, const std::string& what) {
    report_.AddProblem(where, what);
  }

  static std::string NameOf(const Table& table) { return "table " + table.descriptor().name; }
  static std::string NameOf(const Table& table, const TableIndex& index) {
    return NameOf(table) + " index " + index.descriptor->name;
  }

  std::unique_ptr<engine::Scanner> Walk(Space space, std::string_view from, std::string_view to) {
    engine::ScanRange range;
    range.space = space;
    range.from = from;
    range.to = to;
    return engine_.Scan(range);
  }

  // All that lies under an id.
  std::unique_ptr<engine::Scanner> WalkId(Space space, uint32_t id) {
    std::string from;
    std::string to;
    AppendTablePrefix(id, &from);
    AppendTablePrefix(id + 1, &to);
    return Walk(space, from, to);
  }

  Status ReadCatalog() {
    const std::string begin = CatalogRowsBegin();
    const std::string end = CatalogRowsEnd();
    const auto rows = Walk(Space::kCatalog, begin, end);
    for (; rows->Valid(); rows->Next()) {
      ASSIGN_OR_RETURN(TableDescriptor descriptor, DecodeTableDescriptor(rows->value()));
      owners_.insert(descriptor.table_id);
      for (const IndexDescriptor& index : descriptor.indexes) {
        owners_.insert(index.index_id);
      }
      if (descriptor.time_to_live.has_value()) {
        owners_.insert(descriptor.time_to_live->time_to_live_id);
      }
      tables_.push_back(
          std::make_unique<Table>(std::move(descriptor), engine_.hash_seed(), nullptr));
      RETURN_IF_ERROR(ReadProgress(*tables_.back()));
    }
    return rows->status();
  }

  Status ReadProgress(const Table& table) {
    for (const TableIndex& index : table.indexes()) {
      if (index.progress == nullptr) {
        continue;
      }
      std::string key;
      AppendBackfillKey(index.id(), &key);
      PinnedValue value;
      RETURN_IF_ERROR(engine_.Get(Space::kMeta, key, &value));
      if (value.found()) {
        ASSIGN_OR_RETURN(BackfillRecord record, DecodeBackfillRecord(value.bytes()));
        index.progress->position = std::move(record.position);
        index.progress->pending.insert(record.pending.begin(), record.pending.end());
      }
    }
    return Status::Ok();
  }

  Status ReadDropMarkers() {
    const std::string begin = MetaKindBegin(MetaKind::kDroppedTable);
    const std::string end = MetaKindEnd(MetaKind::kDroppedTable);
    const auto markers = Walk(Space::kMeta, begin, end);
    for (; markers->Valid(); markers->Next()) {
      ASSIGN_OR_RETURN(const uint32_t id, TableIdOfMetaKey(markers->key()));
      dropped_.insert(id);
    }
    return markers->status();
  }

  // Queues have counters like tables.
  Status ReadQueues() {
    const std::string begin = QueueKindBegin(QueueRowKind::kQueue);
    const std::string end = QueueKindEnd(QueueRowKind::kQueue);
    const auto rows = Walk(Space::kQueues, begin, end);
    for (; rows->Valid(); rows->Next()) {
      ASSIGN_OR_RETURN(const QueueDescriptor queue, DecodeQueueDescriptor(rows->value()));
      owners_.insert(queue.queue_id);
    }
    return rows->status();
  }

  Status CheckTable(const Table& table) {
    ++report_.tables;
    Totals totals;
    const auto items = WalkId(Space::kItems, table.id());
    for (; items->Valid(); items->Next()) {
      ++report_.items;
      ++totals.count;
      const std::string where = NameOf(table) + " item " + ToHex(items->key());
      const Status sound = ValidateItem(items->value());
      if (!sound.ok()) {
        Problem(where, sound.ToString());
        continue;
      }
      const ItemView item = ItemView::At(items->value());
      totals.bytes += item.DynamoSize();
      if (!ItemBelongsAtKey(item, table.key_schema(), engine_.hash_seed(), items->key())) {
        Problem(where, "its key attributes do not belong under the key that it is stored under");
        continue;
      }
      RETURN_IF_ERROR(CheckEntriesOf(table, items->key(), item));
    }
    RETURN_IF_ERROR(items->status());
    CheckCounters(NameOf(table), table.id(), totals);
    for (const TableIndex& index : table.indexes()) {
      RETURN_IF_ERROR(CheckIndex(table, index));
    }
    return Status::Ok();
  }

  Hash128 HashOfTableKey(const Table& table, const ItemView& item) const {
    const KeyAttribute* const sort = table.key_schema().sort_key();
    return TableKeyHash(engine_.hash_seed(), item.Find(table.key_schema().partition_key().name),
                        sort == nullptr ? ValueView() : item.Find(sort->name));
  }

  static bool IsExpected(const TableIndex& index, std::string_view item_key) {
    return index.progress == nullptr || index.progress->Covers(item_key);
  }

  // From an item to its entries.
  Status CheckEntriesOf(const Table& table, std::string_view item_key, const ItemView& item) {
    for (const TableIndex& index : table.indexes()) {
      IndexKeyValues values;
      if (!IsExpected(index, item_key) || !FindIndexKey(item, index.key_schema(), &values)) {
        continue;
      }
      std::string key;
      AppendIndexEntryKey(index.id(), index.key_schema(), engine_.hash_seed(), values,
                          HashOfTableKey(table, item), &key);
      PinnedValue value;
      RETURN_IF_ERROR(engine_.Get(Space::kIndexes, key, &value));
      const std::string where = NameOf(table, index) + " item " + ToHex(item_key);
      if (!value.found()) {
        Problem(where, "the item has no entry");
      } else if (!SameContent(index, item, ItemView::At(value.bytes()))) {
        Problem(where, "the entry differs from what the index copies of the item");
      }
    }
    return Status::Ok();
  }

  static bool SameContent(const TableIndex& index, const ItemView& item, const ItemView& entry) {
    if (index.projection.all()) {
      return ItemsEqual(item, entry);
    }
    std::string projected;
    return ItemsEqual(index.projection.Project(item, &projected), entry);
  }

  // From the entries to their items. The contents have been compared on the way there, so it is
  // enough that the item exists and has an entry at this place.
  Status CheckIndex(const Table& table, const TableIndex& index) {
    ++report_.indexes;
    Totals totals;
    const auto entries = WalkId(Space::kIndexes, index.id());
    for (; entries->Valid(); entries->Next()) {
      ++report_.entries;
      ++totals.count;
      const std::string where = NameOf(table, index) + " entry " + ToHex(entries->key());
      const Status sound = ValidateItem(entries->value());
      if (!sound.ok()) {
        Problem(where, sound.ToString());
        continue;
      }
      const ItemView entry = ItemView::At(entries->value());
      totals.bytes += entry.DynamoSize();
      RETURN_IF_ERROR(CheckItemOf(table, index, where, entries->key(), entry));
    }
    RETURN_IF_ERROR(entries->status());
    CheckCounters(NameOf(table, index), index.id(), totals);
    return Status::Ok();
  }

  Status CheckItemOf(const Table& table, const TableIndex& index, const std::string& where,
                     std::string_view entry_key, const ItemView& entry) {
    const KeyAttribute* const sort = table.key_schema().sort_key();
    const ValueView partition_key = entry.Find(table.key_schema().partition_key().name);
    const ValueView sort_key = sort == nullptr ? ValueView() : entry.Find(sort->name);
    IndexKeyValues values;
    if (!partition_key.present() || (sort != nullptr && !sort_key.present()) ||
        !FindIndexKey(entry, index.key_schema(), &values)) {
      Problem(where, "the entry lacks a key attribute");
      return Status::Ok();
    }
    std::string key;
    AppendIndexEntryKey(index.id(), index.key_schema(), engine_.hash_seed(), values,
                        HashOfTableKey(table, entry), &key);
    if (key != entry_key) {
      Problem(where, "its key attributes do not belong under the key that it is stored under");
    }
    std::string item_key;
    AppendItemKey(table.id(), engine_.hash_seed(), partition_key, sort_key, &item_key);
    PinnedValue item;
    RETURN_IF_ERROR(engine_.Get(Space::kItems, item_key, &item));
    if (!item.found()) {
      Problem(where, "there is no item for the entry");
    } else if (!IsExpected(index, item_key)) {
      Problem(where, "the entry was made before the item's turn came");
    } else if (!SameContent(index, ItemView::At(item.bytes()), entry)) {
      Problem(where, "the entry differs from what the index copies of its item");
    }
    return Status::Ok();
  }

  void CheckCounters(const std::string& where, uint32_t id, const Totals& totals) {
    const engine::TableCounters counters = engine_.Counters(id);
    if (counters.item_count != totals.count || counters.size_bytes != totals.bytes) {
      Problem(where, "the counters say " + std::to_string(counters.item_count) + " items of " +
                         std::to_string(counters.size_bytes) + " bytes, there are " +
                         std::to_string(totals.count) + " of " + std::to_string(totals.bytes));
    }
  }

  bool HasOwner(uint32_t id) const { return owners_.contains(id) || dropped_.contains(id); }

  // Data under ids that nobody has.
  Status CheckOwners(Space space, const std::string& what) {
    std::string from;
    AppendTablePrefix(0, &from);
    while (true) {
      const auto rows = Walk(space, from, {});
      RETURN_IF_ERROR(rows->status());
      if (!rows->Valid()) {
        return Status::Ok();
      }
      if (rows->key().size() < kItemKeyPrefixSize) {
        Problem(what, "a key is too short: " + ToHex(rows->key()));
        return Status::Ok();
      }
      const uint32_t id = LoadBigEndian32(rows->key().data());
      if (!HasOwner(id)) {
        Problem(what, "there are some under the id " + std::to_string(id) + ", which is unused");
      }
      from.clear();
      AppendTablePrefix(id + 1, &from);
    }
  }

  Status CheckCounterOwners() {
    const std::string begin = MetaKindBegin(MetaKind::kTableCounters);
    const std::string end = MetaKindEnd(MetaKind::kTableCounters);
    const auto rows = Walk(Space::kMeta, begin, end);
    for (; rows->Valid(); rows->Next()) {
      ASSIGN_OR_RETURN(const uint32_t id, TableIdOfMetaKey(rows->key()));
      if (!HasOwner(id)) {
        Problem("counters", "the id " + std::to_string(id) + " is unused");
      }
    }
    return rows->status();
  }

  const engine::Engine& engine_;
  VerifyReport& report_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::set<uint32_t> owners_;
  std::set<uint32_t> dropped_;
};

}  // namespace

void VerifyReport::AddProblem(const std::string& where, const std::string& what) {
  ++problem_count;
  if (problems.size() < kProblemsKept) {
    problems.push_back(where + ": " + what);
  }
}

Status VerifyDatabase(const engine::Engine& engine, VerifyReport* report) {
  *report = VerifyReport();
  return Verifier(engine, report).Run();
}

}  // namespace millrace::tables
