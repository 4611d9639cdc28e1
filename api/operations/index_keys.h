// Key attributes of secondary indexes in items: what they may be, checked wherever an item is
// written, and what a write is charged for the indexes it changes.
#pragma once

#include <span>

#include "api/wire/capacity.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/tables/index_change.h"
#include "storage/tables/table.h"

namespace millrace::api {

// For writes that bring a whole item (PutItem, and puts of batches and transactions). Attributes
// that are missing are fine: the item is not in that index then. If several indexes are violated,
// the one whose name comes first is reported; `*is_empty` (may be nullptr) is set if for an empty
// value.
ApiStatus CheckIndexKeysOfItem(const tables::Table& table, const ItemView& item,
                               bool* is_empty = nullptr);

// For updates: only index keys that the update changes are checked.
ApiStatus CheckIndexKeysOfUpdate(const tables::Table& table, const ItemView& old_item,
                                 const ItemView& new_item);

// Adds what the changes of index entries cost to `units`, which may have some already.
void AddIndexUnits(const tables::Table& table, std::span<const tables::IndexCharge> charges,
                   ConsumedUnits* units);

}  // namespace millrace::api
