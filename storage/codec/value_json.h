// Encoded attribute values as the JSON that clients and functions see: {"S":"x"} and the like.
#pragma once

#include <string>

#include "storage/codec/value_view.h"

namespace millrace {

// Appends {"S":"x"} and the like. A value that is not present() becomes {"NULL":true}; damaged
// bytes give arbitrary values, but JSON of bounded depth. Thread-safe.
void AppendValueJson(ValueView value, std::string* out);
// Appends {"name":{"S":"x"},...}, the attributes of an item or the entries of a map. Thread-safe.
void AppendAttributesJson(const MapView& attributes, std::string* out);

}  // namespace millrace
