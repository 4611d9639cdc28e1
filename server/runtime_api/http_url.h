// URLs that events are posted to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::server {

struct HttpUrl {
  std::string host;  // a name or an address, without brackets
  uint16_t port = 80;
  std::string authority;  // as the header Host says it
  std::string target;     // path and query
};

// kInvalidArgument: not a URL, or one that is not http. User names are not taken. Thread-safe.
Result<HttpUrl> ParseHttpUrl(std::string_view url);

}  // namespace millrace::server
