// Maintenance of secondary indexes: what the change of one item means for the entries of its
// table's indexes. Called from item_change.cc and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/codec/value_view.h"
#include "storage/engine/engine.h"
#include "storage/tables/table.h"

namespace millrace::tables {

// What a write did to one index: the sizes of the entry before and after, 0 where there is none.
struct IndexCharge {
  size_t index = 0;  // position in Table::indexes()
  uint32_t old_size = 0;
  uint32_t new_size = 0;
  bool key_changed = false;  // both are there, in two places of the index
};

// Adds the changes of all entries to `writes`; entries that stay as they are are not written.
// `old_item` and `new_item` are the images of the item stored under `item_key`, not present() when
// there is none; `partition_key` and `sort_key` its key values. Adds to `charges`, unless it is
// nullptr, the indexes of which an entry changes. Pure.
void WriteIndexChanges(const Table& table, std::string_view item_key, ValueView partition_key,
                       ValueView sort_key, const ItemView& old_item, const ItemView& new_item,
                       std::vector<IndexCharge>* charges, engine::WriteSet* writes);

}  // namespace millrace::tables
