// The driver against a server whose behaviour is known: what is counted, what is called wrong, and
// that a stall of the server shows in the latency of an open loop.

#include "bench/load/driver.h"

#include <atomic>
#include <chrono>
#include <string>

#include "bench/load/fake_server.h"
#include "bench/load/workloads.h"
#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;

FakeServer::Answer ItemAnswer() { return {.body = "{\"Item\":{}}"}; }

/// A fixed number of calls.
class CountedCalls : public Workload {
 public:
  explicit CountedCalls(int calls) : calls_(calls) {}

  bool NextCall(Slot& slot) override {
    if (calls_.fetch_sub(1) <= 0) return false;
    slot.call.body = "{}";
    slot.call.fragment = "\"Item\"";
    return true;
  }

 private:
  std::atomic<int> calls_;
};

TEST(DriverTest, EveryCallIsMadeOnceAndTimed) {
  std::atomic<int> requests{0};
  FakeServer server([&](const std::string&) {
    requests++;
    return ItemAnswer();
  });
  Driver driver(ParseEndpoint(server.url()), 8, 2, 1);
  CountedCalls workload(500);
  const RunResult result = driver.Run(workload, RunPlan{});
  EXPECT_EQ(requests, 500);
  EXPECT_EQ(result.operations, 500u);
  EXPECT_EQ(result.errors, 0u) << result.first_problem;
  EXPECT_EQ(result.latency_ns.Count(), 500u);
  EXPECT_EQ(result.reply_bytes, 500u * ItemAnswer().body.size());
  EXPECT_GT(result.elapsed_ns, 0u);
}

TEST(DriverTest, WrongStatusAndWrongContentAreErrors) {
  int requests = 0;
  FakeServer server([&](const std::string&) -> FakeServer::Answer {
    requests++;
    if (requests % 3 == 0) return {.status = 500, .body = "{\"Item\":{}}"};
    if (requests % 3 == 1) return {.body = "{}"};
    return ItemAnswer();
  });
  Driver driver(ParseEndpoint(server.url()), 1, 1, 1);
  CountedCalls workload(30);
  const RunResult result = driver.Run(workload, RunPlan{});
  EXPECT_EQ(result.operations, 30u);
  EXPECT_EQ(result.errors, 20u);
  EXPECT_NE(result.first_problem.find("expected 200"), std::string::npos) << result.first_problem;
}

TEST(DriverTest, LostConnectionsAreErrorsAndTheRunEnds) {
  FakeServer server([](const std::string&) { return FakeServer::Answer{.closes = true}; });
  Driver driver(ParseEndpoint(server.url()), 4, 1, 1);
  CountedCalls workload(100);
  const RunResult result = driver.Run(workload, RunPlan{});
  EXPECT_EQ(result.operations, 0u);
  EXPECT_EQ(result.errors, 4u);
}

TEST(DriverTest, LargeRequestsAndRepliesArriveWhole) {
  FakeServer server([](const std::string& request) -> FakeServer::Answer {
    return {.body = request.substr(request.find("\r\n\r\n") + 4)};
  });
  class LargeCalls : public Workload {
   public:
    bool NextCall(Slot& slot) override {
      if (slot.count++ == 3) return false;
      slot.call.body = "{\"Item\"" + std::string(2'000'000 * slot.count, 'x');
      slot.call.reply_bytes_min = slot.call.body.size();
      return true;
    }
  };
  Driver driver(ParseEndpoint(server.url()), 2, 1, 1);
  LargeCalls workload;
  const RunResult result = driver.Run(workload, RunPlan{});
  EXPECT_EQ(result.operations, 6u);
  EXPECT_EQ(result.errors, 0u) << result.first_problem;
}

TEST(DriverTest, OpenLoopCountsFromTheMomentARequestWasDue) {
  // One stall of 200 ms. In a closed loop one request would see it; at 1000 per second about 200
  // requests fall due meanwhile, and half of them wait more than 100 ms.
  std::atomic<int> requests{0};
  FakeServer server([&](const std::string&) {
    if (requests++ == 50) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return ItemAnswer();
  });
  Driver driver(ParseEndpoint(server.url()), 1, 1, 1);
  CountedCalls workload(1'000'000);
  const RunResult result = driver.Run(workload, {.seconds = 0.6, .rate = 1000});
  EXPECT_EQ(result.errors, 0u) << result.first_problem;
  EXPECT_NEAR(static_cast<double>(result.operations + result.unsent), 600, 150);
  EXPECT_GE(result.latency_ns.Percentile(90), 100 * kMillisecond);
  EXPECT_GE(result.latency_ns.Max(), 200 * kMillisecond);
}

TEST(DriverTest, OpenLoopReportsWhatItCouldNotSend) {
  FakeServer server([](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ItemAnswer();
  });
  Driver driver(ParseEndpoint(server.url()), 1, 1, 1);
  CountedCalls workload(1'000'000);
  const RunResult result = driver.Run(workload, {.seconds = 0.1, .rate = 5000});
  EXPECT_GT(result.unsent, 100u);
  EXPECT_GT(result.operations, 0u);
}

}  // namespace
}  // namespace millrace::bench
