// For tests: attribute values and bytes written down as text, the notation of the vectors in
// FORMAT.md.
#pragma once

#include <string>
#include <string_view>

#include "storage/model/attribute_value.h"

namespace millrace {

// The bytes of hexadecimal digits; blanks are skipped. CHECKs that there is nothing else.
std::string BytesFromHex(std::string_view digits);

// The value described by, for example, `M {"k": N 1, "l": L [S "a", NULL, B <00ff>]}`. Texts have
// no escapes. CHECKs that `text` is well-formed.
AttributeValue ValueFromText(std::string_view text);

}  // namespace millrace
