// Content codings: inflating request bodies within a bound, and compressing replies. zlib stays in
// the source file.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "server/request/body_buffer.h"

namespace millrace::server {

enum class DecodeOutcome {
  kOk,
  kUnknownCoding,
  kCorrupt,   // also when cut short, or with something behind the end
  kTooLarge,  // more than the bound
};

// Whether a Content-Encoding value means that the body is sent as it is. Thread-safe.
bool IsIdentityCoding(std::string_view coding);

// Decodes `encoded` (coding gzip, of one or more members, or deflate) into `decoded`, which is
// cleared first and never holds more than `size_max` bytes, or one more when that is too large.
// Thread-safe.
DecodeOutcome DecodeBody(std::string_view coding, std::string_view encoded, size_t size_max,
                         BodyBuffer* decoded);

// Makes gzip bodies; keeps its work area between calls. Not thread-safe.
class GzipCompressor {
 public:
  GzipCompressor();
  ~GzipCompressor();

  // Replaces `out` by the gzip form of `text`. False if there is no memory for it.
  bool Compress(std::string_view text, std::string* out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::server
