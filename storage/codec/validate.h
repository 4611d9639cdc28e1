// Full checks of stored bytes, for tools that verify a database and for tests: the readers of
// value_view.h are safe on any bytes but do not say whether they are sound.
#pragma once

#include <string_view>

#include "storage/base/status.h"

namespace millrace {

// Whether `bytes` is exactly one sound item: known version, every length inside, counts right,
// UTF-8 texts, numbers canonical, no duplicate names or members, depth within limits, header size
// equal to the computed one. kCorruption with the first fault and its offset otherwise.
// Thread-safe.
Status ValidateItem(std::string_view bytes);

// Likewise for a single encoded value.
Status ValidateValue(std::string_view bytes);

}  // namespace millrace
