// Events of function URLs, member by member.
#include "server/function_urls/url_event.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/base/json.h"

namespace millrace::server {
namespace {

class UrlEventTest : public testing::Test {
 protected:
  UrlEventTest() {
    head_.SetRequestLine("POST", "/_url/abc/a%20b/c?x=1&y=%C3%A4&x=2&z&=e", 1);
    context_.url_id = "abc";
    context_.path = "/a%20b/c";
    context_.account = "123456789012";
    context_.request_id = "id-1";
    context_.source_address = "127.0.0.1";
    context_.now_ms = 1'763'674'446'123;
  }

  json::Value Make(std::string_view body) {
    text_ = MakeUrlEvent(head_, body, context_);
    EXPECT_TRUE(document_.Parse({text_.data(), text_.size()}).ok()) << text_;
    return document_.root();
  }
  std::string Text(const json::Value& value) {
    return value.present() && value.IsString() ? std::string(value.AsString()) : "(none)";
  }

  RequestHead head_;
  UrlEventContext context_;
  std::string text_;
  json::Document document_;
};

TEST_F(UrlEventTest, SaysWhatWasAsked) {
  head_.AddField("Host", "abc.lambda-url.us-east-1.localhost:8000");
  head_.AddField("User-Agent", "test/1");
  head_.AddField("X-Two", "a");
  head_.AddField("x-two", "b, c");
  head_.AddField("Cookie", "k=v; l=w");
  head_.AddField("Cookie", "m=x");
  head_.AddField("Content-Type", "application/json; charset=utf-8");
  const json::Value event = Make("{\"n\":\"\xC3\xA4\"}");
  EXPECT_EQ(Text(event.Find("version")), "2.0");
  EXPECT_EQ(Text(event.Find("routeKey")), "$default");
  EXPECT_EQ(Text(event.Find("rawPath")), "/a%20b/c");
  EXPECT_EQ(Text(event.Find("rawQueryString")), "x=1&y=%C3%A4&x=2&z&=e");
  std::string cookies;
  for (const json::Value& cookie : event.Find("cookies").elements()) {
    cookies += Text(cookie) + "|";
  }
  EXPECT_EQ(cookies, "k=v|l=w|m=x|");
  const json::Value headers = event.Find("headers");
  EXPECT_EQ(Text(headers.Find("x-two")), "a,b, c");
  EXPECT_EQ(Text(headers.Find("host")), "abc.lambda-url.us-east-1.localhost:8000");
  EXPECT_FALSE(headers.Find("cookie").present());
  const json::Value query = event.Find("queryStringParameters");
  EXPECT_EQ(Text(query.Find("x")), "1,2");
  EXPECT_EQ(Text(query.Find("y")), "\xC3\xA4");
  EXPECT_EQ(Text(query.Find("z")), "");
  EXPECT_EQ(Text(query.Find("")), "e");
  const json::Value context = event.Find("requestContext");
  EXPECT_EQ(Text(context.Find("accountId")), "123456789012");
  EXPECT_EQ(Text(context.Find("apiId")), "abc");
  EXPECT_EQ(Text(context.Find("domainName")), "abc.lambda-url.us-east-1.localhost:8000");
  EXPECT_EQ(Text(context.Find("domainPrefix")), "abc");
  EXPECT_EQ(Text(context.Find("requestId")), "id-1");
  EXPECT_EQ(Text(context.Find("stage")), "$default");
  EXPECT_EQ(Text(context.Find("time")), "20/Nov/2025:21:34:06 +0000");
  EXPECT_EQ(context.Find("timeEpoch").AsInt64(), 1'763'674'446'123);
  EXPECT_FALSE(context.Find("authorizer").present());
  const json::Value http = context.Find("http");
  EXPECT_EQ(Text(http.Find("method")), "POST");
  EXPECT_EQ(Text(http.Find("path")), "/a%20b/c");
  EXPECT_EQ(Text(http.Find("protocol")), "HTTP/1.1");
  EXPECT_EQ(Text(http.Find("sourceIp")), "127.0.0.1");
  EXPECT_EQ(Text(http.Find("userAgent")), "test/1");
  EXPECT_EQ(Text(event.Find("body")), "{\"n\":\"\xC3\xA4\"}");
  EXPECT_FALSE(event.Find("isBase64Encoded").AsBool());
}

TEST_F(UrlEventTest, LeavesOutWhatIsNotThere) {
  head_.SetRequestLine("GET", "/", 0);
  const json::Value event = Make("");
  for (const char* const name : {"cookies", "queryStringParameters", "body"}) {
    EXPECT_FALSE(event.Find(name).present()) << name;
  }
  EXPECT_EQ(Text(event.Find("rawQueryString")), "");
  EXPECT_FALSE(event.Find("isBase64Encoded").AsBool());
  EXPECT_EQ(Text(event.Find("requestContext").Find("http").Find("protocol")), "HTTP/1.0");
}

TEST_F(UrlEventTest, OtherBodiesAreBase64) {
  const json::Value unnamed = Make("\x01\x02");
  EXPECT_EQ(Text(unnamed.Find("body")), "AQI=");
  EXPECT_TRUE(unnamed.Find("isBase64Encoded").AsBool());
  head_.AddField("Content-Type", "text/plain");
  EXPECT_EQ(Text(Make("\xFF").Find("body")), "/w==");
}

TEST_F(UrlEventTest, HeadsThatAreNotUtf8AreLatin1) {
  head_.AddField("X-Name", "M\xFCller");
  head_.SetRequestLine("GET", "/?n=%FC&broken=%zz", 1);
  const json::Value event = Make("");
  EXPECT_EQ(Text(event.Find("headers").Find("x-name")), "M\xC3\xBCller");
  EXPECT_EQ(Text(event.Find("queryStringParameters").Find("n")), "\xC3\xBC");
  EXPECT_EQ(Text(event.Find("queryStringParameters").Find("broken")), "%zz");
}

TEST_F(UrlEventTest, SaysWhoSigned) {
  context_.access_key_id = "AKID";
  const json::Value iam = Make("").Find("requestContext").Find("authorizer").Find("iam");
  EXPECT_EQ(Text(iam.Find("accessKey")), "AKID");
  EXPECT_EQ(Text(iam.Find("accountId")), "123456789012");
}

TEST(TextMediaTypeTest, KnowsText) {
  for (const char* const type : {"text/html", "TEXT/CSV; x=y", "application/json",
                                 "application/problem+json", "image/svg+xml", "application/xml",
                                 "application/javascript ;", "application/x-www-form-urlencoded"}) {
    EXPECT_TRUE(IsTextMediaType(type)) << type;
  }
  for (const char* const type : {"", "image/png", "application/octet-stream", "json"}) {
    EXPECT_FALSE(IsTextMediaType(type)) << type;
  }
}

}  // namespace
}  // namespace millrace::server
