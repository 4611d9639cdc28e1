// Reading items and pages, and the write of one item. What a changed item means for the store is in
// item_change.cc.
#include "storage/tables/item_store.h"

#include <memory>
#include <utility>

#include "storage/base/check.h"
#include "storage/codec/key_codec.h"
#include "storage/model/limits.h"
#include "storage/tables/index_range.h"
#include "storage/tables/key_range.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::tables {
namespace {

using engine::Space;

// The keys of the partition that satisfy the conditions on the sort key.
KeyRange QueryRange(const Table& table, uint64_t seed, const PageRequest& request) {
  std::string partition;
  AppendPartitionPrefix(table.id(), PartitionHash(seed, request.partition_key), &partition);
  KeyRange range{partition, PrefixEnd(partition)};
  if (request.sort_from.present()) {
    std::string key = partition;
    AppendSortKey(request.sort_from, &key);
    range.RaiseFrom(request.sort_from_inclusive ? std::move(key) : KeyBehind(std::move(key)));
  }
  if (request.sort_to.present()) {
    std::string key = partition;
    AppendSortKey(request.sort_to, &key);
    range.LowerTo(request.sort_to_inclusive ? KeyBehind(std::move(key)) : std::move(key));
  }
  if (request.sort_prefix.has_value()) {
    std::string key = partition;
    key += *request.sort_prefix;
    range.LowerTo(PrefixEnd(key));
    range.RaiseFrom(std::move(key));
  }
  return range;
}

KeyRange SegmentRange(const Table& table, const PageRequest& request) {
  KeyRange range;
  AppendSegmentStart(table.id(), request.segment, request.segment_count, &range.from);
  AppendSegmentStart(table.id(), request.segment + 1, request.segment_count, &range.to);
  return range;
}

}  // namespace

void ItemMutation::Prepare(TablePointer table, uint64_t hash_seed, ValueView partition_key,
                           ValueView sort_key) {
  table_ = std::move(table);
  partition_key_ = partition_key;
  sort_key_ = sort_key;
  key_.clear();
  AppendItemKey(table_->id(), hash_seed, partition_key, sort_key, &key_);
  mutation_key_ = {Space::kItems, key_};
}

Status ItemMutation::Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) {
  if (table_->superseded()) {
    return Status(StatusCode::kSchemaChanged, "the table has changed");
  }
  ItemView old_item;
  if (current[0].found()) {
    RETURN_IF_ERROR(ViewItem(*table_, current[0].bytes(), partition_key_, sort_key_, &old_item));
  }
  ItemDecision decision;
  RETURN_IF_ERROR(Apply(old_item, &decision.change, &decision.new_item));
  decision.charges = index_charges();
  const ItemPlace place = {table_.get(), partition_key_, sort_key_, key_};
  return WriteItemChange(place, old_item, decision, writes);
}

Status ItemStore::Get(const Table& table, ValueView partition_key, ValueView sort_key,
                      engine::PinnedValue* pin, ItemView* item) const {
  std::string key;
  AppendItemKey(table.id(), hash_seed(), partition_key, sort_key, &key);
  *item = ItemView();
  RETURN_IF_ERROR(engine_->Get(Space::kItems, key, pin));
  if (!pin->found()) {
    return Status::Ok();
  }
  return ViewItem(table, pin->bytes(), partition_key, sort_key, item);
}

Status ItemStore::MultiGet(std::span<const ItemTarget> targets, ItemReads* reads) const {
  std::string keys;
  std::vector<std::string_view> key_views;
  AppendItemKeys(targets, hash_seed(), &keys, &key_views);
  reads->pins.resize(targets.size());
  reads->items.assign(targets.size(), ItemView());
  RETURN_IF_ERROR(engine_->MultiGet(Space::kItems, key_views, reads->pins));
  for (size_t index = 0; index < targets.size(); ++index) {
    const ItemTarget& target = targets[index];
    if (reads->pins[index].found()) {
      RETURN_IF_ERROR(ViewItem(*target.table, reads->pins[index].bytes(), target.partition_key,
                               target.sort_key, &reads->items[index]));
    }
  }
  return Status::Ok();
}

Status ItemStore::Submit(MultiItemMutation* mutation) { return engine_->Submit(mutation); }

namespace {

KeyRange TableRange(const Table& table, uint64_t seed, const PageRequest& request) {
  KeyRange range = request.partition_key.present() ? QueryRange(table, seed, request)
                                                   : SegmentRange(table, request);
  if (request.start_partition_key.present()) {
    std::string start;
    AppendItemKey(table.id(), seed, request.start_partition_key, request.start_sort_key, &start);
    range.StartBehind(std::move(start), request.reverse);
  }
  return range;
}

// Whether `item` is in the partition that the request is about. Queries read by the hash of the
// partition; an item of another one there is a collision or damage.
bool IsInPartition(const Table& table, const PageRequest& request, const ItemView& item) {
  if (request.index == nullptr) {
    return !request.partition_key.present() ||
           item.Find(table.key_schema().partition_key().name).encoded() ==
               request.partition_key.encoded();
  }
  const std::vector<KeyAttribute>& attributes = request.index->key_schema().partition;
  for (size_t index = 0; index < request.index_partition.size(); ++index) {
    if (item.Find(attributes[index].name).encoded() != request.index_partition[index].encoded()) {
      return false;
    }
  }
  return true;
}

}  // namespace

Status ItemStore::ReadPage(const Table& table, const PageRequest& request, ItemVisitor* visitor,
                           PageOutcome* outcome) const {
  *outcome = PageOutcome();
  const bool of_index = request.index != nullptr;
  const KeyRange range =
      of_index ? IndexRange(hash_seed(), request) : TableRange(table, hash_seed(), request);
  if (range.from >= range.to) {
    return Status::Ok();
  }
  engine::ScanRange scan;
  scan.space = of_index ? Space::kIndexes : Space::kItems;
  scan.from = range.from;
  scan.to = range.to;
  scan.reverse = request.reverse;
  scan.within_prefix =
      of_index ? !request.index_partition.empty() : request.partition_key.present();
  const std::unique_ptr<engine::Scanner> scanner = engine_->Scan(scan);
  for (; scanner->Valid(); scanner->Next()) {
    const ItemView item = ItemView::At(scanner->value());
    if (!item.present() || !IsInPartition(table, request, item)) {
      return WrongItem(table);
    }
    const uint32_t size = item.DynamoSize();
    const bool first = outcome->evaluated_count == 0 && !request.first_item_counts;
    if (!first && outcome->evaluated_bytes + size > request.size_limit) {
      outcome->stopped_early = true;
      break;
    }
    ++outcome->evaluated_count;
    outcome->evaluated_bytes += size;
    visitor->Visit(item);
    if (request.item_limit != 0 && outcome->evaluated_count == request.item_limit) {
      outcome->stopped_early = true;
      break;
    }
  }
  return scanner->status();
}

}  // namespace millrace::tables
