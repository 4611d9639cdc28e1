// What can be said of a request's credentials without knowing any key: they are complete, current,
// and meant for this region and service. The sentences are AWS's own.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/wire/error.h"
#include "server/auth/credentials.h"
#include "server/request/request_head.h"

namespace millrace::server {

// The credentials of a request, in header or query string. Views into the request or into `query`,
// so an object must not be moved.
struct CheckedCredentials {
  bool is_presigned = false;  // they stand in the query string
  std::string_view algorithm;
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
  std::string_view date;
  int64_t validity_seconds = 0;
  CredentialScope scope;
  QueryCredentials query;
};

// Reads and checks the credentials of a request. Thread-safe.
api::ApiStatus CheckCredentials(const RequestHead& head, std::string_view region,
                                int64_t now_seconds, CheckedCredentials* credentials);

// Whether the client says that it has signed a header. Thread-safe.
bool IsSignedHeader(const CheckedCredentials& credentials, std::string_view name);

}  // namespace millrace::server
