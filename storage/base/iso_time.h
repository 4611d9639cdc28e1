// Times as people write them: ISO 8601 with date, time of day and zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Reads "2026-11-21T04:00:00.123Z": with a fraction or without, with Z or an offset like +01:00.
// Milliseconds since 1970-01-01T00:00:00Z, nothing for any other text. Thread-safe.
std::optional<int64_t> ParseIsoTime(std::string_view text);

// Writes such a time, of the years 1970 to 9999, as "2026-11-21T04:00:00.123Z". Thread-safe.
std::string FormatIsoTime(int64_t time_ms);

}  // namespace millrace
