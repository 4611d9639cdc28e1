// The expiry entry that belongs to an item of a table with time to live.
#pragma once

#include "storage/codec/value_view.h"
#include "storage/engine/engine.h"
#include "storage/tables/item_change.h"

namespace millrace::tables {

// Adds to `writes` what the change of an item means for its expiry entry; nothing for a table
// without time to live, and nothing if the time stays the same. One of the items may be not
// present(). The old entry is deleted whether it exists or not, so it does not matter whether the
// entries of older items have been made already. On the
// committer thread.
void WriteExpiryChange(const ItemPlace& place, const ItemView& old_item, const ItemView& new_item,
                       engine::WriteSet* writes);

}  // namespace millrace::tables
