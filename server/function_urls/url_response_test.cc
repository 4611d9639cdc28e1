// Replies of function URLs.
#include "server/function_urls/url_response.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

TEST(UrlResponseTest, AnObjectWithAStatusDescribesTheReply) {
  UrlResponse response;
  ASSERT_TRUE(MapUrlResponse(
      R"({"statusCode":201,"headers":{"Content-Type":"text/html","X-A":"b","X-N":7,"X-T":true,)"
      R"("Content-Length":"3","Date":"x","X-Null":null},"cookies":["a=b; Secure","c=d"],)"
      R"("body":"<p>\u00e4</p>","isBase64Encoded":false})",
      &response));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.content_type, "text/html");
  EXPECT_EQ(response.headers,
            "X-A: b\r\nX-N: 7\r\nX-T: true\r\nSet-Cookie: a=b; Secure\r\nSet-Cookie: c=d\r\n");
  EXPECT_EQ(response.body, "<p>\xC3\xA4</p>");
}

TEST(UrlResponseTest, MembersMayBeMissing) {
  UrlResponse response;
  ASSERT_TRUE(MapUrlResponse(R"({"statusCode":204,"body":null,"headers":null})", &response));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.headers, "");
  EXPECT_EQ(response.body, "");
}

TEST(UrlResponseTest, DecodesBase64) {
  UrlResponse response;
  ASSERT_TRUE(
      MapUrlResponse(R"({"statusCode":200,"body":"AQI=","isBase64Encoded":true})", &response));
  EXPECT_EQ(response.body, "\x01\x02");
}

TEST(UrlResponseTest, AnyOtherValueIsTheBody) {
  for (const char* const payload :
       {"\"Hello, world!\"", "null", "7", "[1]", R"({"message": "x"})"}) {
    UrlResponse response;
    ASSERT_TRUE(MapUrlResponse(payload, &response)) << payload;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body, payload);
  }
}

TEST(UrlResponseTest, RefusesWhatMakesNoReply) {
  for (const char* const payload :
       {"", "not JSON", R"({"statusCode":"x"})", R"({"statusCode":100})", R"({"statusCode":600})",
        R"({"statusCode":200.5})", R"({"statusCode":200,"headers":[]})",
        R"({"statusCode":200,"headers":{"a b":"c"}})",
        R"({"statusCode":200,"headers":{"a":"b\r\nc: d"}})",
        R"({"statusCode":200,"headers":{"a":{}}})", R"({"statusCode":200,"cookies":"a"})",
        R"({"statusCode":200,"cookies":["a\nb"]})", R"({"statusCode":200,"body":{}})",
        R"({"statusCode":200,"body":"%","isBase64Encoded":true})",
        R"({"statusCode":200,"body":"","isBase64Encoded":1})"}) {
    UrlResponse response;
    EXPECT_FALSE(MapUrlResponse(payload, &response)) << payload;
  }
}

}  // namespace
}  // namespace millrace::server
