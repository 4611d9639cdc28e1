// Rewriting the whole store, so that nothing is kept that has been overwritten or deleted.
#pragma once

#include <atomic>
#include <cstdint>

#include "storage/base/status.h"
#include "storage/engine/database.h"

namespace millrace::engine {

// As Engine::Compact; ends with kShuttingDown soon after `*canceled` has become true. Thread-safe.
Status CompactAll(const Database& database, std::atomic<bool>* canceled);

// As Engine::TableFileBytes. Thread-safe.
uint64_t TableFileBytes(const Database& database);

}  // namespace millrace::engine
