// What a request for a tail asks for:
//   GET /_admin/tail?table=NAME | streamArn=ARN & from=PLACE & filter=PATTERN
// PLACE is LATEST (the default), TRIM_HORIZON, a sequence number (behind it), a time in ISO 8601 or
// milliseconds since 1970. The header Last-Event-ID, a sequence number, wins over `from`. PATTERN
// is an event pattern (streams/pattern).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/wire/services.h"
#include "server/request/request_head.h"
#include "storage/base/status.h"
#include "streams/tail.h"

namespace millrace::server {

struct TailRequest {
  streams::TailSelection selection;
  streams::TailStart start;
  std::optional<std::string> filter;  // not set: everything
};

// kInvalidArgument: a text for the client; kNotFound: there is no such stream.
Result<TailRequest> ParseTailRequest(const RequestHead& head, const api::Services& services);

}  // namespace millrace::server
