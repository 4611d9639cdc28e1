// Walks over a range of keys, bounded on both sides so that RocksDB stops at the bounds by itself.
#pragma once

#include <memory>

#include "storage/engine/database.h"
#include "storage/engine/engine.h"

namespace millrace::engine {

// A walk over `range` as the database is now. `database` must outlive it; the range's bounds are
// copied.
std::unique_ptr<Scanner> MakeScanner(const Database& database, const ScanRange& range);

}  // namespace millrace::engine
