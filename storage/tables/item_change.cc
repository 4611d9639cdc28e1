// Carrying out what was decided about an item, and the checks that stored bytes are the item asked
// for.
#include "storage/tables/item_change.h"

#include "storage/base/log.h"
#include "storage/codec/key_codec.h"
#include "storage/tables/change_record.h"
#include "storage/tables/time_to_live_change.h"

namespace millrace::tables {

using engine::Space;

namespace {

void WriteIndexes(const ItemPlace& place, const ItemView& old_item, const ItemView& new_item,
                  std::vector<IndexCharge>* charges, engine::WriteSet* writes) {
  if (!place.table->indexes().empty()) {
    WriteIndexChanges(*place.table, place.key, place.partition_key, place.sort_key, old_item,
                      new_item, charges, writes);
  }
}

}  // namespace

void AppendItemKeys(std::span<const ItemTarget> targets, uint64_t hash_seed, std::string* keys,
                    std::vector<std::string_view>* views) {
  views->clear();
  views->reserve(targets.size());
  const size_t start = keys->size();
  for (const ItemTarget& target : targets) {
    const size_t begin = keys->size();
    AppendItemKey(target.table->id(), hash_seed, target.partition_key, target.sort_key, keys);
    views->push_back(std::string_view(*keys).substr(begin));
  }
  // The bytes may have moved while the string grew; the sizes are right.
  const char* next = keys->data() + start;
  for (std::string_view& view : *views) {
    view = std::string_view(next, view.size());
    next += view.size();
  }
}

Status WrongItem(const Table& table) {
  const std::string text =
      "stored bytes are not the item of their key table=" + table.descriptor().name +
      " table_id=" + std::to_string(table.id());
  Log(LogLevel::kError, text);
  return Status(StatusCode::kCorruption, text);
}

Status ViewItem(const Table& table, std::string_view bytes, ValueView partition_key,
                ValueView sort_key, ItemView* item) {
  *item = ItemView::At(bytes);
  if (!item->present() || !ItemHasKey(*item, table.key_schema(), partition_key, sort_key)) {
    return WrongItem(table);
  }
  return Status::Ok();
}

Status WriteItemChange(const ItemPlace& place, const ItemView& old_item,
                       const ItemDecision& decision, engine::WriteSet* writes) {
  const Table& table = *place.table;
  const int64_t old_count = old_item.present() ? 1 : 0;
  const int64_t old_size = old_item.DynamoSize();
  if (decision.charges != nullptr) {
    decision.charges->clear();
  }
  if (decision.change == ItemChange::kDelete && old_item.present()) {
    writes->Delete(Space::kItems, place.key);
    writes->AddToCounters(table.id(), -1, -old_size);
    WriteIndexes(place, old_item, ItemView(), decision.charges, writes);
    WriteExpiryChange(place, old_item, ItemView(), writes);
    WriteChangeRecord(place, old_item, ItemView(), decision.by_time_to_live, writes);
  }
  if (decision.change != ItemChange::kPut ||
      (old_item.present() && old_item.encoded() == decision.new_item)) {
    // Nothing to write: the item stays, or becomes what it is already.
    return Status::Ok();
  }
  const ItemView new_item = ItemView::At(decision.new_item);
  if (!new_item.present() ||
      !ItemHasKey(new_item, table.key_schema(), place.partition_key, place.sort_key)) {
    // What a read would reject is not written.
    return Status(StatusCode::kInternal, "the new item does not have the key it is written under");
  }
  writes->Put(Space::kItems, place.key, decision.new_item);
  writes->AddToCounters(table.id(), 1 - old_count,
                        static_cast<int64_t>(new_item.DynamoSize()) - old_size);
  WriteIndexes(place, old_item, new_item, decision.charges, writes);
  WriteExpiryChange(place, old_item, new_item, writes);
  WriteChangeRecord(place, old_item, new_item, decision.by_time_to_live, writes);
  return Status::Ok();
}

}  // namespace millrace::tables
