// Handlers in Python in real processes: the bootstrap, and what the server makes of their ends.
#include <gtest/gtest.h>

#include <filesystem>

#include "streams/invoke/test_ports.h"
#include "streams/invoke/test_support.h"

namespace millrace::streams {
namespace {

constexpr char kHandlers[] = R"(
import json, os, subprocess, sys, time, decimal, threading
count = 0

def echo(event, context):
    global count
    count += 1
    print("line of", context.aws_request_id)
    return {"event": event, "pid": os.getpid(), "count": count}

def describe(event, context):
    return {"name": context.function_name, "version": context.function_version,
            "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
            "id": context.aws_request_id, "group": context.log_group_name,
            "stream": context.log_stream_name, "token": context.checkpoint_token,
            "replay": context.replay_id, "custom": context.client_context.custom,
            "remaining": context.get_remaining_time_in_millis(),
            "trace": os.environ["_X_AMZN_TRACE_ID"], "own": os.environ["OWN"],
            "endpoint": os.environ["AWS_ENDPOINT_URL"], "cwd": os.getcwd(),
            "tmp": os.path.isdir(os.environ["TMPDIR"]), "home": "HOME" in os.environ}

def meet(event, context):
    open(os.path.join(event["folder"], str(os.getpid())), "w").close()
    while len(os.listdir(event["folder"])) < event["count"]:
        time.sleep(0.001)

def fail(event, context):
    print("before")
    raise ValueError("bad value \u00e9")

def leave(event, context):
    print("leaving")
    sys.exit(event)

def loop(event, context):
    print("looping")
    sys.stdout.flush()
    while True:
        pass

def large(event, context):
    return "x" * event

def nothing(event, context):
    pass

def decimals(event, context):
    return decimal.Decimal(1)

async def asynchronous(event, context):
    return 1

def flood(event, context):
    for number in range(event):
        print("line", number)
    return "done"

def child(event, context):
    return subprocess.Popen(["sleep", "1000"]).pid

def hog(event, context):
    data = []
    for _ in range(event):
        data.append(bytearray(b"x" * (1 << 20)))
    time.sleep(60)
)";

class PythonHandlerTest : public InvokerTest {
 protected:
  PythonHandlerTest() {
    WriteFile("handlers.py", kHandlers);
    options_.endpoint_url = "http://127.0.0.1:1";
  }
  // Starts the invoker if need be and runs the handler.
  InvokeResult RunHandler(const std::string& handler, const std::string& payload = "{}") {
    const std::string name = handler.substr(handler.rfind('.') + 1) + "_function";
    if (source_.Resolve(name, "") == nullptr) {
      RunnableFunction function = Function(name);
      function.runtime = "python3.11";
      function.handler = handler.find('.') == std::string::npos ? "handlers." + handler : handler;
      function.timeout_ms = timeout_ms_;
      function.environment = {{"OWN", "own value"}};
      source_.Put(function);
    }
    if (invoker_ == nullptr) {
      StartInvoker(&ports_);
    }
    return Run(name, payload);
  }
  void ExpectFailure(const InvokeResult& result, const std::string& type,
                     const std::string& message) {
    EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError) << result.message;
    EXPECT_NE(result.payload.find("\"" + type + "\""), std::string::npos) << result.payload;
    EXPECT_NE(result.payload.find(message), std::string::npos) << result.payload;
  }

  int64_t timeout_ms_ = 20'000;
  SocketPorts ports_;
};

TEST_F(PythonHandlerTest, SameProcessAgain) {
  const std::string event = "{\"text\": \"gr\xC3\xBC\xC3\x9F\xE2\x82\xAC\"}";
  const InvokeResult first = RunHandler("echo", event);
  EXPECT_EQ(first.outcome, InvokeOutcome::kSucceeded) << first.payload;
  EXPECT_NE(first.payload.find("\"event\": " + event), std::string::npos) << first.payload;
  EXPECT_NE(first.log_tail.find("\nline of " + first.request_id + "\nEND RequestId"),
            std::string::npos)
      << first.log_tail;
  for (int count = 2; count <= 20; ++count) {
    const InvokeResult next = RunHandler("echo", event);
    EXPECT_NE(next.payload.find("\"count\": " + std::to_string(count)), std::string::npos)
        << next.payload;
    EXPECT_NE(next.log_tail.find("\nline of " + next.request_id + "\nEND RequestId"),
              std::string::npos)
        << next.log_tail;
  }
  EXPECT_GT(invoker_->Environments("echo_function")[0].max_memory_bytes, 1 << 20);
}

TEST_F(PythonHandlerTest, Context) {
  RunHandler("echo");
  RunnableFunction function = Function("describe_function");
  function.runtime = "python3.11";
  function.handler = "handlers.describe";
  function.timeout_ms = timeout_ms_;
  function.environment = {{"OWN", "own value"}};
  source_.Put(function);
  InvokeRequest request;
  request.function_name = "describe_function";
  request.qualifier = "$LATEST";
  request.client_context = R"({"custom":{"a":"b"}})";
  request.checkpoint_token = "the token";
  request.replay_id = "the replay";
  request.trace_id = "Root=1-2";
  const InvokeResult result = Begin(request).get();
  EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded);
  for (const std::string& part :
       {std::string(R"("name": "describe_function")"), std::string(R"("version": "$LATEST")"),
        "\"arn\": \"" + folder_ + ":$LATEST\"", std::string(R"("memory": "128")"),
        "\"id\": \"" + result.request_id + "\"",
        std::string(R"("group": "/aws/lambda/describe_function")"),
        std::string(R"("token": "the token")"), std::string(R"("replay": "the replay")"),
        std::string(R"("custom": {"a": "b"})"), std::string(R"("trace": "Root=1-2")"),
        std::string(R"("own": "own value")"), std::string(R"("endpoint": "http://127.0.0.1:1")"),
        "\"cwd\": \"" + folder_ + "\"", std::string(R"("tmp": true)"),
        std::string(R"("home": false)")}) {
    EXPECT_NE(result.payload.find(part), std::string::npos) << part << "\n" << result.payload;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/__pycache__"));
}

TEST_F(PythonHandlerTest, Failures) {
  const InvokeResult failed = RunHandler("fail");
  ExpectFailure(failed, "ValueError", "bad value \xC3\xA9");
  EXPECT_NE(failed.payload.find("\"requestId\": \"" + failed.request_id + "\""), std::string::npos);
  EXPECT_NE(failed.payload.find("handlers.py"), std::string::npos) << failed.payload;
  EXPECT_NE(failed.log_tail.find("before\n"), std::string::npos);
  EXPECT_NE(failed.log_tail.find("[ERROR] ValueError: bad value"), std::string::npos);
  ExpectFailure(RunHandler("decimals"), "Runtime.MarshalError", "Decimal");
  ExpectFailure(RunHandler("asynchronous"), "Runtime.MarshalError", "coroutine");
  EXPECT_EQ(RunHandler("nothing").payload, "null");
}

TEST_F(PythonHandlerTest, HandlersThatCannotBeLoaded) {
  WriteFile("broken.py", "def f(:\n");
  WriteFile("raising.py", "raise KeyError('at import')\n");
  WriteFile("missing.py", "import no_such_module\n");
  const InvokeResult missing = RunHandler("missing.a");
  ExpectFailure(missing, "Runtime.ImportModuleError",
                "Unable to import module 'missing': No module named 'no_such_module'");
  ExpectFailure(RunHandler("nowhere.b"), "Runtime.ImportModuleError", "Unable to import module");
  ExpectFailure(RunHandler("broken.c"), "Runtime.UserCodeSyntaxError", "Syntax error in module");
  ExpectFailure(RunHandler("handlers.d"), "Runtime.HandlerNotFound",
                "Handler 'd' missing on module 'handlers'");
  ExpectFailure(RunHandler("raising.e"), "KeyError", "at import");
}

TEST_F(PythonHandlerTest, ProcessesThatExit) {
  const InvokeResult failed = RunHandler("leave", "7");
  ExpectFailure(
      failed, "Runtime.ExitError",
      "RequestId: " + failed.request_id + " Error: Runtime exited with error: exit status 7");
  EXPECT_NE(failed.log_tail.find("leaving\n"), std::string::npos) << failed.log_tail;
  ExpectFailure(RunHandler("leave", "0"), "Runtime.ExitError",
                "Runtime exited without providing a reason");
  EXPECT_EQ(RunHandler("echo").outcome, InvokeOutcome::kSucceeded);
}

TEST_F(PythonHandlerTest, EndlessLoops) {
  timeout_ms_ = 1000;
  const InvokeResult failed = RunHandler("loop");
  ExpectFailure(failed, "Sandbox.Timedout", "Task timed out after 1.00 seconds");
  EXPECT_NE(failed.log_tail.find("looping\n"), std::string::npos) << failed.log_tail;
}

TEST_F(PythonHandlerTest, LargeResponses) {
  ExpectFailure(RunHandler("large", "7000000"), "Function.ResponseSizeTooLarge", "(6291556 bytes)");
  EXPECT_EQ(RunHandler("large", "6000000").payload.size(), 6000002u);
}

TEST_F(PythonHandlerTest, FloodsOfOutput) {
  const InvokeResult result = RunHandler("flood", "200000");
  EXPECT_EQ(result.payload, "\"done\"");
  EXPECT_LE(result.log_tail.size(), 4096u);
  EXPECT_NE(result.log_tail.find("line 199999\n"), std::string::npos) << result.log_tail;
}

TEST_F(PythonHandlerTest, ChildrenEndWithTheEnvironment) {
  const InvokeResult result = RunHandler("child");
  const std::string executable = "/proc/" + result.payload + "/exe";
  EXPECT_TRUE(std::filesystem::exists(executable));
  invoker_->Stop();
  std::error_code error;
  for (int attempt = 0; attempt < 5000; ++attempt) {
    if (std::filesystem::read_symlink(executable, error).empty()) {
      break;
    }
    usleep(1000);
  }
  EXPECT_TRUE(std::filesystem::read_symlink(executable, error).empty());
}

TEST_F(PythonHandlerTest, MemoryHogs) {
  options_.memory_sample_ms = 20;
  const InvokeResult result = RunHandler("hog", "400");
  ExpectFailure(result, "Runtime.OutOfMemory", "signal: killed");
  const size_t place = result.log_tail.find("Max Memory Used: ");
  ASSERT_NE(place, std::string::npos);
  EXPECT_GT(std::stoi(result.log_tail.substr(place + 17)), 256) << result.log_tail;
}

TEST_F(PythonHandlerTest, ParallelInvocationsHaveTheirOwnProcesses) {
  std::string folder = testing::TempDir() + "meet.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string event = R"({"folder":")" + folder + R"(","count":)";
  RunHandler("meet", event + "1}");
  std::vector<std::future<InvokeResult>> results;
  for (int index = 0; index < 4; ++index) {
    results.push_back(Begin("meet_function", event + "4}"));
  }
  for (std::future<InvokeResult>& result : results) {
    EXPECT_EQ(result.get().outcome, InvokeOutcome::kSucceeded);
  }
  EXPECT_EQ(invoker_->Environments("meet_function").size(), 4u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace millrace::streams
