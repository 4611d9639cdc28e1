// The data of tables and indexes that are gone. The commit that removes one from the catalog leaves
// a marker in `meta`; the data is dropped afterwards, and then the marker. A crash in between
// repeats the drop.
#pragma once

#include <atomic>

#include "storage/base/status.h"
#include "storage/engine/engine.h"

namespace millrace::tables {

// Drops the data of all tables that have a marker. May take long; stops early, without failure,
// once `stop` is true.
Status DropTableData(engine::Engine* engine, const std::atomic<bool>& stop);

}  // namespace millrace::tables
