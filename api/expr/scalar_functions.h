// What the functions of conditions say about two values. None allocates or takes more than linear
// time.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// Whether both are strings or both binaries and `value` starts with `prefix`. Either may be absent.
bool BeginsWith(ValueView value, ValueView prefix);
// Substring, member of a set or element of a list. Either may be absent.
bool Contains(ValueView container, ValueView part);
// Length or number of elements; nothing for absent values and types without a size.
std::optional<uint32_t> SizeOf(ValueView value);
// Whether the type of both is the same and has an order (S, N, B).
bool AreOrdered(ValueView a, ValueView b);

}  // namespace millrace::api::expr
