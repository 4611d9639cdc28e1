// The binary framing of answers that are sequences of events.
#pragma once

#include <string>
#include <string_view>

namespace millrace::api {

inline constexpr std::string_view kEventStreamMediaType = "application/vnd.amazon.eventstream";

// Appends one event: its length, headers with its type and the media type of `payload`, the
// payload, and checksums. Types have at most 255 bytes, payloads at most 16 MiB. Thread-safe.
void AppendStreamEvent(std::string_view event_type, std::string_view content_type,
                       std::string_view payload, std::string* out);

}  // namespace millrace::api
