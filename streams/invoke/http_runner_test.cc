// Functions behind a URL: what is posted, and what answers mean.
#include "streams/invoke/http_runner.h"

#include <gtest/gtest.h>

#include "streams/invoke/test_support.h"

namespace millrace::streams {
namespace {

// Answers as the test says, at once.
class TestPoster final : public HttpPoster {
 public:
  void Post(HttpPost post, Done done) override {
    last = std::move(post);
    done(answer);
  }
  HttpPost last;
  Result<HttpAnswer> answer = HttpAnswer{200, {}, "null"};
};

class HttpRunnerTest : public InvokerTest {
 protected:
  HttpRunnerTest() {
    RunnableFunction function = Function("far");
    function.executor = Executor::kHttp;
    function.url = "http://127.0.0.1:9000";
    function.timeout_ms = 1500;
    source_.Put(function);
    dependencies_.poster = &poster_;
    StartInvoker(&ports_);
  }

  TestPorts ports_;
  TestPoster poster_;
};

TEST_F(HttpRunnerTest, EventsArePosted) {
  poster_.answer = HttpAnswer{200, {}, "[1]"};
  InvokeRequest request;
  request.function_name = "far";
  request.payload = std::make_shared<const std::string>("{\"a\":1}");
  request.client_context = "{}";
  request.trace_id = "Root=1-2";
  request.wants_log_tail = true;
  const InvokeResult result = Begin(request).get();
  EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded);
  EXPECT_EQ(result.payload, "[1]");
  EXPECT_NE(result.log_tail.find("REPORT RequestId: " + result.request_id), std::string::npos);
  EXPECT_EQ(poster_.last.url, "http://127.0.0.1:9000/2015-03-31/functions/function/invocations");
  EXPECT_EQ(poster_.last.body, request.payload);
  EXPECT_EQ(poster_.last.timeout_ms, 1500);
  const HttpPost& post = poster_.last;
  const auto header = [&post](const std::string& name) {
    for (const auto& [other, value] : post.headers) {
      if (other == name) {
        return value;
      }
    }
    return std::string();
  };
  EXPECT_EQ(header("X-Amzn-Trace-Id"), "Root=1-2");
  EXPECT_EQ(header("X-Amz-Client-Context"), "e30=");
  EXPECT_EQ(invoker_->RecentInvocations("far", 5).at(0).payload_sample, "{\"a\":1}");
}

TEST_F(HttpRunnerTest, Failures) {
  const auto outcome = [this](Result<HttpAnswer> answer) {
    poster_.answer = std::move(answer);
    return Run("far");
  };
  EXPECT_EQ(outcome(HttpAnswer{200, {{"x-amz-function-error", "Unhandled"}}, "{}"}).outcome,
            InvokeOutcome::kFunctionError);
  const std::string document = R"({"errorType":"E","errorMessage":"m"})";
  const InvokeResult failed = outcome(HttpAnswer{200, {}, document});
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, document);
  EXPECT_EQ(outcome(HttpAnswer{429, {}, ""}).outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(outcome(HttpAnswer{500, {}, ""}).outcome, InvokeOutcome::kServerFault);
  const InvokeResult late = outcome(Status(StatusCode::kFailedPrecondition, "late"));
  EXPECT_EQ(late.outcome, InvokeOutcome::kFunctionError);
  EXPECT_NE(late.payload.find("Task timed out after 1.50 seconds"), std::string::npos);
  const InvokeResult large = outcome(Status(StatusCode::kResourceExhausted, "large"));
  EXPECT_NE(large.payload.find("Function.ResponseSizeTooLarge"), std::string::npos);
  const InvokeResult unreachable = outcome(Status(StatusCode::kIoError, "refused"));
  EXPECT_EQ(unreachable.outcome, InvokeOutcome::kServerFault);
  EXPECT_NE(unreachable.message.find("refused"), std::string::npos);
  EXPECT_EQ(invoker_->Statistics().running, 0);
  EXPECT_EQ(invoker_->Statistics().functions.at(0).errors, 4);
}

TEST(HttpRunnerTextTest, Urls) {
  const std::string path = "/2015-03-31/functions/function/invocations";
  EXPECT_EQ(InvocationUrl("http://a"), "http://a" + path);
  EXPECT_EQ(InvocationUrl("http://a:1/"), "http://a:1" + path);
  EXPECT_EQ(InvocationUrl("http://a:1/b"), "http://a:1/b");
}

TEST(HttpRunnerTextTest, FailureDocuments) {
  EXPECT_TRUE(IsFailureDocument(R"({"errorMessage":"m","errorType":"t","stackTrace":[]})"));
  EXPECT_FALSE(IsFailureDocument(R"({"errorType":"t"})"));
  EXPECT_FALSE(IsFailureDocument(R"({"a":{"errorMessage":"m","errorType":"t"}})"));
  EXPECT_FALSE(IsFailureDocument(R"({"errorMessage":"m","errorType":1})"));
  EXPECT_FALSE(IsFailureDocument(R"(["errorType","errorMessage"])"));
  EXPECT_FALSE(IsFailureDocument(R"({"errorType")"));
  EXPECT_FALSE(IsFailureDocument(""));
}

}  // namespace
}  // namespace millrace::streams
