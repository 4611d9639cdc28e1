// The gate without sockets: which answer a request gets, in which order, and its exact bytes.
#include "server/gate/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/queues/query_form.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr char kUnknownOperation[] =
    "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}";
constexpr char kSerialization[] =
    "{\"__type\":\"com.amazon.coral.service#SerializationException\"}";

const api::ShapeMember kMembers[] = {{"Text", &api::kStringShape}};
const api::Shape kShape = {api::ShapeKind::kStructure, "Test", nullptr, kMembers};

void RunEcho(const api::Services&, api::Call* call) {
  const json::Value text = call->input.Find("Text");
  call->body = text.present() ? std::string(text.AsString()) : "{}";
  call->Finish();
}

const api::Operation kOperations[] = {{api::ServiceName::kDynamoDb, "Echo", &kShape, RunEcho}};
const api::Operation kQueueOperations[] = {{api::ServiceName::kQueues, "Echo", &kShape, RunEcho}};

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t bytes) override {
    reserved_bytes += bytes;
    return bytes_fit;
  }
  void Send() override { ++sent_count; }

  std::string wire() const { return reply_head + std::string(reply_body); }

  bool bytes_fit = true;
  size_t reserved_bytes = 0;
  int sent_count = 0;
};

// Refuses everything.
class ClosedAuthenticator final : public Authenticator {
 public:
  api::ApiStatus Authenticate(const RequestHead&, std::string_view, std::string*) const override {
    return api::ApiStatus(api::ErrorType::kUnrecognizedClient, "no");
  }
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class GateTest : public testing::Test {
 protected:
  const TestExchange& Request(std::string_view method, std::string_view target,
                              const Headers& headers, std::string_view body,
                              const Gate* gate = nullptr) {
    headers_ = headers;
    exchange_.BeginRequest();
    exchange_.sent_count = 0;
    exchange_.head.SetRequestLine(method, target, 1);
    for (const auto& [name, value] : headers_) {
      EXPECT_TRUE(exchange_.head.AddField(name, value));
    }
    if (!body.empty()) {
      exchange_.request_body.Append(body);
    }
    (gate == nullptr ? gate_ : *gate).Handle(&exchange_);
    EXPECT_EQ(exchange_.sent_count, 1);
    return exchange_;
  }
  static Headers ApiHeaders(const std::string& operation, Headers more = {}) {
    more.push_back({"X-Amz-Target", "DynamoDB_20120810." + operation});
    more.push_back({"Content-Type", "application/x-amz-json-1.0"});
    return more;
  }

  static Route MakeRoute(const char* method, const char* path, bool is_prefix, size_t body_size_max,
                         const char* answer) {
    return {method, path, is_prefix, body_size_max, [answer](Exchange* exchange) {
              exchange->http_status = 503;
              exchange->body = answer;
              exchange->Finish();
            }};
  }
  static std::vector<Route> Routes() {
    return {MakeRoute("", "/2015-03-31/", true, 1000, "any"),
            MakeRoute("POST", "/2015-03-31/functions/", true, 2000, "functions"),
            MakeRoute("GET", "/page", false, 10, "text"),
            MakeRoute("PUT", "/page", false, 20, "put"),
            MakeRoute("POST", "/_admin/x", false, 20, "operated")};
  }

  ManualClock clock_{1763683200000};
  SeededRandom random_{7};
  ThreadState thread_state_{&clock_, &random_};
  api::Dispatcher dispatcher_{api::Services(), kOperations};
  api::Dispatcher queues_{api::Services(), kQueueOperations};
  OpenAuthenticator open_;
  ClosedAuthenticator closed_;
  Gate gate_{&dispatcher_, &open_, "us-east-1", Routes()};
  Gate closed_gate_{&dispatcher_, &closed_, "us-east-1", {}};
  Headers headers_;
  TestExchange exchange_{&thread_state_};
};

TEST_F(GateTest, HealthAnswerIsExact) {
  const TestExchange& reply = Request("GET", "/?x=y", {}, "");
  EXPECT_EQ(reply.http_status, 200);
  EXPECT_EQ(reply.body, "healthy: dynamodb.us-east-1.amazonaws.com ");
  EXPECT_THAT(reply.wire(), HasSubstr("Content-Length: 42\r\n"));
  EXPECT_THAT(reply.wire(), HasSubstr("\r\nx-amz-crc32: 3128867991\r\n"));
}

TEST_F(GateTest, NotFoundAnswerIsExact) {
  const std::pair<std::string, std::string> cases[] = {
      {"GET", "/other"}, {"PUT", "/"}, {"DELETE", "/"}, {"OPTIONS", "/"}, {"POST", "/other"}};
  for (const auto& [method, target] : cases) {
    const TestExchange& reply = Request(method, target, ApiHeaders("Echo"), "{}");
    EXPECT_EQ(reply.http_status, 404) << method << target;
    EXPECT_EQ(reply.body, "<UnknownOperationException/>\n");
    EXPECT_THAT(reply.wire(), HasSubstr("\r\nx-amz-crc32: 3552371480\r\n"));
    EXPECT_THAT(reply.wire(), Not(HasSubstr("Content-Type")));
  }
  EXPECT_EQ(Request("POST", "/", {{"Content-Type", "text/plain"}}, "{}").http_status, 404);
  EXPECT_EQ(Request("POST", "/", {}, "{}").http_status, 404);
  EXPECT_EQ(Request("POST", "/", {}, "").http_status, 400) << "an empty body needs no type";
}

TEST_F(GateTest, WholeReplyHead) {
  const TestExchange& reply = Request("POST", "/", ApiHeaders("Echo"), "{}");
  EXPECT_THAT(reply.wire(),
              MatchesRegex("HTTP/1.1 200 OK\r\nServer: Millrace\r\n"
                           "Date: Fri, 21 Nov 2025 00:00:00 GMT\r\n"
                           "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n"
                           "x-amzn-RequestId: [0-9A-Z]*\r\nx-amz-crc32: 2745614147\r\n\r\n\\{\\}"));
  const size_t id = reply.reply_head.find("RequestId: ") + 11;
  EXPECT_EQ(reply.reply_head.find("\r\n", id) - id, 52u);
  const std::string first = reply.reply_head.substr(id, 52);
  EXPECT_NE(Request("POST", "/", ApiHeaders("Echo"), "{}").reply_head.substr(id, 52), first);
}

// Its translation takes many times its size, so it is counted, and comes behind the credentials.
TEST_F(GateTest, AFormIsTranslatedForKnownClientsOnly) {
  const Headers headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const std::string form =
      "Action=Echo&Version=2012-11-05&MessageBody=" + std::string(5000, '\x01');
  const Gate closed(&queues_, &closed_, "us-east-1", {});
  EXPECT_THAT(Request("POST", "/", headers, form, &closed).body, HasSubstr("UnrecognizedClient"));
  EXPECT_EQ(exchange_.reserved_bytes, 0u);
  const Gate open(&queues_, &open_, "us-east-1", {});
  EXPECT_EQ(Request("POST", "/", headers, form, &open).http_status, 200);
  EXPECT_GE(exchange_.reserved_bytes, form.size() * api::kQueueFormGrowth);
  exchange_.bytes_fit = false;
  EXPECT_EQ(Request("POST", "/", headers, form, &open).http_status, 503);
  EXPECT_EQ(Request("POST", "/", headers, "Action=Echo", &open).http_status, 404);
  Headers targeted = headers;
  targeted.emplace_back("X-Amz-Target", "AmazonSQS.Echo");
  EXPECT_EQ(Request("POST", "/", targeted, form, &open).http_status, 404);
}

TEST_F(GateTest, MediaTypeIsEchoed) {
  Headers headers = {{"X-Amz-Target", "DynamoDB_20120810.Echo"},
                     {"Content-Type", "Application/JSON; charset=utf-8"}};
  EXPECT_THAT(Request("POST", "/", headers, "{}").wire(),
              HasSubstr("Content-Type: application/json\r\n"));
  headers[1].second = "application/x-amz-json-1.0 ; charset=utf-8";
  EXPECT_THAT(Request("POST", "/", headers, "{}").wire(),
              HasSubstr("Content-Type: application/x-amz-json-1.0\r\n"));
}

TEST_F(GateTest, OrderOfErrors) {
  // Bad JSON comes before an unknown operation, that before credentials, those before the empty
  // body, and that before type errors.
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Nothing"), "{", &closed_gate_).body, kSerialization);
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Nothing"), "{}", &closed_gate_).body,
            kUnknownOperation);
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Nothing"), "", &closed_gate_).body, kUnknownOperation);
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), "", &closed_gate_).body,
              HasSubstr("#UnrecognizedClientException"));
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), "[]", &closed_gate_).body,
              HasSubstr("#UnrecognizedClientException"));
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Echo"), "").body, kSerialization);
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Echo"), "[]").body, kSerialization);
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Echo"), "null").body, kSerialization);
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), "{\"Text\":1}").body,
              HasSubstr("NUMBER_VALUE cannot be converted to String"));
}

TEST_F(GateTest, TargetsThatAreNone) {
  for (const std::string target :
       {"", "Echo", "DynamoDB_20120810", "DynamoDB_20120810.", "dynamodb_20120810.Echo",
        "DynamoDB_20120810.Echo.", "DynamoDB_20111205.Echo", "DynamoDBStreams_20120810.Echo"}) {
    EXPECT_EQ(
        Request("POST", "/", {{"X-Amz-Target", target}, {"Content-Type", "application/json"}}, "{}")
            .body,
        kUnknownOperation)
        << target;
  }
  EXPECT_EQ(Request("POST", "/", {{"Content-Type", "application/json"}}, "{}").body,
            kUnknownOperation);
}

TEST_F(GateTest, Preflight) {
  const TestExchange& reply =
      Request("OPTIONS", "/any",
              {{"Origin", "https://example.org"},
               {"Access-Control-Request-Headers", "x-amz-target,content-type"},
               {"Access-Control-Request-Method", "POST"}},
              "");
  EXPECT_EQ(reply.http_status, 200);
  for (const char* line : {"Content-Length: 0\r\n", "Access-Control-Allow-Origin: *\r\n",
                           "Access-Control-Max-Age: 172800\r\n",
                           "Access-Control-Allow-Headers: x-amz-target,content-type\r\n",
                           "Access-Control-Allow-Methods: POST\r\n"}) {
    EXPECT_THAT(reply.wire(), HasSubstr(line));
  }
}

TEST_F(GateTest, PagesFromElsewhereAreNoOperators) {
  EXPECT_THAT(Request("POST", "/_admin/x", {{"Origin", "http://localhost:1"}}, "").wire(),
              HasSubstr("operated"));
  // The type that curl gives to what it sends.
  EXPECT_THAT(
      Request("POST", "/_admin/x", {{"Content-Type", "application/x-www-form-urlencoded"}}, "{}")
          .wire(),
      HasSubstr("operated"));
  const std::string refused = Request("POST", "/_admin/x", {{"Origin", "http://a"}}, "").wire();
  EXPECT_THAT(refused, testing::StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(refused, HasSubstr("{\"error\":\"Pages of other machines"));
}

TEST_F(GateTest, CrossOriginAnswersAreMarked) {
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo", {{"Origin", "x"}}), "{}").wire(),
              testing::AllOf(HasSubstr("Access-Control-Allow-Origin: *\r\n"),
                             HasSubstr("Access-Control-Expose-Headers: x-amzn-RequestId")));
  EXPECT_THAT(Request("PUT", "/", {{"Origin", "x"}}, "").wire(),
              HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), "{}").wire(),
              Not(HasSubstr("Access-Control")));
}

TEST_F(GateTest, EncodedBodies) {
  GzipCompressor compressor;
  std::string encoded;
  ASSERT_TRUE(compressor.Compress("{\"Text\":\"hello\"}", &encoded));
  const Headers gzip = ApiHeaders("Echo", {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(Request("POST", "/", gzip, encoded).body, "hello");
  EXPECT_THAT(Request("POST", "/", gzip, encoded, &closed_gate_).body,
              HasSubstr("#UnrecognizedClientException"));
  const TestExchange& corrupt = Request("POST", "/", gzip, "{}");
  EXPECT_EQ(corrupt.http_status, 500);
  EXPECT_THAT(corrupt.body, HasSubstr("#InternalServerError"));
  EXPECT_EQ(
      Request("POST", "/", ApiHeaders("Echo", {{"Content-Encoding", "br"}}), "{}").http_status,
      500);
  EXPECT_EQ(Request("POST", "/", ApiHeaders("Echo", {{"Content-Encoding", "identity"}}), "{}")
                .http_status,
            200);
  ASSERT_TRUE(compressor.Compress("{", &encoded));
  EXPECT_EQ(Request("POST", "/", gzip, encoded).body, kSerialization);
  ASSERT_TRUE(compressor.Compress("", &encoded));
  EXPECT_EQ(Request("POST", "/", gzip, encoded).body, kSerialization);
  ASSERT_TRUE(compressor.Compress(std::string(Gate::kBodySizeMax + 1, ' '), &encoded));
  const TestExchange& bomb = Request("POST", "/", gzip, encoded);
  EXPECT_EQ(bomb.http_status, 413);
  EXPECT_EQ(bomb.body, "");
  exchange_.bytes_fit = false;
  ASSERT_TRUE(compressor.Compress("{}", &encoded));
  EXPECT_EQ(Request("POST", "/", gzip, encoded).http_status, 503);
}

TEST_F(GateTest, RepliesAreCompressedWhenAskedForAndLarge) {
  const std::string body = "{\"Text\":\"" + std::string(4096, 'a') + "\"}";
  const TestExchange& reply =
      Request("POST", "/", ApiHeaders("Echo", {{"Accept-Encoding", "br, gzip"}}), body);
  EXPECT_THAT(reply.wire(), HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_LT(reply.reply_body.size(), 1000u);
  EXPECT_THAT(reply.reply_head,
              HasSubstr("x-amz-crc32: " + std::to_string(Crc32(reply.reply_body)) + "\r\n"));
  BodyBuffer decoded;
  ASSERT_EQ(DecodeBody("gzip", reply.reply_body, 10'000, &decoded), DecodeOutcome::kOk);
  EXPECT_EQ(decoded.view(), std::string(4096, 'a'));
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), body).wire(),
              Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(
      Request("POST", "/", ApiHeaders("Echo", {{"Accept-Encoding", "gzip;q=0"}}), body).wire(),
      Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo", {{"Accept-Encoding", "gzip"}}), "{}").wire(),
              Not(HasSubstr("Content-Encoding")));
}

TEST_F(GateTest, RoutesByMethodAndPath) {
  EXPECT_EQ(Request("PUT", "/page?x", {}, "").body, "put");
  EXPECT_EQ(Request("GET", "/2015-03-31/functions/", {}, "").body, "any");
  EXPECT_EQ(Request("POST", "/2015-03-31/functions/f", {}, "").body, "functions");
  EXPECT_EQ(Request("DELETE", "/2015-03-31/", {}, "").body, "any");
  const TestExchange& refused = Request("POST", "/page", {}, "{}");
  EXPECT_EQ(refused.http_status, 405);
  EXPECT_THAT(refused.wire(), testing::StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(refused.wire(), HasSubstr("\r\nAllow: GET, PUT\r\n"));
  EXPECT_EQ(Request("GET", "/page/", {}, "").http_status, 404);
  EXPECT_EQ(Request("GET", "/2015-03-31", {}, "").http_status, 404);
}

TEST_F(GateTest, RoutesLimitBodies) {
  const std::pair<std::pair<const char*, const char*>, size_t> cases[] = {
      {{"POST", "/"}, Gate::kBodySizeMax},
      {{"POST", "/elsewhere"}, Gate::kBodySizeMax},
      {{"GET", "/page"}, 10},
      {{"PUT", "/page"}, 20},
      {{"POST", "/2015-03-31/functions/f"}, 2000},
      {{"PUT", "/2015-03-31/functions/f"}, 1000},
  };
  for (const auto& [line, size_max] : cases) {
    RequestHead head;
    head.SetRequestLine(line.first, line.second, 1);
    EXPECT_EQ(gate_.BodySizeMax(head), size_max) << line.first << line.second;
  }
}

TEST_F(GateTest, RepliesWithoutContent) {
  const Gate gate(&dispatcher_, &open_, "us-east-1", {{"DELETE", "/x", false, 0, [](Exchange* e) {
                                                         e->http_status = 204;
                                                         e->content_type = {};
                                                         e->Finish();
                                                       }}});
  const TestExchange& reply = Request("DELETE", "/x", {}, "", &gate);
  EXPECT_THAT(reply.wire(), testing::StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(reply.wire(), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(reply.wire(), testing::EndsWith("\r\n\r\n"));
}

TEST_F(GateTest, PagesAndRefusals) {
  const TestExchange& page = Request("GET", "/page", {}, "");
  EXPECT_EQ(page.http_status, 503);
  EXPECT_EQ(page.body, "text");
  const std::pair<Refusal, int> cases[] = {{Refusal::kMalformed, 400},
                                           {Refusal::kHeaderTooLarge, 431},
                                           {Refusal::kBodyTooLarge, 413},
                                           {Refusal::kOverloaded, 503}};
  for (const auto& [refusal, status] : cases) {
    exchange_.BeginRequest();
    gate_.Refuse(&exchange_, refusal);
    EXPECT_EQ(exchange_.http_status, status);
    EXPECT_EQ(exchange_.body.empty(), refusal != Refusal::kOverloaded);
  }
}

TEST_F(GateTest, DrainingClosesConnections) {
  thread_state_.draining = true;
  EXPECT_THAT(Request("POST", "/", ApiHeaders("Echo"), "{}").wire(),
              HasSubstr("Connection: close\r\n"));
}

TEST(FormatHttpDate, IsFixedFormat) {
  EXPECT_EQ(FormatHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(FormatHttpDate(1709210096), "Thu, 29 Feb 2024 12:34:56 GMT");
}

}  // namespace
}  // namespace millrace::server
