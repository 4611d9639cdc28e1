// What the rest of the system asks about UTF-8 text: whether it is valid, and how long it is in the
// units that Java (and so AWS) counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// Whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
// NUL is allowed. Fast on ASCII. Thread-safe.
bool IsValidUtf8(std::string_view text);

// The same text with U+FFFD in place of each byte that is not part of a well-formed character. For
// what came in as bytes, as header fields do, and goes out as text. Thread-safe.
std::string ToValidUtf8(std::string_view text);

// Number of UTF-16 code units that `text` takes: one per character, two above U+FFFF. `text` must
// be valid UTF-8; for other input the result is some number no larger than its size. Thread-safe.
size_t Utf16Length(std::string_view text);

}  // namespace millrace
