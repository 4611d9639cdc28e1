// Parts of a request as AWS's error messages show them: the toString of its Java objects.
#pragma once

#include <string>

#include "api/wire/shape.h"
#include "storage/base/json.h"

namespace millrace::api {

// Appends `value`, which has the shape `shape`: "[a, b]", "{k=v}", "Get(key={...}, tableName=t)".
// Absent and null values show as "null". Thread-safe.
void AppendInputText(const Shape& shape, json::Value value, std::string* out);

}  // namespace millrace::api
