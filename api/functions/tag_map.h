// Tags in requests: a map of at most 50 keys.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "api/functions/rest_error.h"
#include "storage/base/json.h"

namespace millrace::api {

inline constexpr size_t kTagCountMax = 50;

// Reads a map that has passed the check of kStringMapShape, and may be absent.
// InvalidParameterValueException for too many tags, or ones that are too long.
RestStatus ReadTagMap(json::Value map, std::vector<std::pair<std::string, std::string>>* tags);

}  // namespace millrace::api
