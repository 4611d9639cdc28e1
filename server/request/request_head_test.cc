// Unit tests of header look-up and list values.
#include "server/request/request_head.h"

#include <gtest/gtest.h>

#include <string>

#include "server/request/body_buffer.h"

namespace millrace::server {
namespace {

TEST(RequestHead, SplitsTheTarget) {
  RequestHead head;
  head.SetRequestLine("GET", "/a?b=c?d", 1);
  EXPECT_EQ(head.path(), "/a");
  EXPECT_EQ(head.query(), "b=c?d");
  head.SetRequestLine("GET", "/", 0);
  EXPECT_EQ(head.path(), "/");
  EXPECT_EQ(head.query(), "");
  EXPECT_EQ(head.minor_version(), 0);
}

TEST(RequestHead, FindsEveryKnownHeaderInAnyCase) {
  const std::pair<const char*, KnownHeader> cases[] = {
      {"HOST", KnownHeader::kHost},
      {"Date", KnownHeader::kDate},
      {"Origin", KnownHeader::kOrigin},
      {"Expect", KnownHeader::kExpect},
      {"X-Amz-Date", KnownHeader::kAmzDate},
      {"Content-Type", KnownHeader::kContentType},
      {"X-Amz-Target", KnownHeader::kTarget},
      {"authorization", KnownHeader::kAuthorization},
      {"Accept-Encoding", KnownHeader::kAcceptEncoding},
      {"Content-Encoding", KnownHeader::kContentEncoding},
      {"Transfer-Encoding", KnownHeader::kTransferEncoding},
      {"Access-Control-Request-Method", KnownHeader::kAccessControlRequestMethod},
      {"Access-Control-Request-Headers", KnownHeader::kAccessControlRequestHeaders},
  };
  ASSERT_EQ(std::size(cases), kKnownHeaderCount);
  RequestHead head;
  for (const auto& [name, header] : cases) {
    EXPECT_FALSE(head.Has(header)) << name;
    ASSERT_TRUE(head.AddField(name, name));
    EXPECT_EQ(head.Get(header), name);
  }
  head.Clear();
  for (const auto& [name, header] : cases) {
    EXPECT_FALSE(head.Has(header)) << name;
  }
}

TEST(RequestHead, FirstOfSeveralWinsAndEmptyCountsAsPresent) {
  RequestHead head;
  ASSERT_TRUE(head.AddField("Origin", std::string_view()));
  ASSERT_TRUE(head.AddField("Origin", "second"));
  EXPECT_TRUE(head.Has(KnownHeader::kOrigin));
  EXPECT_EQ(head.Get(KnownHeader::kOrigin), "");
  EXPECT_EQ(head.fields().size(), 2u);
}

TEST(RequestHead, BoundsTheFieldCount) {
  RequestHead head;
  for (size_t i = 0; i < RequestHead::kFieldCountMax; ++i) {
    ASSERT_TRUE(head.AddField("a", "b"));
  }
  EXPECT_FALSE(head.AddField("a", "b"));
}

TEST(ListHasToken, LooksAtElementsAndQuality) {
  EXPECT_TRUE(ListHasToken("gzip", "gzip"));
  EXPECT_TRUE(ListHasToken("deflate, GZip ;q=0.5", "gzip"));
  EXPECT_TRUE(ListHasToken("gzip;q=0.001", "gzip"));
  EXPECT_FALSE(ListHasToken("gzip;q=0", "gzip"));
  EXPECT_FALSE(ListHasToken("gzip; Q=0.000, br", "gzip"));
  EXPECT_FALSE(ListHasToken("gzipped, x-gzip", "gzip"));
  EXPECT_FALSE(ListHasToken("", "gzip"));
}

TEST(BodyBuffer, GrowsKeepsBytesAndShrinks) {
  BodyBuffer buffer;
  EXPECT_EQ(buffer.Terminated().size(), 0u);
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    buffer.Append("abc");
    expected += "abc";
  }
  EXPECT_EQ(buffer.view(), expected);
  const std::span<char> bytes = buffer.Terminated();
  EXPECT_EQ(bytes.data()[bytes.size()], '\0');
  buffer.ShrinkTo(1 << 20);
  EXPECT_GT(buffer.capacity(), 0u);
  EXPECT_TRUE(buffer.empty());
  buffer.ShrinkTo(10);
  EXPECT_EQ(buffer.capacity(), 0u);
}

}  // namespace
}  // namespace millrace::server
