// Function URLs through the server: which requests they get, and what becomes of outcomes.
#include "server/function_urls/url_routes.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "server/http/test_server.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

using streams::FunctionUrlTarget;
using streams::InvokeOutcome;
using streams::InvokeRequest;
using streams::InvokeResult;

// Answers with what it is told to, on a thread of its own.
class FakeInvoker final : public streams::Invoker {
 public:
  ~FakeInvoker() override { Join(); }

  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    MutexLock lock(&mutex_);
    request_ = std::move(request);
    if (thread_.joinable()) {
      thread_.join();
    }
    thread_ = std::thread([result = result_, done = std::move(done)] { done(result); });
  }
  void Set(InvokeOutcome outcome, std::string payload) {
    MutexLock lock(&mutex_);
    result_.outcome = outcome;
    result_.payload = std::move(payload);
    result_.throttle_reason = "Reason";
  }
  InvokeRequest request() {
    MutexLock lock(&mutex_);
    return request_;
  }
  void Join() {
    MutexLock lock(&mutex_);
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  Mutex mutex_;
  InvokeRequest request_ GUARDED_BY(mutex_);
  InvokeResult result_ GUARDED_BY(mutex_);
  std::thread thread_ GUARDED_BY(mutex_);
};

class RefusingAuthenticator final : public Authenticator {
 public:
  api::ApiStatus Authenticate(const RequestHead& head, std::string_view,
                              std::string* access_key_id) const override {
    if (!head.Has(KnownHeader::kAuthorization)) {
      return api::ApiStatus(api::ErrorType::kMissingAuthenticationToken, "");
    }
    *access_key_id = "AKID";
    return api::ApiStatus();
  }
};

class UrlRoutesTest : public testing::Test {
 protected:
  UrlRoutesTest() : server_({}, nullptr, Routes()), client_(server_.port()) {}

  std::vector<Route> Routes() {
    FunctionUrlParts parts;
    parts.find_url = [](std::string_view id) -> std::optional<FunctionUrlTarget> {
      if (id != "open" && id != "signed") {
        return std::nullopt;
      }
      auto function = std::make_shared<streams::Function>();
      function->name = "f";
      FunctionUrlTarget target{std::move(function), "alias", {}};
      target.config.url_id = id;
      target.config.auth_type = id == "open" ? "NONE" : "AWS_IAM";
      target.config.cors_json = R"({"AllowOrigins":["https://a"],"AllowMethods":["GET"]})";
      return target;
    };
    parts.invoker = &invoker_;
    parts.authenticator = &authenticator_;
    parts.clock = SystemClock::Instance();
    parts.random = &random_;
    parts.account = "000000000000";
    std::vector<Route> routes;
    AddFunctionUrlRoutes(parts, &routes);
    return routes;
  }

  ClientReply Get(std::string_view target, std::string_view host = "localhost",
                  std::string_view headers = {}, std::string_view method = "GET") {
    return client_.Exchange(std::string(method) + " " + std::string(target) +
                            " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
                            std::string(headers) + "\r\n");
  }

  FakeInvoker invoker_;
  RefusingAuthenticator authenticator_;
  SystemRandom random_;
  TestServer server_;
  Client client_;
};

constexpr std::string_view kHost = "open.lambda-url.us-east-1.localhost:8000";

TEST_F(UrlRoutesTest, HostsAndPathsLeadToTheFunction) {
  invoker_.Set(InvokeOutcome::kSucceeded,
               R"({"statusCode":418,"headers":{"X-A":"b"},"cookies":["c=d"],"body":"tea"})");
  for (const auto& [target, host, path] :
       {std::tuple{"/a?b=c", kHost, "/a"},
        {"/", kHost, "/"},
        {"/_admin/x", kHost, "/_admin/x"},
        {"/2015-03-31/functions", kHost, "/2015-03-31/functions"},
        {"/_url/open/a/b", "localhost", "/a/b"},
        {"/_url/open", "localhost", "/"}}) {
    const ClientReply reply = Get(target, host, "X-Amzn-Trace-Id: Root=1-2-3\r\n");
    EXPECT_EQ(reply.status, 418) << target;
    EXPECT_EQ(reply.body, "tea");
    EXPECT_EQ(reply.Header("X-A"), "b");
    EXPECT_EQ(reply.Header("Set-Cookie"), "c=d");
    EXPECT_EQ(reply.Header("Content-Type"), "application/json");
    const InvokeRequest request = invoker_.request();
    EXPECT_EQ(request.function_name, "f");
    EXPECT_EQ(request.qualifier, "alias");
    EXPECT_EQ(request.trace_id, "Root=1-2-3");
    EXPECT_NE(request.payload->find("\"rawPath\":\"" + std::string(path) + "\""), std::string::npos)
        << *request.payload;
    EXPECT_NE(request.payload->find("\"sourceIp\":\"127.0.0.1\""), std::string::npos);
  }
}

TEST_F(UrlRoutesTest, AnswersToFailures) {
  for (const auto& [outcome, status] : {std::pair{InvokeOutcome::kFunctionError, 502},
                                        {InvokeOutcome::kServerFault, 502},
                                        {InvokeOutcome::kThrottled, 429},
                                        {InvokeOutcome::kFunctionNotFound, 404},
                                        {InvokeOutcome::kNotReady, 503},
                                        {InvokeOutcome::kShuttingDown, 503}}) {
    invoker_.Set(outcome, "{}");
    EXPECT_EQ(Get("/", kHost).status, status);
  }
  invoker_.Set(InvokeOutcome::kSucceeded, "not JSON");
  EXPECT_EQ(Get("/", kHost).body, R"({"message":"Internal Server Error"})");
  EXPECT_EQ(Get("/_url/unknown/").status, 404);
  EXPECT_EQ(Get("/_url/").status, 404);
}

TEST_F(UrlRoutesTest, LargeEventsAreRefused) {
  invoker_.Set(InvokeOutcome::kSucceeded, "1");
  const auto post = [this](size_t size) {
    return client_
        .Exchange("POST / HTTP/1.1\r\nHost: " + std::string(kHost) + "\r\nContent-Length: " +
                  std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'))
        .status;
  };
  EXPECT_EQ(post(4'700'000), 200);
  EXPECT_EQ(post(4'719'000), 413);  // base64 makes more than 6 MB of it
}

TEST_F(UrlRoutesTest, CrossOriginIsTheConfigurationsBusiness) {
  invoker_.Set(InvokeOutcome::kSucceeded,
               R"({"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"}})");
  const ClientReply preflight =
      Get("/", kHost, "Origin: https://a\r\nAccess-Control-Request-Method: GET\r\n", "OPTIONS");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.Header("Access-Control-Allow-Origin"), "https://a");
  EXPECT_EQ(preflight.Header("Access-Control-Allow-Methods"), "GET");
  EXPECT_EQ(invoker_.request().payload, nullptr);
  const ClientReply allowed = Get("/", kHost, "Origin: https://a\r\n");
  EXPECT_EQ(allowed.Header("Access-Control-Allow-Origin"), "https://a");
  EXPECT_EQ(allowed.Header("x-amz-crc32"), "");
  EXPECT_EQ(Get("/", kHost, "Origin: https://b\r\n").Header("Access-Control-Allow-Origin"), "");
}

TEST_F(UrlRoutesTest, BodiesAreNotCompressed) {
  invoker_.Set(InvokeOutcome::kSucceeded, "\"" + std::string(10'000, 'x') + "\"");
  const ClientReply reply = Get("/", kHost, "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(reply.body.size(), 10'002u);
  EXPECT_EQ(reply.Header("Content-Encoding"), "");
}

TEST_F(UrlRoutesTest, SignedUrlsWantASignature) {
  invoker_.Set(InvokeOutcome::kSucceeded, "1");
  EXPECT_EQ(Get("/_url/signed/").status, 403);
  EXPECT_EQ(invoker_.request().payload, nullptr);
  EXPECT_EQ(Get("/_url/signed/", "localhost", "Authorization: x\r\n").status, 200);
  EXPECT_NE(invoker_.request().payload->find("\"accessKey\":\"AKID\""), std::string::npos);
}

TEST(FindUrlIdTest, HostsWin) {
  std::string_view id;
  std::string_view rest;
  EXPECT_TRUE(FindUrlId("x.lambda-url.r.h:1", "/_url/y/z", &id, &rest));
  EXPECT_EQ(id, "x");
  EXPECT_EQ(rest, "/_url/y/z");
  EXPECT_FALSE(FindUrlId(".lambda-url.r.h", "/", &id, &rest));
  EXPECT_FALSE(FindUrlId("h", "/_url//z", &id, &rest));
}

}  // namespace
}  // namespace millrace::server
