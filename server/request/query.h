// The query of a request's target: names and values, percent-encoding undone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::server {

// Undoes percent-encoding, and plus signs for spaces; nothing if the encoding is broken.
// Thread-safe.
std::optional<std::string> DecodeQueryText(std::string_view text);

// The value of the first parameter called `name`: "" if it has none, nothing if there is no such
// parameter. `query` stands behind the question mark. Broken encoding counts as absence.
// Thread-safe.
std::optional<std::string> QueryParameter(std::string_view query, std::string_view name);

}  // namespace millrace::server
