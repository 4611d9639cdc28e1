// Places in streams as requests of the admin interface name them: "TRIM_HORIZON", "LATEST",
// {"timestamp": ...} (ISO 8601, or milliseconds since 1970) or {"sequence": "..."}.
#pragma once

#include "storage/base/json.h"
#include "storage/base/status.h"
#include "streams/mappings/stream_place.h"

namespace millrace::server {

// kInvalidArgument, with a text for people, for anything else. `value` may be absent.
Result<streams::StreamPlace> ParsePlace(json::Value value);

}  // namespace millrace::server
