// What parsing JSON costs, known before it is done. Apart from json.h because only those who admit
// requests need it.
#pragma once

#include <cstddef>
#include <string_view>

namespace millrace::json {

// Bytes of memory that the parsed form of `text` takes at most: there is no value or name without
// one of the characters [ { , : in front of it, save the first. One pass over the text.
// Thread-safe.
size_t ParsedSizeMax(std::string_view text);

}  // namespace millrace::json
