// A text that stands for the meaning of a part of a request: two parts that mean the same have the
// same text, whatever the order of their members and the spelling of their numbers; two that differ
// have different ones. Made for telling a repeated call from another one.
#pragma once

#include <string>

#include "api/wire/shape.h"
#include "storage/base/json.h"

namespace millrace::api {

// Appends the canonical text of `value`, which has the shape `shape` and may be absent or null.
// Members that the shape does not have are left out, as are null ones; of duplicate members the
// last counts. Thread-safe.
void AppendCanonicalInput(const Shape& shape, json::Value value, std::string* out);

}  // namespace millrace::api
