// The two walks behind CheckShape: a quick one that says whether a value fits its shape, and one in
// AWS's order that finds the mismatch to report.
#pragma once

#include "api/wire/error.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"

namespace millrace::api {

// Whether the value has the type that the shape says, in all its parts. Thread-safe.
bool FitsShape(const Shape& shape, json::Value value);

// The SerializationException for the first mismatch; OK when a member that does not fit is
// overridden by a later one of the same name. Thread-safe.
ApiStatus DescribeMismatch(const Shape& shape, json::Value value);

}  // namespace millrace::api
