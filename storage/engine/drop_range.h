// Deleting whole ranges of keys and getting their disk space back.
#pragma once

#include <string_view>

#include "storage/base/status.h"
#include "storage/engine/database.h"

namespace millrace::engine {

// Deletes every key of [from, to) in `space`; as Engine::DropRange. Not durable by itself: the
// caller commits something afterwards (it forgets that the range was to be dropped), and the log
// keeps the order. Thread-safe.
Status DropRange(const Database& database, Space space, std::string_view from, std::string_view to);

// As Engine::TrimRange.
Status TrimRange(const Database& database, Space space, std::string_view begin,
                 std::string_view from, std::string_view to);

}  // namespace millrace::engine
