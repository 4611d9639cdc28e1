// Recognising an HTTP/1.1 reply in received bytes: just enough to know its status and where it
// ends. Replies must carry Content-Length, which the DynamoDB protocol promises.

#pragma once

#include <cstddef>
#include <string_view>

namespace millrace::bench {

/// The head of one reply.
struct ReplyHead {
  /// How far the bytes at hand allow to judge.
  enum class State { kIncomplete, kComplete, kMalformed };

  State state = State::kIncomplete;
  int status = 0;
  /// Bytes up to and including the empty line.
  size_t head_bytes = 0;
  size_t body_bytes = 0;
};

/// Looks at the start of `received`. kIncomplete: more bytes are needed (at most 64 KB of head are
/// waited for). kMalformed: not HTTP/1.1, or no usable Content-Length, or a chunked body.
ReplyHead ParseReplyHead(std::string_view received);

}  // namespace millrace::bench
