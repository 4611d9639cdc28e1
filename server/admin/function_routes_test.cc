// The pages about functions, with a runner whose function waits for a process that a person starts:
// the test is that process.
#include "server/admin/function_routes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

#include "server/http/test_server.h"
#include "server/runtime_api/runtime_server.h"
#include "streams/invoke/test_support.h"

namespace millrace::server {
namespace {

class FunctionRoutesTest : public testing::Test {
 protected:
  FunctionRoutesTest() {
    std::string folder = std::filesystem::temp_directory_path() / "function_routes_XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    streams::RunnableFunction function;
    function.name = "f";
    function.version = "$LATEST";
    function.arn = folder_;
    function.executor = streams::Executor::kAttach;
    function.timeout_ms = 10'000;
    source_.Put(function);
    function.name = "spawned";
    function.executor = streams::Executor::kProcess;
    source_.Put(function);
    runtime_.Start();
    workers_.Start();
    streams::InvokerOptions options;
    options.run_directory = folder_ / "run";
    invoker_ = std::make_unique<streams::FunctionInvoker>(
        options, streams::InvokerDependencies{&source_, runtime_.ports(), runtime_.client(), &logs_,
                                              SystemClock::Instance(), &random_});
    EXPECT_TRUE(invoker_->Start().ok());
    server_ = std::make_unique<TestServer>(HttpOptions(), nullptr, Routes());
    client_ = std::make_unique<Client>(server_->port());
  }
  ~FunctionRoutesTest() override {
    client_.reset();
    server_.reset();
    invoker_->Stop();
    workers_.Stop();
    runtime_.Stop();
    std::filesystem::remove_all(folder_);
  }

  std::vector<Route> Routes() {
    std::vector<Route> routes;
    AddFunctionRoutes({invoker_.get(), &source_, &workers_, "us-east-1", "000000000000"}, &routes);
    return routes;
  }
  ClientReply Ask(const std::string& method, const std::string& rest) {
    return client_->Exchange(method + " /_admin/functions/" + rest +
                             " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  }

  std::filesystem::path folder_;
  streams::MemorySource source_;
  streams::MemoryLogs logs_;
  SystemRandom random_;
  RuntimeServer runtime_{SystemClock::Instance()};
  WorkerPool workers_{1, 16};
  std::unique_ptr<streams::FunctionInvoker> invoker_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(FunctionRoutesTest, AProcessAttachesAndItsInvocationIsSeen) {
  const ClientReply attached = Ask("POST", "f/attach");
  EXPECT_EQ(attached.status, 200) << attached.body;
  const std::string marker = "\"runtimeApi\":\"127.0.0.1:";
  const size_t at = attached.body.find(marker);
  ASSERT_NE(at, std::string::npos) << attached.body;
  const int port = std::atoi(attached.body.c_str() + at + marker.size());
  EXPECT_NE(attached.body.find("\"AWS_LAMBDA_FUNCTION_NAME\":\"f\""), std::string::npos)
      << attached.body;

  streams::InvokeRequest request;
  request.function_name = "f";
  request.payload = std::make_shared<const std::string>("{\"n\":1}");
  std::promise<streams::InvokeResult> promise;
  invoker_->Invoke(
      request, [&promise](streams::InvokeResult result) { promise.set_value(std::move(result)); });
  Client process(static_cast<uint16_t>(port));
  const ClientReply event =
      process.Exchange("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(event.body, "{\"n\":1}");
  const std::string id = event.Header("Lambda-Runtime-Aws-Request-Id");
  EXPECT_EQ(process
                .Exchange("POST /2018-06-01/runtime/invocation/" + id +
                          "/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n42")
                .status,
            202);
  EXPECT_EQ(promise.get_future().get().payload, "42");
  const ClientReply invocations = Ask("GET", "f/invocations?limit=5");
  EXPECT_EQ(invocations.status, 200);
  EXPECT_NE(invocations.body.find("\"id\":\"" + id + "\""), std::string::npos) << invocations.body;
  EXPECT_NE(invocations.body.find("\"payloadSample\":\"{\\\"n\\\":1}\""), std::string::npos);
  EXPECT_NE(invocations.body.find("\"status\":\"success\""), std::string::npos);
}

TEST_F(FunctionRoutesTest, NothingRunsYet) {
  EXPECT_EQ(Ask("GET", "spawned/environments").body, "{\"environments\":[]}\n");
  EXPECT_EQ(Ask("POST", "spawned/recycle").body, "{\"environments\":0}\n");
  EXPECT_EQ(
      Ask("GET", "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations").body,
      "{\"invocations\":[]}\n");
}

TEST_F(FunctionRoutesTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Ask("GET", "none/environments").status, 404);
  EXPECT_EQ(Ask("GET", "f/other").status, 404);
  EXPECT_EQ(Ask("GET", "f").status, 404);
  EXPECT_EQ(Ask("GET", "f%zz/environments").status, 404);
  EXPECT_EQ(Ask("GET", "f/recycle").status, 405);
  EXPECT_EQ(Ask("POST", "f/environments").Header("Allow"), "GET");
  EXPECT_EQ(Ask("GET", "f/invocations?limit=x").status, 400);
  EXPECT_EQ(Ask("POST", "spawned/attach").status, 409);
}

}  // namespace
}  // namespace millrace::server
