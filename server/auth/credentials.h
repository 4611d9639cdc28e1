// Finding the parts of SigV4 credentials in a request: the Authorization header or, in presigned
// requests, the query string. Nothing is judged here; missing parts stay empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/request/request_head.h"

namespace millrace::server {

// The parts of an Authorization header, as views into it.
struct HeaderCredentials {
  std::string_view algorithm;  // the first word
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

// Splits the value of an Authorization header. Parameters are separated by commas, spaces or both.
// Thread-safe.
HeaderCredentials ParseAuthorization(std::string_view value);

// The parts of a presigned request's query string, percent-decoded.
struct QueryCredentials {
  bool has_algorithm = false;  // the parameter is there, perhaps empty
  std::string algorithm;
  std::string credential;
  std::string signature;
  std::string signed_headers;
  std::string date;
  std::string expires;
  std::string security_token;
};

// Thread-safe.
QueryCredentials ParseQueryCredentials(std::string_view query);

// Whether the query string has the parameter X-Amz-Algorithm. Thread-safe.
bool QueryHasAlgorithm(std::string_view query);

// The parts of a credential: <key id>/<date>/<region>/<service>/<terminator>.
struct CredentialScope {
  std::string_view access_key_id;
  std::string_view date;
  std::string_view region;
  std::string_view service;
  std::string_view terminator;
};

// False unless there are exactly five parts. Thread-safe.
bool SplitCredential(std::string_view credential, CredentialScope* scope);

// Parses yyyyMMddTHHmmssZ into seconds since 1970; false if it is anything else. Thread-safe.
bool ParseBasicDate(std::string_view text, int64_t* epoch_seconds);

// The inverse of ParseBasicDate for years 0 to 9999. Thread-safe.
std::string FormatBasicDate(int64_t epoch_seconds);

}  // namespace millrace::server
