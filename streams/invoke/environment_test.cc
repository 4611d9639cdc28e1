// The states of an environment and the rules of the Runtime API: the process is a sleeping one, the
// test calls the Runtime API in its place.
#include "streams/invoke/environment.h"

#include <signal.h>

#include "streams/invoke/test_support.h"

namespace millrace::streams {
namespace {

class EnvironmentTest : public InvokerTest {
 protected:
  EnvironmentTest() { source_.Put(SleepingFunction("f")); }
  void StartIt() { StartInvoker(&ports_); }

  static std::string IdOf(const RuntimeReply& next) {
    return HeaderOf(next, "Lambda-Runtime-Aws-Request-Id");
  }
  RuntimeReply Answer(size_t port, const std::string& id, const std::string& body) {
    return ports_.Post(port, "invocation/" + id + "/response", body)->Wait();
  }

  TestPorts ports_;
};

TEST_F(EnvironmentTest, ColdThenWarm) {
  StartIt();
  std::future<InvokeResult> first = Begin("f", R"({"a":1})");
  const RuntimeReply event = ports_.Next(0)->Wait();
  EXPECT_EQ(event.status, 200);
  EXPECT_EQ(event.body, R"({"a":1})");
  EXPECT_EQ(HeaderOf(event, "Content-Type"), "application/json");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Invoked-Function-Arn"), folder_);
  EXPECT_GT(std::stoll(HeaderOf(event, "Lambda-Runtime-Deadline-Ms")), 1'700'000'000'000);
  EXPECT_TRUE(HeaderOf(event, "Lambda-Runtime-Trace-Id").starts_with("Root=1-"));
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Checkpoint-Token"), "");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Client-Context"), "");
  const RuntimeReply accepted = Answer(0, IdOf(event), R"("done")");
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.body, R"({"status":"OK"})");
  const InvokeResult result = first.get();
  EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded);
  EXPECT_EQ(result.payload, R"("done")");
  EXPECT_EQ(result.executed_version, "$LATEST");
  EXPECT_EQ(result.request_id, IdOf(event));

  // The second invocation comes before the process has asked for it: it waits for that.
  std::future<InvokeResult> second = Begin("f", "2");
  const RuntimeReply next = ports_.Next(0)->Wait();
  EXPECT_EQ(next.body, "2");
  Answer(0, IdOf(next), "null");
  const std::string tail = second.get().log_tail;
  EXPECT_EQ(ports_.count(), 1u);
  EXPECT_TRUE(tail.starts_with("START RequestId: " + IdOf(next) + " Version: $LATEST\n")) << tail;
  EXPECT_NE(tail.find("\nREPORT RequestId: " + IdOf(next) + "\tDuration: "), std::string::npos);
  EXPECT_EQ(tail.find("Init Duration"), std::string::npos);
  const std::string log = logs_.Text();
  EXPECT_TRUE(log.starts_with("INIT_START Runtime Version: ")) << log;
  EXPECT_NE(log.find("\tInit Duration: "), std::string::npos) << log;
  EXPECT_NE(log.find("END RequestId: " + result.request_id + "\n"), std::string::npos) << log;
}

TEST_F(EnvironmentTest, HeadersOfAnEvent) {
  StartIt();
  InvokeRequest request;
  request.function_name = "f";
  request.qualifier = "$LATEST";
  request.client_context = "{\"custom\":\n{}}";
  request.trace_id = "Root=1-a";
  request.checkpoint_token = "token";
  request.replay_id = "replay";
  request.request_id = "given";
  std::future<InvokeResult> result = Begin(request);
  const RuntimeReply event = ports_.Next(0)->Wait();
  EXPECT_EQ(event.body, "{}");
  EXPECT_EQ(IdOf(event), "given");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Client-Context"), "{\"custom\": {}}");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Trace-Id"), "Root=1-a");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Checkpoint-Token"), "token");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Replay-Id"), "replay");
  EXPECT_EQ(HeaderOf(event, "Lambda-Runtime-Invoked-Function-Arn"), folder_ + ":$LATEST");
  Answer(0, "given", "1");
  EXPECT_EQ(result.get().payload, "1");
}

TEST_F(EnvironmentTest, WrongCallsAreRefused) {
  StartIt();
  std::future<InvokeResult> result = Begin("f");
  const RuntimeReply event = ports_.Next(0)->Wait();
  const RuntimeReply wrong = Answer(0, "another", "1");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.body, R"({"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"})");
  const RuntimeReply early = ports_.Next(0)->Wait();
  EXPECT_EQ(early.status, 400);
  EXPECT_NE(early.body.find("InvalidStateTransition"), std::string::npos);
  EXPECT_EQ(ports_.Post(0, "init/error", "{}")->Wait().status, 400);
  EXPECT_EQ(ports_.Post(0, "restore/error", "{}")->Wait().status, 404);
  EXPECT_EQ(Answer(0, IdOf(event), "1").status, 202);
  const RuntimeReply again = Answer(0, IdOf(event), "2");
  EXPECT_EQ(again.status, 400);
  EXPECT_NE(again.body.find("InvalidStateTransition"), std::string::npos);
  EXPECT_EQ(result.get().payload, "1");
}

TEST_F(EnvironmentTest, HandlerErrorsArePassedOnAsTheyAre) {
  StartIt();
  std::future<InvokeResult> result = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const std::string document = R"({ "errorMessage":"m","errorType":"E"})";
  EXPECT_EQ(ports_.Post(0, "invocation/" + id + "/error", document)->Wait().status, 202);
  const InvokeResult failed = result.get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, document);
  EXPECT_NE(failed.log_tail.find("Status: error\tError Type: Unhandled"), std::string::npos);
  // The environment lives on.
  std::future<InvokeResult> next = Begin("f");
  const std::string next_id = IdOf(ports_.Next(0)->Wait());
  Answer(0, next_id, "7");
  EXPECT_EQ(next.get().payload, "7");
}

TEST_F(EnvironmentTest, StreamedResponsesThatFailMidway) {
  StartIt();
  std::future<InvokeResult> result = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const auto call = std::make_shared<TestCall>(
      "POST", "/2018-06-01/runtime/invocation/" + id + "/response", "some of it");
  call->headers["Lambda-Runtime-Function-Response-Mode"] = "streaming";
  call->headers["Lambda-Runtime-Function-Error-Type"] = "Midway";
  call->headers["Lambda-Runtime-Function-Error-Body"] = "eyJhIjoxfQ==";
  EXPECT_EQ(ports_.Send(0, call)->Wait().status, 202);
  const InvokeResult failed = result.get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, R"({"a":1})");
}

TEST_F(EnvironmentTest, TooLargeResponses) {
  StartIt();
  std::future<InvokeResult> result = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const auto call =
      std::make_shared<TestCall>("POST", "/2018-06-01/runtime/invocation/" + id + "/response", "");
  call->large = true;
  const RuntimeReply reply = ports_.Send(0, call)->Wait();
  EXPECT_EQ(reply.status, 413);
  EXPECT_NE(reply.body.find("RequestEntityTooLarge"), std::string::npos);
  const InvokeResult failed = result.get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload,
            R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size )"
            R"(exceeded maximum allowed payload size (6291556 bytes)."})");
}

TEST_F(EnvironmentTest, TimeoutsEndTheProcess) {
  RunnableFunction function = SleepingFunction("slow");
  function.timeout_ms = 60;
  source_.Put(function);
  StartIt();
  std::future<InvokeResult> result = Begin("slow");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const InvokeResult failed = result.get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" + id +
                                R"( Error: Task timed out after 0.06 seconds"})");
  EXPECT_NE(failed.log_tail.find(id + " Task timed out after 0.06 seconds\n"), std::string::npos)
      << failed.log_tail;
  EXPECT_NE(failed.log_tail.find("Status: timeout"), std::string::npos);
  EXPECT_EQ(Answer(0, id, "1").status, 400);
  EXPECT_EQ(invoker_->RecentInvocations("slow", 10).at(0).status, "timeout");
}

TEST_F(EnvironmentTest, SlowInitIsTriedOnceMore) {
  options_.init_timeout_ms = 40;
  RunnableFunction function = SleepingFunction("slow");
  function.timeout_ms = 300;
  source_.Put(function);
  StartIt();
  std::future<InvokeResult> lucky = Begin("slow");
  const std::string id = IdOf(ports_.Next(1)->Wait());
  Answer(1, id, "1");
  EXPECT_EQ(lucky.get().payload, "1");

  source_.Remove("slow");
  function.timeout_ms = 50;
  source_.Put(function);
  const InvokeResult failed = Begin("slow").get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_NE(failed.payload.find("Sandbox.Timedout"), std::string::npos);
  EXPECT_NE(failed.payload.find("Task timed out after 0.04 seconds"), std::string::npos)
      << failed.payload;
  EXPECT_EQ(ports_.count(), 4u);
}

TEST_F(EnvironmentTest, InitErrorsFailTheInvocationThatWaits) {
  StartIt();
  std::future<InvokeResult> result = Begin("f");
  const std::string document = R"({"errorMessage":"no","errorType":"Runtime.ImportModuleError"})";
  EXPECT_EQ(ports_.Post(0, "init/error", document)->Wait().status, 202);
  const InvokeResult failed = result.get();
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, document);
  // The next one gets another environment.
  std::future<InvokeResult> next = Begin("f");
  Answer(1, IdOf(ports_.Next(1)->Wait()), "1");
  EXPECT_EQ(next.get().payload, "1");
}

TEST_F(EnvironmentTest, ProcessesThatEnd) {
  RunnableFunction function = SleepingFunction("gone");
  function.command = {"sh", "-c", "exit 3"};
  source_.Put(function);
  function.name = "quiet";
  function.command = {"sh", "-c", "exit 0"};
  source_.Put(function);
  StartIt();
  const InvokeResult failed = Run("gone");
  EXPECT_EQ(failed.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(failed.payload, R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" +
                                failed.request_id +
                                R"( Error: Runtime exited with error: exit status 3"})");
  EXPECT_NE(Run("quiet").payload.find("Error: Runtime exited without providing a reason"),
            std::string::npos);

  std::future<InvokeResult> result = Begin("f");
  ports_.Next(2)->Wait();
  const EnvironmentView view = AwaitProcess("f");
  EXPECT_EQ(view.state, "busy");
  kill(static_cast<pid_t>(view.process_id), SIGKILL);
  EXPECT_NE(result.get().payload.find("Runtime exited with error: signal: killed"),
            std::string::npos);
}

TEST_F(EnvironmentTest, FunctionsThatCannotBeStarted) {
  RunnableFunction function = Function("old");
  function.runtime = "java8";
  source_.Put(function);
  function.name = "bare";
  function.runtime = "provided.al2023";
  source_.Put(function);
  StartIt();
  const InvokeResult old = Run("old");
  EXPECT_EQ(old.outcome, InvokeOutcome::kFunctionError);
  EXPECT_NE(old.payload.find("Runtime.InvalidRuntime"), std::string::npos);
  const InvokeResult bare = Run("bare");
  EXPECT_EQ(bare.outcome, InvokeOutcome::kFunctionError);
  EXPECT_NE(bare.payload.find("Runtime.InvalidEntrypoint"), std::string::npos);
  source_.FailPrepare();
  const InvokeResult fault = Run("f");
  EXPECT_EQ(fault.outcome, InvokeOutcome::kServerFault);
  EXPECT_NE(fault.message.find("the code is not there"), std::string::npos);
}

TEST_F(EnvironmentTest, JsonLogs) {
  RunnableFunction function = SleepingFunction("json");
  function.json_logs = true;
  source_.Put(function);
  StartIt();
  std::future<InvokeResult> result = Begin("json");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  Answer(0, id, "1");
  const std::string tail = result.get().log_tail;
  EXPECT_NE(tail.find(R"("type":"platform.start","record":{"requestId":")" + id +
                      R"(","version":"$LATEST"}})"),
            std::string::npos)
      << tail;
  EXPECT_NE(tail.find(R"("type":"platform.runtimeDone")"), std::string::npos);
  EXPECT_NE(tail.find(R"("type":"platform.report","record":{"requestId":")" + id +
                      R"(","metrics":{"durationMs":)"),
            std::string::npos)
      << tail;
  const std::string log = logs_.Text();
  EXPECT_NE(log.find(R"("type":"platform.initStart")"), std::string::npos);
  EXPECT_NE(log.find(R"("type":"platform.initRuntimeDone")"), std::string::npos);
}

}  // namespace
}  // namespace millrace::streams
