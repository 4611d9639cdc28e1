// Lengths of time as people write them in flags and tags.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// The longest that is understood: 100 years of 365 days.
inline constexpr int64_t kDurationMsMax = int64_t{100} * 365 * 24 * 3600 * 1000;

// Reads a whole number followed by its unit: ms, s, m, h or d. Nothing else may stand there, also
// no space and no sign. Milliseconds, from 0 to kDurationMsMax; nothing for any other text.
// Thread-safe.
std::optional<int64_t> ParseDuration(std::string_view text);

}  // namespace millrace
