// Which entries of an index a page request is about.
#pragma once

#include <cstdint>

#include "storage/tables/item_store.h"
#include "storage/tables/key_range.h"

namespace millrace::tables {

// The range of a request whose `index` is set. Empty when nothing can satisfy it.
KeyRange IndexRange(uint64_t hash_seed, const PageRequest& request);

}  // namespace millrace::tables
