// The event that a request to a function URL becomes: payload format 2.0, as HTTP APIs use it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/request/request_head.h"

namespace millrace::server {

// What the event says besides what the request holds.
struct UrlEventContext {
  std::string_view url_id;
  std::string_view path;  // the part of the request's path that is the function's
  std::string_view account;
  std::string_view request_id;
  std::string_view source_address;
  std::string_view access_key_id;  // empty: nobody signed
  int64_t now_ms = 0;
};

// Whether bodies of this media type are text in an event; others are base64.
bool IsTextMediaType(std::string_view content_type);

// The JSON text of the event. Thread-safe.
std::string MakeUrlEvent(const RequestHead& head, std::string_view body,
                         const UrlEventContext& context);

}  // namespace millrace::server
