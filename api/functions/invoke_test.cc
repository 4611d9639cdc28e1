// Invoke with an invoker made for the test: what it is asked for, and how its outcomes are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/test_support.h"
#include "streams/invoke/invoker.h"

namespace millrace::api {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FakeInvoker final : public streams::Invoker {
 public:
  void Invoke(streams::InvokeRequest request,
              std::function<void(streams::InvokeResult)> done) override {
    last = std::move(request);
    ++count;
    done(result);
  }

  streams::InvokeRequest last;
  streams::InvokeResult result;
  int count = 0;
};

class InvokeTest : public testing::Test {
 protected:
  InvokeTest() {
    invoker_.result.outcome = streams::InvokeOutcome::kSucceeded;
    invoker_.result.payload = "null";
    invoker_.result.executed_version = "$LATEST";
    invoker_.result.request_id = "the-id";
  }
  static Services With(streams::Invoker* invoker) {
    Services services;
    services.invoker = invoker;
    return services;
  }
  TestRequest Request(std::string name, std::string body = {}) {
    return TestRequest("POST", "/2015-03-31/functions/" + name + "/invocations", std::move(body));
  }

  FakeInvoker invoker_;
  RestDispatcher dispatcher_{
      With(&invoker_),
      {{"Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations", nullptr, RunInvoke}}};
};

TEST_F(InvokeTest, HandsOverTheEvent) {
  TestRequest request =
      Request("arn:aws:lambda:us-east-1:000000000000:function:f%3Alive", R"( {"a":"\u00e9\n"} )");
  request.Header(RestHeader::kTraceId, "Root=1-2-3")
      .Header(RestHeader::kLogType, "Tail")
      .Header(RestHeader::kClientContext, "eyJjdXN0b20iOnt9fQ==");
  invoker_.result.payload = R"({"b":1})";
  invoker_.result.log_tail = "START\n";
  const TestCall& call = request.Run(dispatcher_);
  EXPECT_EQ(invoker_.last.function_name, "f");
  EXPECT_EQ(invoker_.last.qualifier, "live");
  EXPECT_EQ(*invoker_.last.payload, R"( {"a":"\u00e9\n"} )") << "byte for byte";
  EXPECT_EQ(invoker_.last.trace_id, "Root=1-2-3");
  EXPECT_EQ(invoker_.last.client_context, R"({"custom":{}})");
  EXPECT_TRUE(invoker_.last.wants_log_tail);
  EXPECT_EQ(call.http_status, 200);
  EXPECT_EQ(call.body, R"({"b":1})");
  EXPECT_EQ(call.request_id, "the-id");
  EXPECT_EQ(call.extra_headers,
            "X-Amz-Executed-Version: $LATEST\r\nX-Amz-Log-Result: U1RBUlQK\r\n");
  EXPECT_EQ(call.finish_count, 1);
}

TEST_F(InvokeTest, NoBodyIsAnEmptyObject) {
  Request("f").Query("Qualifier=3").Run(dispatcher_);
  EXPECT_EQ(*invoker_.last.payload, "{}");
  EXPECT_EQ(invoker_.last.qualifier, "3");
  EXPECT_FALSE(invoker_.last.wants_log_tail);
}

TEST_F(InvokeTest, FunctionErrorsAreSuccessesOfTheProtocol) {
  invoker_.result.outcome = streams::InvokeOutcome::kFunctionError;
  invoker_.result.payload = R"({"errorMessage":"no"})";
  TestRequest request = Request("f");
  const TestCall& call = request.Run(dispatcher_);
  EXPECT_EQ(call.http_status, 200);
  EXPECT_EQ(call.body, R"({"errorMessage":"no"})");
  EXPECT_THAT(call.extra_headers, HasSubstr("X-Amz-Function-Error: Unhandled\r\n"));
}

TEST_F(InvokeTest, OutcomesThatAreErrors) {
  struct Case {
    streams::InvokeOutcome outcome;
    int status;
    const char* header;
    const char* text;
  };
  const Case cases[] = {
      {streams::InvokeOutcome::kThrottled, 429, "TooManyRequestsException\r\nRetry-After: 1\r\n",
       R"("Reason":"ReservedFunctionConcurrentInvocationLimitExceeded")"},
      {streams::InvokeOutcome::kFunctionNotFound, 404, "ResourceNotFoundException\r\n",
       "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:live"},
      {streams::InvokeOutcome::kNotReady, 409, "ResourceConflictException\r\n", "Pending"},
      {streams::InvokeOutcome::kShuttingDown, 503, "ServiceUnavailableException\r\n", "Service"},
      {streams::InvokeOutcome::kServerFault, 500, "ServiceException\r\n", "the disk"},
  };
  invoker_.result.throttle_reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
  invoker_.result.message = "the disk";
  for (const Case& expected : cases) {
    invoker_.result.outcome = expected.outcome;
    TestRequest request = Request("f:live");
    const TestCall& call = request.Run(dispatcher_);
    EXPECT_EQ(call.http_status, expected.status);
    EXPECT_THAT(call.extra_headers, HasSubstr("x-amzn-ErrorType: " + std::string(expected.header)));
    EXPECT_THAT(call.extra_headers, Not(HasSubstr("X-Amz-Executed-Version")));
    EXPECT_THAT(call.body, HasSubstr(expected.text));
  }
}

TEST_F(InvokeTest, EventsMustBeJson) {
  const std::string large = "{\"a\":\"" + std::string(100'000, 'x') + "\"";
  for (const std::string& body :
       {std::string("{"), std::string("x"), std::string("{}{}"), std::string("\"\xff\""), large}) {
    TestRequest request = Request("f", body);
    const TestCall& call = request.Run(dispatcher_);
    EXPECT_EQ(call.http_status, 400);
    EXPECT_THAT(call.extra_headers, HasSubstr("InvalidRequestContentException\r\n"));
    EXPECT_THAT(call.body, HasSubstr("Could not parse request body into json"));
  }
  EXPECT_EQ(invoker_.count, 0);
  for (const std::string& body : {std::string("1"), std::string("null"), large + "}"}) {
    TestRequest request = Request("f", body);
    EXPECT_EQ(request.Run(dispatcher_).http_status, 200);
    EXPECT_EQ(*invoker_.last.payload, body);
  }
}

TEST_F(InvokeTest, HeadersAreChecked) {
  const std::tuple<RestHeader, const char*, const char*> cases[] = {
      {RestHeader::kInvocationType, "Sometimes", "'Sometimes' at 'invocationType'"},
      {RestHeader::kLogType, "Head", "'Head' at 'logType'"},
      {RestHeader::kClientContext, "!", "Client context must be a valid Base64-encoded JSON"},
      {RestHeader::kClientContext, "MQ==", "Client context must be a valid Base64-encoded JSON"},
  };
  for (const auto& [header, value, text] : cases) {
    TestRequest request = Request("f");
    const TestCall& call = request.Header(header, value).Run(dispatcher_);
    EXPECT_EQ(call.http_status, 400);
    EXPECT_THAT(call.body, HasSubstr(text));
  }
  EXPECT_EQ(invoker_.count, 0);
}

TEST_F(InvokeTest, NamesAreChecked) {
  TestRequest other = Request("arn:aws:lambda:eu-west-1:000000000000:function:f");
  EXPECT_EQ(other.Run(dispatcher_).http_status, 404);
  TestRequest differs = Request("f:1");
  const TestCall& call = differs.Query("Qualifier=2").Run(dispatcher_);
  EXPECT_EQ(call.http_status, 400);
  EXPECT_THAT(call.extra_headers, HasSubstr("InvalidParameterValueException"));
  TestRequest bad = Request("a%20b");
  EXPECT_THAT(bad.Run(dispatcher_).extra_headers, HasSubstr("ValidationException"));
  EXPECT_EQ(invoker_.count, 0);
}

}  // namespace
}  // namespace millrace::api
