// HTTP/1 responses from bytes, by Beast's parser, which stays in response_parser.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request_parser.h"

namespace millrace::server {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;
};

// Parses one response after another of a connection. Not thread-safe.
class ResponseParser {
 public:
  explicit ResponseParser(size_t body_size_max);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // Forgets everything; for the next response.
  void Reset();
  // Parses what has come. `*consumed` bytes were used. kOk: all of it was understood, see done();
  // kNeedMore: the rest must be presented again with more behind it. Responses that only announce
  // another one (100 to 199) are passed over.
  ParseOutcome Parse(std::string_view bytes, size_t* consumed);
  // The connection has ended, which is how some bodies end. kMalformed if this one does not.
  ParseOutcome End();

  bool done() const;
  // Another request may be sent on the connection.
  bool keep_alive() const;
  HttpResponse* response() { return &response_; }

 private:
  class Impl;
  const size_t body_size_max_;
  HttpResponse response_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
