// What a function answers, as the HTTP reply that it stands for.
#pragma once

#include <string>

namespace millrace::server {

struct UrlResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string headers;  // complete lines
  std::string body;
};

// Reads the payload of a function that succeeded: an object with statusCode describes a reply, any
// other JSON value is the body of one. False, and `*response` is of no use, for what is neither:
// text that is not JSON, members of the wrong type, headers that HTTP does not allow. Thread-safe.
bool MapUrlResponse(const std::string& payload, UrlResponse* response);

}  // namespace millrace::server
