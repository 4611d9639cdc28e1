// The small parts of the invoker: paths of the Runtime API, variables, output, timers, counters.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "streams/invoke/environment_variables.h"
#include "streams/invoke/event_loop.h"
#include "streams/invoke/invoke_statistics.h"
#include "streams/invoke/output_collector.h"
#include "streams/invoke/runtime_protocol.h"

namespace millrace::streams {
namespace {

TEST(RuntimeProtocolTest, Paths) {
  const std::string base = "/2018-06-01/runtime/";
  const auto operation = [&](const std::string& method, const std::string& path) {
    return ParseRuntimeTarget(method, base + path).operation;
  };
  EXPECT_EQ(operation("GET", "invocation/next"), RuntimeOperation::kNext);
  EXPECT_EQ(operation("POST", "invocation/next"), RuntimeOperation::kUnknown);
  EXPECT_EQ(operation("POST", "init/error"), RuntimeOperation::kInitError);
  EXPECT_EQ(operation("GET", "restore/next"), RuntimeOperation::kUnknown);
  EXPECT_EQ(operation("PUT", "invocation/a/response"), RuntimeOperation::kUnknown);
  EXPECT_EQ(operation("POST", "invocation/a/else"), RuntimeOperation::kUnknown);
  EXPECT_EQ(operation("POST", ""), RuntimeOperation::kUnknown);
  EXPECT_EQ(operation("POST", "invocation"), RuntimeOperation::kUnknown);
  const std::string path = base + "invocation/the-id/response";
  const RuntimeTarget target = ParseRuntimeTarget("POST", path);
  EXPECT_EQ(target.operation, RuntimeOperation::kResponse);
  EXPECT_EQ(target.id, "the-id");
  const std::string error = base + "invocation/x/error?a=b";
  EXPECT_EQ(ParseRuntimeTarget("POST", error).operation, RuntimeOperation::kError);
}

TEST(EnvironmentVariablesTest, WhoWins) {
  RunnableFunction function;
  function.name = "f";
  function.runtime = "python3.12";
  function.region = "eu-west-1";
  function.environment = {{"TZ", "Europe/Berlin"}, {"AWS_REGION", "mine"}, {"OWN", "1"}};
  EnvironmentFacts facts;
  facts.files.task_root = "/code";
  facts.files.layer_root = "/layers";
  InvokerOptions options;
  options.endpoint_url = "http://127.0.0.1:8000";
  const auto value = [&](const std::string& name) {
    for (const auto& [other, text] : VariablesOf(function, facts, options)) {
      if (other == name) {
        return text;
      }
    }
    return std::string("not set");
  };
  EXPECT_EQ(value("TZ"), "Europe/Berlin");
  EXPECT_EQ(value("AWS_REGION"), "eu-west-1");
  EXPECT_EQ(value("OWN"), "1");
  EXPECT_EQ(value("LANG"), "en_US.UTF-8");
  EXPECT_EQ(value("PATH"), "/usr/local/bin:/usr/bin:/bin:/layers/bin");
  EXPECT_EQ(value("PYTHONPATH"), "/layers/python:/layers/python/lib/python3.12/site-packages");
  EXPECT_EQ(value("AWS_ENDPOINT_URL"), "http://127.0.0.1:8000");
  EXPECT_EQ(value("AWS_LAMBDA_INITIALIZATION_TYPE"), "on-demand");
  EXPECT_EQ(value("AWS_LAMBDA_LOG_FORMAT"), "not set");
  EXPECT_EQ(value("_X_AMZN_TRACE_ID"), "not set");
  function.runtime = "nodejs20.x";
  function.json_logs = true;
  facts.files.layer_root.clear();
  EXPECT_EQ(value("NODE_PATH"), "not set");
  EXPECT_EQ(value("AWS_LAMBDA_LOG_LEVEL"), "INFO");
  facts.files.layer_root = "/layers";
  EXPECT_EQ(value("NODE_PATH"), "/layers/nodejs/node20/node_modules:/layers/nodejs/node_modules");
}

TEST(OutputCollectorTest, DropsWhatIsTooMuchAndSaysSo) {
  OutputCollector collector;
  EXPECT_FALSE(collector.Add("no end", 1));
  EXPECT_TRUE(collector.Add("\n", 1));
  const std::string large = std::string(200'000, 'x') + "\n";
  for (int count = 0; count < 40; ++count) {
    EXPECT_FALSE(collector.Add(large, 1));
  }
  std::vector<LogLine> lines = collector.Take(false, 1);
  EXPECT_EQ(lines.front().text, "no end");
  EXPECT_LT(lines.size(), 25u);
  EXPECT_EQ(lines.back().text, std::to_string(42 - lines.size()) + " lines were dropped");
  EXPECT_TRUE(collector.Add("a\nrest", 1));
  lines = collector.Take(true, 1);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines.back().text, "rest");
}

TEST(EventLoopTest, RunsInOrderAndCancels) {
  EventLoop loop(SystemClock::Instance());
  loop.Start();
  std::vector<int> order;
  std::promise<void> done;
  // Nothing runs before all of it has been posted.
  std::promise<void> posted;
  ASSERT_TRUE(loop.Post([&] { posted.get_future().wait(); }));
  ASSERT_TRUE(loop.Post([&] {
    order.push_back(1);
    loop.After(20, [&] {
      order.push_back(4);
      done.set_value();
    });
    EventLoop::Timer never = loop.After(1, [&] { order.push_back(9); });
    loop.After(0, [&] { order.push_back(3); });
    loop.Cancel(&never);
    EXPECT_EQ(never, EventLoop::kNoTimer);
    loop.Cancel(&never);
  }));
  ASSERT_TRUE(loop.Post([&] { order.push_back(2); }));
  posted.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, std::vector<int>({1, 2, 3, 4}));
  // What has been posted runs, what is posted later does not.
  bool ran = false;
  loop.Post([&] { ran = true; });
  loop.Stop();
  EXPECT_TRUE(ran);
  EXPECT_FALSE(loop.Post([] {}));
}

TEST(InvokeStatisticsTest, Histograms) {
  DurationHistogram histogram;
  histogram.Add(0);
  histogram.Add(1000);
  histogram.Add(1001);
  histogram.Add(100'000'000);
  EXPECT_EQ(histogram.counts.front(), 2);
  EXPECT_EQ(histogram.counts[1], 1);
  EXPECT_EQ(histogram.counts.back(), 1);
  EXPECT_EQ(histogram.count, 4);
  EXPECT_EQ(histogram.max_us, 100'000'000);
}

TEST(InvokeStatisticsTest, KeepsTheNewest) {
  InvocationRecords records;
  for (size_t index = 0; index < InvocationRecords::kRecordsMax + 5; ++index) {
    records.Started("f", false);
    InvocationRecord record;
    record.request_id = std::to_string(index);
    record.status = index % 2 == 0 ? "success" : "error";
    records.Ended("f", false, record);
  }
  EXPECT_EQ(records.Recent("f", 1000).size(), InvocationRecords::kRecordsMax);
  EXPECT_EQ(records.Recent("f", 1).at(0).request_id, "104");
  EXPECT_TRUE(records.Recent("g", 1).empty());
  records.Started("f", false);
  records.Forget("f");
  EXPECT_EQ(records.Snapshot().functions.at(0).errors, 52);
  EXPECT_EQ(records.Snapshot().running_unreserved, 1);
  records.Abandoned("f", false);
  records.Forget("f");
  EXPECT_TRUE(records.Snapshot().functions.empty());
}

}  // namespace
}  // namespace millrace::streams
