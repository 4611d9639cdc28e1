// Handlers in JavaScript in real processes: the bootstrap, and what the server makes of their ends.
#include <gtest/gtest.h>

#include "streams/invoke/test_ports.h"
#include "streams/invoke/test_support.h"

namespace millrace::streams {
namespace {

constexpr char kHandlers[] = R"(
let count = 0;
exports.echo = async (event, context) => {
  count += 1;
  console.log('line of', context.awsRequestId);
  return { event, pid: process.pid, count };
};
exports.nested = { deep: { handler: async () => 'deep' } };
exports.describe = async (event, context) => ({
  ...context, remaining: context.getRemainingTimeInMillis() > 0,
  trace: process.env._X_AMZN_TRACE_ID, own: process.env.OWN, cwd: process.cwd(),
});
exports.fail = async () => { console.error('before'); throw new TypeError('bad value'); };
exports.throwText = () => { throw 'text'; };
exports.leave = async (event) => process.exit(event);
exports.loop = async () => { console.log('looping'); for (;;); };
exports.large = async (size) => 'x'.repeat(size);
exports.nothing = () => {};
exports.circular = async () => { const a = {}; a.a = a; return a; };
exports.callback = (event, context, callback) => {
  setTimeout(() => callback(null, 'called back'), 5);
};
exports.callbackError = (event, context, callback) => callback(new RangeError('called'));
exports.oldStyle = (event, context, callback) => callback(null, 1);
exports.impatient = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setInterval(() => {}, 1000);
  callback(null, 'at once');
};
exports.rejected = async () => {
  Promise.reject(new Error('nobody cares'));
  await new Promise((resolve) => { setTimeout(resolve, 5000); });
};
exports.uncaught = async () => {
  setTimeout(() => { throw new Error('thrown late'); }, 5);
  await new Promise((resolve) => { setTimeout(resolve, 5000); });
};
exports.never = () => new Promise(() => {});
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('one ');
  stream.write('two');
  stream.end();
});
exports.streamFails = awslambda.streamifyResponse(async (event, stream) => {
  stream.write('one ');
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  throw new Error('midway');
});
exports.flood = async (lines) => {
  for (let line = 0; line < lines; line += 1) console.log('line', line);
  return 'done';
};
)";

class NodeHandlerTest : public InvokerTest {
 protected:
  NodeHandlerTest() { WriteFile("index.js", kHandlers); }
  InvokeResult RunHandler(const std::string& handler, const std::string& payload = "{}") {
    const std::string name = handler.substr(handler.rfind('.') + 1) + "_function";
    if (source_.Resolve(name, "") == nullptr) {
      RunnableFunction function = Function(name);
      function.runtime = runtime_;
      function.handler = handler.find('.') == std::string::npos ? "index." + handler : handler;
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

  std::string runtime_ = "nodejs20.x";
  int64_t timeout_ms_ = 20'000;
  SocketPorts ports_;
};

TEST_F(NodeHandlerTest, SameProcessAgain) {
  const std::string event = "{\"text\":\"gr\xC3\xBC\xC3\x9F\xE2\x82\xAC\"}";
  for (int count = 1; count <= 20; ++count) {
    const InvokeResult result = RunHandler("echo", event);
    EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded) << result.payload;
    EXPECT_NE(result.payload.find("{\"event\":" + event), std::string::npos) << result.payload;
    EXPECT_NE(result.payload.find("\"count\":" + std::to_string(count) + "}"), std::string::npos);
    EXPECT_NE(result.log_tail.find("\t" + result.request_id + "\tINFO\tline of " +
                                   result.request_id + "\nEND RequestId"),
              std::string::npos)
        << result.log_tail;
  }
}

TEST_F(NodeHandlerTest, Context) {
  RunHandler("nothing");
  RunnableFunction function = Function("describe_function");
  function.runtime = runtime_;
  function.handler = "index.describe";
  function.timeout_ms = timeout_ms_;
  function.environment = {{"OWN", "own value"}};
  source_.Put(function);
  InvokeRequest request;
  request.function_name = "describe_function";
  request.client_context = R"({"custom":{"a":"b"}})";
  request.checkpoint_token = "the token";
  request.replay_id = "the replay";
  request.trace_id = "Root=1-2";
  const InvokeResult result = Begin(request).get();
  EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded);
  for (const std::string& part :
       {std::string(R"("functionName":"describe_function")"),
        std::string(R"("functionVersion":"$LATEST")"), "\"invokedFunctionArn\":\"" + folder_ + "\"",
        std::string(R"("memoryLimitInMB":"128")"), "\"awsRequestId\":\"" + result.request_id + "\"",
        std::string(R"("logGroupName":"/aws/lambda/describe_function")"),
        std::string(R"("checkpointToken":"the token")"), std::string(R"("replayId":"the replay")"),
        std::string(R"("clientContext":{"custom":{"a":"b"}})"),
        std::string(R"("trace":"Root=1-2")"), std::string(R"("remaining":true)"),
        std::string(R"("own":"own value")"), "\"cwd\":\"" + folder_ + "\""}) {
    EXPECT_NE(result.payload.find(part), std::string::npos) << part << "\n" << result.payload;
  }
}

TEST_F(NodeHandlerTest, Failures) {
  const InvokeResult failed = RunHandler("fail");
  ExpectFailure(failed, "TypeError", "bad value");
  EXPECT_NE(failed.payload.find("\"trace\":["), std::string::npos) << failed.payload;
  EXPECT_NE(failed.log_tail.find("\tERROR\tbefore\n"), std::string::npos) << failed.log_tail;
  ExpectFailure(RunHandler("throwText"), "string", "text");
  ExpectFailure(RunHandler("circular"), "Runtime.MarshalError", "circular");
  EXPECT_EQ(RunHandler("nothing").payload, "null");
  ExpectFailure(RunHandler("never"), "Runtime.NodeJsExit", "event loop is empty");
}

TEST_F(NodeHandlerTest, LoadingHandlers) {
  WriteFile("module.mjs", "export const handler = async () => 'module';\n");
  WriteFile("common.cjs", "exports.commonHandler = async () => 'common';\n");
  WriteFile("broken.js", "exports.f = (;\n");
  WriteFile("missing.js", "require('no-such-module');\n");
  WriteFile("raising.js", "throw new RangeError('at import');\n");
  std::filesystem::create_directories(folder_ + "/package");
  WriteFile("package/package.json", "{\"type\":\"module\"}");
  WriteFile("package/index.js", "export const inner = async () => 'inner';\n");
  EXPECT_EQ(RunHandler("module.handler").payload, "\"module\"");
  EXPECT_EQ(RunHandler("common.commonHandler").payload, "\"common\"");
  EXPECT_EQ(RunHandler("package/index.inner").payload, "\"inner\"");
  ExpectFailure(RunHandler("missing.a"), "Runtime.ImportModuleError", "no-such-module");
  ExpectFailure(RunHandler("nowhere.b"), "Runtime.ImportModuleError", "nowhere");
  ExpectFailure(RunHandler("broken.c"), "Runtime.UserCodeSyntaxError", "SyntaxError");
  ExpectFailure(RunHandler("index.d"), "Runtime.HandlerNotFound", "index.d is undefined");
  ExpectFailure(RunHandler("raising.e"), "RangeError", "at import");
}

TEST_F(NodeHandlerTest, NestedExports) {
  RunnableFunction function = Function("nested");
  function.runtime = runtime_;
  function.handler = "index.nested.deep.handler";
  function.timeout_ms = timeout_ms_;
  source_.Put(function);
  StartInvoker(&ports_);
  EXPECT_EQ(Run("nested").payload, "\"deep\"");
}

TEST_F(NodeHandlerTest, Callbacks) {
  EXPECT_EQ(RunHandler("callback").payload, "\"called back\"");
  EXPECT_EQ(RunHandler("callback").payload, "\"called back\"");
  ExpectFailure(RunHandler("callbackError"), "RangeError", "called");
  EXPECT_EQ(RunHandler("impatient").payload, "\"at once\"");
  runtime_ = "nodejs24.x";
  ExpectFailure(RunHandler("oldStyle"), "Runtime.CallbackHandlerDeprecated", "callback");
}

TEST_F(NodeHandlerTest, WhatNobodyCatches) {
  ExpectFailure(RunHandler("rejected"), "Runtime.UnhandledPromiseRejection", "nobody cares");
  ExpectFailure(RunHandler("uncaught"), "Runtime.UncaughtException", "thrown late");
}

TEST_F(NodeHandlerTest, ProcessesThatExit) {
  ExpectFailure(RunHandler("leave", "7"), "Runtime.ExitError",
                "Runtime exited with error: exit status 7");
  ExpectFailure(RunHandler("leave", "0"), "Runtime.ExitError",
                "Runtime exited without providing a reason");
}

TEST_F(NodeHandlerTest, EndlessLoops) {
  timeout_ms_ = 1000;
  const InvokeResult failed = RunHandler("loop");
  ExpectFailure(failed, "Sandbox.Timedout", "Task timed out after 1.00 seconds");
  EXPECT_NE(failed.log_tail.find("looping\n"), std::string::npos) << failed.log_tail;
}

TEST_F(NodeHandlerTest, LargeResponses) {
  ExpectFailure(RunHandler("large", "7000000"), "Function.ResponseSizeTooLarge", "(6291556 bytes)");
  EXPECT_EQ(RunHandler("large", "6000000").payload.size(), 6000002u);
}

TEST_F(NodeHandlerTest, StreamedResponses) {
  const InvokeResult result = RunHandler("stream");
  EXPECT_EQ(result.outcome, InvokeOutcome::kSucceeded) << result.payload;
  EXPECT_EQ(result.payload, "one two");
  ExpectFailure(RunHandler("streamFails"), "Error", "midway");
  EXPECT_EQ(RunHandler("stream").payload, "one two");
}

TEST_F(NodeHandlerTest, FloodsOfOutput) {
  const InvokeResult result = RunHandler("flood", "50000");
  EXPECT_EQ(result.payload, "\"done\"");
  EXPECT_LE(result.log_tail.size(), 4096u);
  EXPECT_NE(result.log_tail.find("line 49999\n"), std::string::npos) << result.log_tail;
}

}  // namespace
}  // namespace millrace::streams
