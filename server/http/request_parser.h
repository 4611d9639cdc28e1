// HTTP/1 requests from bytes, by Beast's parser, which stays in request_parser.cc. The caller finds
// the end of a head with FindHeadEnd and hands over whole heads; bodies may come in any pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/request/body_buffer.h"
#include "server/request/request_head.h"

namespace millrace::server {

enum class ParseOutcome {
  kOk,
  kNeedMore,
  kMalformed,
  kHeaderTooLarge,
  kBodyTooLarge,
};

// Looks for the empty line that ends a request head. Returns the size of the head with that line;
// 0 when it is not there yet. `*malformed` is set when the bytes cannot become a head: lines that
// end in a bare LF, or something that is not HTTP at all. `searched` bytes are known not to hold
// the end. Thread-safe.
size_t FindHeadEnd(std::string_view input, size_t searched, bool* malformed);

// Fields behind a chunked body: names and values.
using Trailers = std::vector<std::pair<std::string, std::string>>;

// Parses one request at a time. Not thread-safe.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Parses a complete head. `head` gets views into `bytes`, `body` will get the body; both are
  // cleared by the caller. kOk, kMalformed or kHeaderTooLarge.
  ParseOutcome ParseHead(std::string_view bytes, RequestHead* head, BodyBuffer* body);
  // Appends the fields behind a chunked body, which are left out otherwise, to `*trailers`. Between
  // the head and the first piece of the body.
  void KeepTrailers(Trailers* trailers);
  // Says how long the body may be, between the head and the first piece of the body; needed for
  // every request. kBodyTooLarge when the announced size is above that.
  ParseOutcome LimitBody(uint64_t size_max);

  // Parses a piece of the body and appends what it holds to the body given above. `*consumed` tells
  // how much of `bytes` was used: nothing behind the end of the request is. kOk: all of it was
  // understood, see done(). kNeedMore: the rest must be presented again with more behind it.
  // When `bytes` lies at body->tail() already, it is counted instead of copied.
  ParseOutcome ParseBody(std::string_view bytes, size_t* consumed);

  // The whole request has been parsed.
  bool done() const;
  // The client allows the connection to stay open (HTTP/1.1 without "close").
  bool keep_alive() const;
  // The body comes in chunks.
  bool chunked() const;
  // Bytes of a body with Content-Length that are still to come.
  uint64_t body_bytes_left() const;

 private:
  class Impl;
  static constexpr size_t kStorageSize = 192;  // checked in request_parser.cc
  Impl* impl() { return reinterpret_cast<Impl*>(storage_); }
  const Impl* impl() const { return reinterpret_cast<const Impl*>(storage_); }

  // Beast's parser serves one message and is then made anew; in place, that allocates nothing.
  alignas(16) unsigned char storage_[kStorageSize];
};

}  // namespace millrace::server
