// The one place where an item changes. Every write of items, of one or of many, decides what each
// item becomes and leaves the rest to WriteItemChange: it keeps the counters and the secondary
// indexes and the expiry entry in step with the item, writes the change record of its stream, and
// what else belongs to an item's change is added here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/codec/value_view.h"
#include "storage/engine/engine.h"
#include "storage/tables/index_change.h"
#include "storage/tables/table.h"

namespace millrace::tables {

// What an apply step decided about an item.
enum class ItemChange { kKeep, kPut, kDelete };

struct ItemDecision {
  ItemChange change = ItemChange::kKeep;
  std::string_view new_item;  // kPut: encoded bytes
  // The expiry of the item deletes it: its change record says so.
  bool by_time_to_live = false;
  // Set by an apply step that wants to know which index entries change: cleared and filled.
  std::vector<IndexCharge>* charges = nullptr;
};

// An item that a read or a write is about: its table and the values of its key, which have been
// checked against the table's schema. `sort_key` is not present() on tables without one.
struct ItemTarget {
  TablePointer table;
  ValueView partition_key;
  ValueView sort_key;
};

// Where an item is stored: views of what somebody else keeps.
struct ItemPlace {
  const Table* table = nullptr;
  ValueView partition_key;
  ValueView sort_key;
  std::string_view key;  // encoded
};

// Appends the encoded keys of all targets to `keys` and sets `views` to where each one lies in it.
// The views last while `keys` is not changed.
void AppendItemKeys(std::span<const ItemTarget> targets, uint64_t hash_seed, std::string* keys,
                    std::vector<std::string_view>* views);

// The stored bytes at some key are not the item of that key: kCorruption, and a line in the log,
// because data is damaged.
Status WrongItem(const Table& table);

// Views stored `bytes` and sees that they are the item of the key; kCorruption if not.
Status ViewItem(const Table& table, std::string_view bytes, ValueView partition_key,
                ValueView sort_key, ItemView* item);

// Adds to `writes` all that the change of one item entails. `old_item` is the item as it is (not
// present() if there is none). Deleting a missing item and putting what is there already write
// nothing. kInternal if the new item does not have the key of its place. Pure.
Status WriteItemChange(const ItemPlace& place, const ItemView& old_item,
                       const ItemDecision& decision, engine::WriteSet* writes);

}  // namespace millrace::tables
