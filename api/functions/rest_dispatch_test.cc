// The way of a request of the functions service: which operation, what it sees, how it answers.
#include "api/functions/rest_dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>

#include "storage/base/task_thread.h"

namespace millrace::api {
namespace {

using testing::HasSubstr;

constexpr ShapeMember kMembers[] = {
    {"Text", &kStringShape}, {"Count", &kIntegerShape}, {"List", &kStringListShape}};
const Shape kShape = {ShapeKind::kStructure, "Test", nullptr, kMembers};

void RunEcho(const Services&, RestCall* call) {
  const json::Value text = call->input().Find("Text");
  std::string answer = call->segment(0) + "|";
  answer.append(call->Query("Qualifier").value_or("none")).append("|");
  answer.append(text.present() ? text.AsString() : "absent");
  call->Reply(202, answer);
}

void RunOpaque(const Services&, RestCall* call) {
  call->AddHeader("X-Test", std::string(call->header(RestHeader::kLogType)) + "\r\nX-Evil: 1");
  call->SetRequestId("id");
  call->Reply(200, std::string(call->body().data(), call->body().size()));
}

void RunSlow(const Services&, RestCall* call) {
  call->Fail(RestStatus::Throttled("ReservedFunctionConcurrentInvocationLimitExceeded"));
}

void RunList(const Services&, RestCall* call) {
  RestPage page;
  const RestStatus status = ReadRestPage(*call, 50, &page);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  call->Reply(200, std::to_string(page.size) + page.after);
}

std::vector<RestOperation> Operations() {
  return {{"Echo", "POST", "/2015-03-31/functions/{n}/echo", &kShape, RunEcho},
          {"Opaque", "POST", "/2015-03-31/functions/{n}/invocations", nullptr, RunOpaque,
           RestThread::kHome, kRestEventSizeMax},
          {"Slow", "PUT", "/2015-03-31/functions/{n}/code", nullptr, RunSlow, RestThread::kWorker,
           kRestCodeSizeMax, RestErrorType::kRequestEntityTooLarge},
          {"List", "GET", "/2015-03-31/functions", nullptr, RunList}};
}

class TestCall final : public Call {
 public:
  void Finish() override {
    finisher = std::this_thread::get_id();
    finished.set_value();
  }
  std::promise<void> finished;
  std::thread::id finisher;
};

class RestDispatchTest : public testing::Test {
 protected:
  // Runs a request on `home`, a thread of its own.
  void Request(std::string_view method, std::string_view path, std::string_view query = {},
               std::string body = {}) {
    call_ = std::make_unique<TestCall>();
    call_->home = &home_;
    body_ = std::move(body);
    class RequestTask final : public Task {
     public:
      explicit RequestTask(std::function<void()> run) : run_(std::move(run)) {}
      void Run() override { run_(); }

     private:
      const std::function<void()> run_;
    };
    RequestTask task([&] {
      home_id_ = std::this_thread::get_id();
      RestRequest request{method, path, query, {body_.data(), body_.size()}, {}};
      request.headers[static_cast<size_t>(RestHeader::kLogType)] = "Tail";
      RestSegments segments;
      const RestOperation* const operation = dispatcher_->Find(method, path, &segments);
      if (operation == nullptr) {
        dispatcher_->Fail(dispatcher_->UnknownOperation(), call_.get());
      } else {
        dispatcher_->Run(*operation, std::move(segments), request, call_.get());
      }
    });
    std::future<void> finished = call_->finished.get_future();
    home_.PostOne(&task);
    finished.wait();
    EXPECT_EQ(call_->finisher, home_id_);
  }

  void SetUp() override {
    home_.Start();
    workers_.Start();
    services_.workers = &workers_;
    services_.random = &random_;
    dispatcher_ = std::make_unique<RestDispatcher>(services_, Operations());
  }
  void TearDown() override {
    workers_.Stop();
    home_.Stop();
  }

  TaskThread home_{[] { return TaskThread::kNever; }};
  WorkerPool workers_{1, 4};
  SystemRandom random_;
  Services services_;
  std::unique_ptr<RestDispatcher> dispatcher_;
  std::unique_ptr<TestCall> call_;
  std::string body_;
  std::thread::id home_id_;
};

TEST_F(RestDispatchTest, ReadsPathQueryAndBody) {
  Request("POST", "/2015-03-31/functions/a%3Ab/echo", "Qualifier=%24LATEST",
          R"({"Text":"hi","Unknown":[1]})");
  EXPECT_EQ(call_->http_status, 202);
  EXPECT_EQ(call_->body, "a:b|$LATEST|hi");
  Request("POST", "/2015-03-31/functions/f/echo/");
  EXPECT_EQ(call_->body, "f|none|absent");
  Request("POST", "/2015-03-31/functions/f/echo", {}, R"({"Text":null})");
  EXPECT_EQ(call_->body, "f|none|absent");
}

TEST_F(RestDispatchTest, RefusesBodiesOfTheWrongForm) {
  for (const char* body : {R"({"Text":1})", R"({"Count":"x"})", R"({"List":{}})", "{", "[]", "1"}) {
    Request("POST", "/2015-03-31/functions/f/echo", {}, body);
    EXPECT_EQ(call_->http_status, 400) << body;
    EXPECT_EQ(call_->extra_headers, "x-amzn-ErrorType: SerializationException\r\n") << body;
  }
}

TEST_F(RestDispatchTest, UnknownOperations) {
  for (const auto& [method, path] : std::vector<std::pair<const char*, const char*>>{
           {"GET", "/2015-03-31/functions/f/echo"},
           {"POST", "/2015-03-31/functions/f/other"},
           {"POST", "/2018-06-01/runtime/invocation/next"}}) {
    Request(method, path);
    EXPECT_EQ(call_->http_status, 404);
    EXPECT_EQ(call_->extra_headers, "x-amzn-ErrorType: UnknownOperationException\r\n");
    EXPECT_THAT(call_->body, HasSubstr("\"Message\":"));
    EXPECT_EQ(call_->request_id.size(), 36u);
  }
}

TEST_F(RestDispatchTest, OpaqueBodiesAndHeaders) {
  Request("POST", "/2015-03-31/functions/f/invocations", {}, "\xff not JSON");
  EXPECT_EQ(call_->body, "\xff not JSON");
  EXPECT_EQ(call_->extra_headers, "X-Test: Tail  X-Evil: 1\r\n");
  EXPECT_EQ(call_->request_id, "id");
}

TEST_F(RestDispatchTest, WorkersAnswerOnTheHomeThread) {
  Request("PUT", "/2015-03-31/functions/f/code");
  EXPECT_EQ(call_->http_status, 429);
  EXPECT_EQ(call_->extra_headers,
            "x-amzn-ErrorType: TooManyRequestsException\r\nRetry-After: 1\r\n");
  EXPECT_EQ(call_->body, R"({"Type":"User","message":"Rate Exceeded.",)"
                         R"("Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"})");
}

TEST_F(RestDispatchTest, StoppedWorkersAreAThrottle) {
  workers_.Stop();
  Request("PUT", "/2015-03-31/functions/f/code");
  EXPECT_EQ(call_->http_status, 429);
  EXPECT_THAT(call_->body, HasSubstr("CallerRateLimitExceeded"));
}

TEST_F(RestDispatchTest, LimitsOfBodies) {
  EXPECT_EQ(dispatcher_->BodySizeMax("POST", "/2015-03-31/functions/f/invocations"), 6'291'456u);
  EXPECT_EQ(dispatcher_->BodySizeMax("PUT", "/2015-03-31/functions/f/code"), 70'167'211u);
  EXPECT_EQ(dispatcher_->BodySizeMax("POST", "/2015-03-31/functions/f/echo"), 1u << 20);
  EXPECT_EQ(dispatcher_->BodySizeMax("POST", "/2015-03-31/nothing"), 1u << 20);
  EXPECT_EQ(dispatcher_->BodyTooLarge("POST", "/2015-03-31/functions/f/invocations").type(),
            RestErrorType::kRequestTooLarge);
  EXPECT_EQ(dispatcher_->BodyTooLarge("PUT", "/2015-03-31/functions/f/code").type(),
            RestErrorType::kRequestEntityTooLarge);
  EXPECT_EQ(dispatcher_->BodyTooLarge("PUT", "/2015-03-31/functions/f/code").message(),
            "Request must be smaller than 70167211 bytes for the Slow operation");
}

TEST_F(RestDispatchTest, Pages) {
  Request("GET", "/2015-03-31/functions/");
  EXPECT_EQ(call_->body, "50");
  Request("GET", "/2015-03-31/functions", "MaxItems=7&Marker=" + RestMarker("last"));
  EXPECT_EQ(call_->body, "7last");
  Request("GET", "/2015-03-31/functions", "MaxItems=10000");
  EXPECT_EQ(call_->body, "50");
  Request("GET", "/2015-03-31/functions", "MaxItems=0");
  EXPECT_EQ(call_->body,
            R"({"message":"1 validation error detected: Value '0' at 'maxItems' failed to satisfy )"
            R"(constraint: Member must have value greater than or equal to 1"})");
  Request("GET", "/2015-03-31/functions", "MaxItems=x");
  EXPECT_THAT(call_->extra_headers, HasSubstr("SerializationException"));
  Request("GET", "/2015-03-31/functions", "Marker=%21");
  EXPECT_THAT(call_->extra_headers, HasSubstr("InvalidParameterValueException"));
}

TEST(RestError, EveryRow) {
  struct Case {
    RestErrorType type;
    int status;
    const char* name;
    const char* body;
  };
  constexpr char kUser[] = R"({"Type":"User","message":"m"})";
  constexpr char kUserBoth[] = R"({"Type":"User","message":"m","Message":"m"})";
  constexpr char kServiceBoth[] = R"({"Type":"Service","message":"m","Message":"m"})";
  constexpr char kPlain[] = R"({"message":"m"})";
  constexpr char kPlainBoth[] = R"({"message":"m","Message":"m"})";
  const Case cases[] = {
      {RestErrorType::kInvalidParameterValue, 400, "InvalidParameterValueException", kUser},
      {RestErrorType::kInvalidRequestContent, 400, "InvalidRequestContentException", kUser},
      {RestErrorType::kValidation, 400, "ValidationException", kPlain},
      {RestErrorType::kSerialization, 400, "SerializationException", kUserBoth},
      {RestErrorType::kCodeStorageExceeded, 400, "CodeStorageExceededException", kUser},
      {RestErrorType::kPolicyLengthExceeded, 400, "PolicyLengthExceededException", kUser},
      {RestErrorType::kResourceInUse, 400, "ResourceInUseException", kUserBoth},
      {RestErrorType::kRecursiveInvocation, 400, "RecursiveInvocationException", kUserBoth},
      {RestErrorType::kAccessDenied, 403, "AccessDeniedException", kUserBoth},
      {RestErrorType::kInvalidSignature, 403, "InvalidSignatureException", kPlainBoth},
      {RestErrorType::kUnknownOperation, 404, "UnknownOperationException", kUserBoth},
      {RestErrorType::kResourceNotFound, 404, "ResourceNotFoundException", kUserBoth},
      {RestErrorType::kProvisionedConcurrencyConfigNotFound, 404,
       "ProvisionedConcurrencyConfigNotFoundException", kUser},
      {RestErrorType::kResourceConflict, 409, "ResourceConflictException", kUser},
      {RestErrorType::kPreconditionFailed, 412, "PreconditionFailedException", kUser},
      {RestErrorType::kRequestTooLarge, 413, "RequestTooLargeException", kUser},
      {RestErrorType::kRequestEntityTooLarge, 413, "RequestEntityTooLargeException", kUser},
      {RestErrorType::kUnsupportedMediaType, 415, "UnsupportedMediaTypeException", kUser},
      {RestErrorType::kTooManyRequests, 429, "TooManyRequestsException", kUser},
      {RestErrorType::kService, 500, "ServiceException", kServiceBoth},
      {RestErrorType::kInvalidRuntime, 502, "InvalidRuntimeException", kUserBoth},
      {RestErrorType::kInvalidZipFile, 502, "InvalidZipFileException", kUserBoth},
      {RestErrorType::kResourceNotReady, 502, "ResourceNotReadyException", kServiceBoth},
      {RestErrorType::kServiceUnavailable, 503, "ServiceUnavailableException", kServiceBoth},
  };
  for (const Case& row : cases) {
    std::string headers;
    std::string body;
    EXPECT_EQ(WriteRestError({row.type, "m"}, &headers, &body), row.status) << row.name;
    EXPECT_THAT(headers,
                testing::StartsWith("x-amzn-ErrorType: " + std::string(row.name) + "\r\n"));
    EXPECT_EQ(body, row.body) << row.name;
  }
}

}  // namespace
}  // namespace millrace::api
