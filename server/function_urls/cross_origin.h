// Which pages of other origins a function URL answers, by its Cors configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/request/request_head.h"

namespace millrace::server {

struct CrossOriginRules {
  bool allow_credentials = false;
  std::vector<std::string> allow_origins;
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  std::optional<int64_t> max_age_s;
};

// Reads the member Cors of a URL's configuration; members that it does not know, or of other types,
// are left out. Thread-safe.
CrossOriginRules ParseCrossOriginRules(std::string_view cors_json);

// Whether a request is a browser's question for permission.
bool IsPreflight(const RequestHead& head);

// The header lines of the answer to a preflight; none when the request may not be made.
// Thread-safe.
std::string PreflightHeaders(const CrossOriginRules& rules, const RequestHead& head);

// The header lines that a reply gets; none when the request is of no other origin, or of one that
// may not see it. Thread-safe.
std::string CrossOriginHeaders(const CrossOriginRules& rules, const RequestHead& head);

// Takes the lines out of `headers` that are the configuration's to say. Thread-safe.
void RemoveCrossOriginHeaders(std::string* headers);

}  // namespace millrace::server
