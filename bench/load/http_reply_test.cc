// Replies cut at every byte, and the replies that must be refused rather than waited for.

#include "bench/load/http_reply.h"

#include <string>

#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

using State = ReplyHead::State;

TEST(HttpReplyTest, EveryPrefixIsIncompleteUntilTheHeadEnds) {
  const std::string reply =
      "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH:  12 \r\n\r\n{\"Item\":{}}";
  const size_t head_bytes = reply.find("\r\n\r\n") + 4;
  for (size_t size = 0; size < head_bytes; size++) {
    EXPECT_EQ(ParseReplyHead(reply.substr(0, size)).state, State::kIncomplete) << size;
  }
  const ReplyHead head = ParseReplyHead(reply);
  EXPECT_EQ(head.state, State::kComplete);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.head_bytes, head_bytes);
  EXPECT_EQ(head.body_bytes, 12u);
}

TEST(HttpReplyTest, LastHeaderCounts) {
  const ReplyHead head =
      ParseReplyHead("HTTP/1.1 400 Bad Request\r\nA: b\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(head.state, State::kComplete);
  EXPECT_EQ(head.status, 400);
  EXPECT_EQ(head.body_bytes, 0u);
}

TEST(HttpReplyTest, RefusesWhatItCannotFrame) {
  EXPECT_EQ(ParseReplyHead("HTTP/1.1 200 OK\r\n\r\n").state, State::kMalformed);
  EXPECT_EQ(ParseReplyHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").state,
            State::kMalformed);
  EXPECT_EQ(ParseReplyHead("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n").state,
            State::kMalformed);
  EXPECT_EQ(ParseReplyHead("SMTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").state,
            State::kMalformed);
  EXPECT_EQ(ParseReplyHead(std::string(70'000, 'x')).state, State::kMalformed);
}

}  // namespace
}  // namespace millrace::bench
