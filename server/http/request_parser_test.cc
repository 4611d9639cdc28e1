// The parser alone: heads good and bad, and chunked bodies cut at every place.
#include "server/http/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::server {
namespace {

class RequestParserTest : public testing::Test {
 protected:
  ParseOutcome Parse(const std::string& text, uint64_t body_size_max = 1000) {
    head_.Clear();
    body_.Clear();
    text_ = text;
    const ParseOutcome outcome = parser_.ParseHead(text_, &head_, &body_);
    return outcome == ParseOutcome::kOk ? parser_.LimitBody(body_size_max) : outcome;
  }

  std::string text_;
  RequestHead head_;
  BodyBuffer body_;
  RequestParser parser_;
};

TEST_F(RequestParserTest, ParsesAHead) {
  ASSERT_EQ(Parse("POST /?a=b HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\n"),
            ParseOutcome::kOk);
  EXPECT_EQ(head_.method(), "POST");
  EXPECT_EQ(head_.path(), "/");
  EXPECT_EQ(head_.query(), "a=b");
  EXPECT_EQ(head_.Get(KnownHeader::kHost), "x");
  EXPECT_EQ(head_.minor_version(), 1);
  EXPECT_FALSE(parser_.done());
  EXPECT_EQ(parser_.body_bytes_left(), 3u);
  size_t consumed = 0;
  EXPECT_EQ(parser_.ParseBody("abcPOST", &consumed), ParseOutcome::kOk);
  EXPECT_EQ(consumed, 3u);
  EXPECT_TRUE(parser_.done());
  EXPECT_EQ(body_.view(), "abc");
}

TEST_F(RequestParserTest, KeepAliveFollowsVersionAndHeader) {
  ASSERT_EQ(Parse("GET / HTTP/1.1\r\n\r\n"), ParseOutcome::kOk);
  EXPECT_TRUE(parser_.keep_alive());
  EXPECT_TRUE(parser_.done());
  ASSERT_EQ(Parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), ParseOutcome::kOk);
  EXPECT_FALSE(parser_.keep_alive());
  ASSERT_EQ(Parse("GET / HTTP/1.0\r\n\r\n"), ParseOutcome::kOk);
  EXPECT_FALSE(parser_.keep_alive());
}

TEST_F(RequestParserTest, RefusesWhatIsNotHttp) {
  for (const char* text : {
           "GET\r\n\r\n",
           "GET / HTTP/2.0\r\n\r\n",
           "GET / HTTP/1.1\r\nno colon\r\n\r\n",
           "GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
       }) {
    EXPECT_EQ(Parse(text), ParseOutcome::kMalformed) << text;
  }
}

TEST_F(RequestParserTest, RefusesTooManyFieldsAndTooLargeBodies) {
  std::string text = "GET / HTTP/1.1\r\n";
  for (size_t i = 0; i <= RequestHead::kFieldCountMax; ++i) {
    text += "a: b\r\n";
  }
  EXPECT_EQ(Parse(text + "\r\n"), ParseOutcome::kHeaderTooLarge);
  EXPECT_EQ(Parse("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n"), ParseOutcome::kBodyTooLarge);
  EXPECT_EQ(Parse("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"), ParseOutcome::kOk);
}

TEST_F(RequestParserTest, ChunkedBodiesCutAnywhere) {
  const std::string chunks = "4;name=value\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n";
  for (size_t cut = 1; cut < chunks.size(); ++cut) {
    ASSERT_EQ(Parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), ParseOutcome::kOk);
    std::string pending = chunks.substr(0, cut);
    size_t consumed = 0;
    ParseOutcome outcome = parser_.ParseBody(pending, &consumed);
    ASSERT_TRUE(outcome == ParseOutcome::kOk || outcome == ParseOutcome::kNeedMore) << cut;
    ASSERT_FALSE(parser_.done());
    pending = pending.substr(consumed) + chunks.substr(cut) + "GET";
    ASSERT_EQ(parser_.ParseBody(pending, &consumed), ParseOutcome::kOk) << cut;
    EXPECT_TRUE(parser_.done());
    EXPECT_EQ(body_.view(), "Wikipedia");
    EXPECT_EQ(pending.substr(consumed), "GET");
    EXPECT_EQ(head_.fields().size(), 1u) << "trailers are no header fields";
  }
}

TEST_F(RequestParserTest, ChunkedBodiesByteByByte) {
  for (const std::string_view chunks : {"0\r\n\r\n", "0\r\na: b\r\n\r\n", "1\r\nx\r\n0\r\n\r\n"}) {
    ASSERT_EQ(Parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), ParseOutcome::kOk);
    std::string pending;
    for (const char character : chunks) {
      ASSERT_FALSE(parser_.done());
      pending.push_back(character);
      size_t consumed = 0;
      const ParseOutcome outcome = parser_.ParseBody(pending, &consumed);
      ASSERT_TRUE(outcome == ParseOutcome::kOk || outcome == ParseOutcome::kNeedMore);
      pending.erase(0, consumed);
    }
    EXPECT_TRUE(parser_.done()) << chunks;
    EXPECT_EQ(pending, "");
  }
}

TEST_F(RequestParserTest, ChunkedBodiesAreBoundedAndChecked) {
  size_t consumed = 0;
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 8), ParseOutcome::kOk);
  EXPECT_EQ(parser_.ParseBody("5\r\nabcde\r\n4\r\nabcd\r\n", &consumed),
            ParseOutcome::kBodyTooLarge);
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), ParseOutcome::kOk);
  EXPECT_EQ(parser_.ParseBody("xyz\r\n", &consumed), ParseOutcome::kMalformed);
}

TEST_F(RequestParserTest, BytesInPlaceAreNotCopied) {
  ASSERT_EQ(Parse("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n"), ParseOutcome::kOk);
  body_.EnsureRoom(4);
  std::memcpy(body_.tail(), "abcd", 4);
  size_t consumed = 0;
  EXPECT_EQ(parser_.ParseBody({body_.tail(), 4}, &consumed), ParseOutcome::kOk);
  EXPECT_EQ(body_.view(), "abcd");
}

TEST(FindHeadEnd, FindsItWhereverSearchingStopped) {
  const std::string head = "GET / HTTP/1.1\r\na: b\r\n\r\n";
  bool malformed = true;
  for (size_t searched = 0; searched < head.size(); ++searched) {
    EXPECT_EQ(FindHeadEnd(head + "rest", searched, &malformed), head.size()) << searched;
    EXPECT_FALSE(malformed);
  }
  EXPECT_EQ(FindHeadEnd(head.substr(0, head.size() - 1), 0, &malformed), 0u);
  EXPECT_FALSE(malformed);
}

TEST(FindHeadEnd, TellsEarlyThatItIsNoHttp) {
  bool malformed = false;
  EXPECT_EQ(FindHeadEnd("\x16\x03\x01", 0, &malformed), 0u);
  EXPECT_TRUE(malformed);
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\n\n", 0, &malformed), 0u);
  EXPECT_TRUE(malformed);
}

}  // namespace
}  // namespace millrace::server
