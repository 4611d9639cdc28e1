// Sequence numbers of change records as clients see them: the commit sequence as 20 digits behind a
// leading 1, so that all have the same length and order as texts like the numbers they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::streams {

inline constexpr size_t kSequenceNumberSize = 21;

// Appends the sequence number. Thread-safe.
void AppendSequenceNumber(uint64_t sequence, std::string* out);
std::string FormatSequenceNumber(uint64_t sequence);

// The sequence that `text` stands for; nothing for a text that AppendSequenceNumber does not write.
// Thread-safe.
std::optional<uint64_t> ParseSequenceNumber(std::string_view text);

}  // namespace millrace::streams
