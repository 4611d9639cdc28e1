// What pages of other origins are told.
#include "server/function_urls/cross_origin.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

RequestHead Asking(std::string_view method, std::string_view origin, std::string_view asked_method,
                   std::string_view asked_headers) {
  RequestHead head;
  head.SetRequestLine(method, "/", 1);
  head.AddField("Origin", origin);
  if (!asked_method.empty()) {
    head.AddField("Access-Control-Request-Method", asked_method);
    head.AddField("Access-Control-Request-Headers", asked_headers);
  }
  return head;
}

TEST(CrossOriginTest, TellsWhatIsAllowed) {
  const CrossOriginRules rules = ParseCrossOriginRules(
      R"({"AllowOrigins":["https://a.example","http://*"],"AllowMethods":["GET","PUT"],)"
      R"("AllowHeaders":["x-a","x-b"],"ExposeHeaders":["x-c","x-d"],"MaxAge":60,)"
      R"("AllowCredentials":true})");
  EXPECT_EQ(PreflightHeaders(rules, Asking("OPTIONS", "https://a.example", "PUT", "x-a")),
            "Access-Control-Allow-Origin: https://a.example\r\nVary: Origin\r\n"
            "Access-Control-Allow-Credentials: true\r\nAccess-Control-Allow-Methods: GET,PUT\r\n"
            "Access-Control-Allow-Headers: x-a,x-b\r\nAccess-Control-Max-Age: 60\r\n");
  EXPECT_EQ(CrossOriginHeaders(rules, Asking("GET", "http://any.example", "", "")),
            "Access-Control-Allow-Origin: http://any.example\r\nVary: Origin\r\n"
            "Access-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: x-c,x-d\r\n");
  EXPECT_EQ(PreflightHeaders(rules, Asking("OPTIONS", "https://b.example", "PUT", "x-a")), "");
  EXPECT_EQ(PreflightHeaders(rules, Asking("OPTIONS", "https://a.example", "POST", "x-a")), "");
  EXPECT_EQ(CrossOriginHeaders(rules, Asking("GET", "https://b.example", "", "")), "");
}

TEST(CrossOriginTest, Stars) {
  const CrossOriginRules rules =
      ParseCrossOriginRules(R"({"AllowOrigins":["*"],"AllowMethods":["*"],"AllowHeaders":["*"]})");
  EXPECT_EQ(PreflightHeaders(rules, Asking("OPTIONS", "https://x", "DELETE", "x-y")),
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: DELETE\r\n"
            "Access-Control-Allow-Headers: x-y\r\n");
  EXPECT_EQ(CrossOriginHeaders(rules, Asking("GET", "https://x", "", "")),
            "Access-Control-Allow-Origin: *\r\n");
}

TEST(CrossOriginTest, NothingIsAllowedUnlessSaid) {
  for (const char* const json : {"{}", "[]", "", R"({"AllowOrigins":"*","AllowMethods":[1]})"}) {
    const CrossOriginRules rules = ParseCrossOriginRules(json);
    EXPECT_EQ(PreflightHeaders(rules, Asking("OPTIONS", "https://x", "GET", "")), "") << json;
    EXPECT_EQ(CrossOriginHeaders(rules, Asking("GET", "https://x", "", "")), "") << json;
  }
}

TEST(CrossOriginTest, NothingEndsALine) {
  const CrossOriginRules rules =
      ParseCrossOriginRules(R"({"AllowOrigins":["*"],"ExposeHeaders":["a\r\nb: c","d"]})");
  EXPECT_EQ(CrossOriginHeaders(rules, Asking("GET", "https://x", "", "")),
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: d\r\n");
}

TEST(CrossOriginTest, KnowsPreflights) {
  EXPECT_TRUE(IsPreflight(Asking("OPTIONS", "https://x", "GET", "")));
  EXPECT_FALSE(IsPreflight(Asking("OPTIONS", "https://x", "", "")));
  EXPECT_FALSE(IsPreflight(Asking("GET", "https://x", "GET", "")));
}

TEST(CrossOriginTest, TheFunctionsOwnLinesGiveWay) {
  std::string headers =
      "X-A: b\r\nAccess-Control-Allow-Origin: *\r\nVary: x\r\naccess-CONTROL-x: y\r\n";
  RemoveCrossOriginHeaders(&headers);
  EXPECT_EQ(headers, "X-A: b\r\nVary: x\r\n");
}

}  // namespace
}  // namespace millrace::server
