// Whether a browser sent a request, for which page. Every page that somebody looks at can make the
// browser send requests to servers on the same machine.
#pragma once

#include "server/request/request_head.h"

namespace millrace::server {

// What such requests are told where they are refused.
inline constexpr std::string_view kForeignPageMessage =
    "Pages of other machines may not do this unless signatures are verified (--auth=verify).";

// Whether the request was sent by a browser for a page that does not come from this machine.
// Thread-safe.
bool IsFromForeignPage(const RequestHead& head);

}  // namespace millrace::server
