// What each I/O thread keeps for writing replies: the Date header (renewed once a second instead of
// per reply), the generator of request ids and the compressor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/gate/content_coding.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"

namespace millrace::server {

// Belongs to one I/O thread. Not thread-safe.
class ThreadState {
 public:
  static constexpr size_t kRequestIdSize = 52;

  // The clock must outlive the object; `random` only seeds the request ids.
  ThreadState(const Clock* clock, Random* random);

  // Reads the clock again; call about once a second.
  void RefreshDate();
  // The header lines "Server" and "Date", each with its line end.
  std::string_view constant_headers() const { return constant_headers_; }

  // Appends a fresh request id: 52 characters of [0-9A-V], unique for all practical purposes.
  void AppendRequestId(std::string* out);

  GzipCompressor& compressor() { return compressor_; }

  // True while the server drains: every reply then closes its connection.
  bool draining = false;

 private:
  const Clock* const clock_;
  uint64_t random_state_[2];
  std::string constant_headers_;
  GzipCompressor compressor_;
};

// The date in the form of the Date header, for example "Fri, 21 Nov 2025 00:00:00 GMT".
// Thread-safe.
std::string FormatHttpDate(int64_t epoch_seconds);

}  // namespace millrace::server
