// The change record that belongs to a change of an item, when its table has a stream.
#pragma once

#include "storage/codec/value_view.h"
#include "storage/engine/engine.h"
#include "storage/tables/item_change.h"

namespace millrace::tables {

// Adds the record to `writes`: an insert, a change or a removal, with the images that the stream's
// view type keeps. Nothing for a table without a stream, and nothing when both items are equal as
// DynamoDB compares them. One of the items may be not present(). On the committer thread.
void WriteChangeRecord(const ItemPlace& place, const ItemView& old_item, const ItemView& new_item,
                       bool by_time_to_live, engine::WriteSet* writes);

}  // namespace millrace::tables
