// Requests to the functions service at the gate.
#include "server/gate/rest_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

void RunEcho(const api::Services&, api::RestCall* call) {
  call->Reply(201, "\"" + call->segment(0) + "|" + std::string(call->access_key_id()) + "|" +
                       std::string(call->header(api::RestHeader::kLogType)) + "\"");
}

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override { ++sent_count; }
  int sent_count = 0;
};

class RestStepTest : public testing::Test {
 protected:
  void Request(const Gate& gate, std::string_view method, std::string_view target,
               std::string_view authorization = {}, std::string_view origin = {}) {
    exchange_.BeginRequest();
    exchange_.sent_count = 0;
    exchange_.head.SetRequestLine(method, target, 1);
    ASSERT_TRUE(exchange_.head.AddField("x-amz-log-TYPE", "Tail"));
    ASSERT_TRUE(exchange_.head.AddField("X-Amz-Date", "20251121T000000Z"));
    if (!authorization.empty()) {
      ASSERT_TRUE(exchange_.head.AddField("Authorization", authorization));
    }
    if (!origin.empty()) {
      ASSERT_TRUE(exchange_.head.AddField("Origin", origin));
    }
    gate.Handle(&exchange_);
    EXPECT_EQ(exchange_.sent_count, 1);
  }

  ManualClock clock_{1763683200000};
  SystemRandom random_;
  ThreadState thread_state_{&clock_, &random_};
  api::Services services_ = MakeServices();
  api::Dispatcher dispatcher_{services_, {}};
  api::RestDispatcher rest_{
      services_,
      {{"Echo", "GET", "/2015-03-31/functions/{n}", nullptr, RunEcho},
       {"Code", "PUT", "/2015-03-31/functions/{n}/code", nullptr, RunEcho, api::RestThread::kHome,
        api::kRestCodeSizeMax, api::RestErrorType::kRequestEntityTooLarge}}};
  OpenAuthenticator open_;
  ShapeAuthenticator shape_{&clock_, "us-east-1"};
  Gate gate_{&dispatcher_, &open_, "us-east-1", {}, &rest_};
  Gate shape_gate_{&dispatcher_, &shape_, "us-east-1", {}, &rest_};
  TestExchange exchange_{&thread_state_};

 private:
  api::Services MakeServices() {
    api::Services services;
    services.random = &random_;
    return services;
  }
};

constexpr char kSigned[] =
    "AWS4-HMAC-SHA256 Credential=key/20251121/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=abc";

TEST_F(RestStepTest, HandsOver) {
  Request(gate_, "GET", "/2015-03-31/functions/a%3Ab?x=y", kSigned);
  EXPECT_EQ(exchange_.http_status, 201);
  EXPECT_EQ(exchange_.body, "\"a:b|key|Tail\"");
  EXPECT_THAT(exchange_.reply_head,
              testing::AllOf(testing::StartsWith("HTTP/1.1 201 Created\r\n"),
                             HasSubstr("\r\nContent-Type: application/json\r\n")));
  const size_t id = exchange_.reply_head.find("x-amzn-RequestId: ") + 18;
  EXPECT_THAT(exchange_.reply_head.substr(id, 38),
              MatchesRegex("[0-9a-f]*-[0-9a-f]*-4[0-9a-f]*-[0-9a-f]*-[0-9a-f]*\r\n"));
}

TEST_F(RestStepTest, UnknownOperationsComeBeforeCredentials) {
  Request(shape_gate_, "POST", "/2015-03-31/functions/f");
  EXPECT_EQ(exchange_.http_status, 404);
  EXPECT_THAT(exchange_.reply_head, HasSubstr("\r\nx-amzn-ErrorType: UnknownOperationException"));
}

TEST_F(RestStepTest, Credentials) {
  Request(shape_gate_, "GET", "/2015-03-31/functions/f");
  EXPECT_EQ(exchange_.http_status, 403);
  EXPECT_THAT(exchange_.reply_head,
              HasSubstr("\r\nx-amzn-ErrorType: MissingAuthenticationTokenException\r\n"));
  EXPECT_EQ(exchange_.body, R"({"message":"Request is missing Authentication Token",)"
                            R"("Message":"Request is missing Authentication Token"})");
  Request(shape_gate_, "GET", "/2015-03-31/functions/f", kSigned);
  EXPECT_EQ(exchange_.http_status, 201);
  std::string other = kSigned;
  other.replace(other.find("lambda"), 6, "dynamodb");
  Request(shape_gate_, "GET", "/2015-03-31/functions/f", other);
  EXPECT_EQ(exchange_.http_status, 403);
  EXPECT_THAT(exchange_.body,
              HasSubstr("Credential should be scoped to correct service: 'lambda'"));
}

// Accepts everything, as if it was signed.
class SignedAuthenticator final : public Authenticator {
 public:
  api::ApiStatus Authenticate(const RequestHead&, std::string_view, std::string*) const override {
    return api::ApiStatus::Ok();
  }
  bool verifies() const override { return true; }
};

TEST_F(RestStepTest, FieldsThatAreNoTextComeBackAsText) {
  Request(shape_gate_, "GET", "/2015-03-31/functions/f", "AWS4-HMAC-SHA256 Cred\xFF=x");
  EXPECT_EQ(exchange_.http_status, 403);
  EXPECT_THAT(exchange_.body, HasSubstr("Cred\xEF\xBF\xBD=x"));
  Request(gate_, "GET", "/2015-03-31/functions/f", "a\xFFz");
  EXPECT_EQ(exchange_.Header("authorization"), "");
  EXPECT_EQ(exchange_.Header("x-amz-date"), "20251121T000000Z");
}

TEST_F(RestStepTest, PagesFromElsewhereNeedSignatures) {
  constexpr char kPath[] = "/2015-03-31/functions/f";
  constexpr char kElsewhere[] = "https://example.org";
  for (const Gate* const gate : {&gate_, &shape_gate_}) {
    Request(*gate, "GET", kPath, kSigned, kElsewhere);
    EXPECT_EQ(exchange_.http_status, 403);
    EXPECT_THAT(exchange_.reply_head, HasSubstr("\r\nx-amzn-ErrorType: AccessDeniedException\r\n"));
    Request(*gate, "GET", kPath, kSigned, "http://localhost:3000");
    EXPECT_EQ(exchange_.http_status, 201);
  }
  const SignedAuthenticator signed_by_somebody;
  const Gate verifying_gate(&dispatcher_, &signed_by_somebody, "us-east-1", {}, &rest_);
  Request(verifying_gate, "GET", kPath, kSigned, kElsewhere);
  EXPECT_EQ(exchange_.http_status, 201);
}

TEST_F(RestStepTest, OtherPathsStayWhatTheyWere) {
  Request(gate_, "GET", "/2015-03-31");
  EXPECT_EQ(exchange_.http_status, 404);
  EXPECT_EQ(exchange_.body, "<UnknownOperationException/>\n");
  Request(gate_, "GET", "/");
  EXPECT_EQ(exchange_.http_status, 200);
}

TEST_F(RestStepTest, LimitsOfBodies) {
  const std::pair<const char*, size_t> cases[] = {
      {"/2015-03-31/functions/f/code", api::kRestCodeSizeMax},
      {"/2015-03-31/functions/f", api::kRestBodySizeMax},
      {"/elsewhere", Gate::kBodySizeMax}};
  for (const auto& [path, size_max] : cases) {
    RequestHead head;
    head.SetRequestLine("PUT", path, 1);
    EXPECT_EQ(gate_.BodySizeMax(head), size_max) << path;
  }
  exchange_.BeginRequest();
  exchange_.head.SetRequestLine("PUT", "/2015-03-31/functions/f/code", 1);
  gate_.Refuse(&exchange_, Refusal::kBodyTooLarge);
  EXPECT_EQ(exchange_.http_status, 413);
  EXPECT_THAT(exchange_.reply_head, HasSubstr("RequestEntityTooLargeException\r\n"));
  exchange_.BeginRequest();
  exchange_.head.SetRequestLine("GET", "/2015-03-31/functions/f", 1);
  gate_.Refuse(&exchange_, Refusal::kOverloaded);
  EXPECT_EQ(exchange_.http_status, 503);
  EXPECT_THAT(exchange_.body, HasSubstr("\"Type\":\"Service\""));
}

}  // namespace
}  // namespace millrace::server
