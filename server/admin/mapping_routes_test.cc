// Mappings, replays and patterns over the admin interface, without sockets: what is shown, what can
// be done, and what is refused.
#include "server/admin/mapping_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "server/admin/replay_routes.h"
#include "server/gate/exchange.h"
#include "storage/base/worker_pool.h"
#include "streams/mappings/test_support.h"

namespace millrace::server {
namespace {

using streams::Event;
using streams::FakeInvoker;
using streams::kUuid;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override { ++sent_count; }
  int sent_count = 0;
};

class MappingRoutesTest : public streams::MappingEngineTest {
 protected:
  void SetUp() override {
    MappingEngineTest::SetUp();
    workers_.Start();
    const streams::StreamSource source = {store_.engine(), store_.streams(), store_.change_log(),
                                          "us-east-1"};
    ledger_ = std::make_unique<streams::DiscardLedger>(source, &invoker_);
    replays_ = std::make_unique<streams::ReplayJobs>(source, &invoker_, &store_.clock());
    replays_->Start();
    services_.workers = &workers_;
    services_.streams = store_.streams();
    services_.change_log = store_.change_log();
    services_.mappings = mappings_.get();
    services_.clock = &store_.clock();
    services_.random = &system_random_;
    AddMappingRoutes(&services_, ledger_.get(), &routes_);
    AddReplayRoutes(&services_, source, replays_.get(), &routes_);
  }
  void TearDown() override {
    workers_.Stop();
    replays_->Stop();
    MappingEngineTest::TearDown();
  }

  // "status body"
  std::string Ask(const std::string& method, const std::string& target,
                  const std::string& body = "") {
    exchange_.BeginRequest();
    exchange_.home = &home_;
    exchange_.sent_count = 0;
    exchange_.head.SetRequestLine(method, target, 1);
    exchange_.request_body.Append(body);
    const RouteTable table(routes_);
    std::string allowed;
    const Route* const route = table.Find(method, exchange_.head.path(), &allowed);
    if (route == nullptr) {
      return "no route";
    }
    route->handle(&exchange_);
    while (exchange_.sent_count == 0) {
      home_.RunTasks(1);
    }
    return std::to_string(exchange_.http_status) + " " + exchange_.body;
  }
  std::string Esm(const std::string& rest = "") const {
    return "/_admin/esm/" + std::string(kUuid) + rest;
  }
  std::string StreamArn() {
    return "arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/" +
           store_.streams()->All().front()->descriptor.label;
  }

  WorkerPool workers_{1, 10};
  SystemRandom system_random_;
  SystemClock system_clock_;
  api::Services services_;
  std::unique_ptr<streams::DiscardLedger> ledger_;
  std::unique_ptr<streams::ReplayJobs> replays_;
  std::vector<Route> routes_;
  engine::ManualQueue home_;
  ThreadState thread_state_{&system_clock_, &system_random_};
  TestExchange exchange_{&thread_state_};
};

TEST_F(MappingRoutesTest, ShowsPausesAndMoves) {
  PutMany(4, 4);
  streams::Mapping mapping = NewMapping();
  mapping.settings.parallelization_factor = 2;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_THAT(Ask("GET", "/_admin/esm"),
              HasSubstr(R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f",)"
                        R"("enabled":true,"paused":false,"changing":false,)"
                        R"("lastProcessingResult":"OK","polledEventCount":4,)"));
  EXPECT_THAT(Ask("GET", Esm()), StartsWith(R"(200 {"uuid":")" + std::string(kUuid)));
  EXPECT_THAT(Ask("GET", Esm("/lanes")), HasSubstr(R"("lane":1,"position":)"));
  EXPECT_THAT(Ask("POST", Esm("/seek"), R"({"to":"TRIM_HORIZON"})"),
              StartsWith(R"(409 {"error":"the mapping is not paused"})"));
  EXPECT_THAT(Ask("POST", Esm("/pause")), HasSubstr(R"("paused":true)"));
  const std::string moved = Ask("POST", Esm("/seek"), R"({"to":"TRIM_HORIZON"})");
  EXPECT_THAT(moved, StartsWith(R"(200 {"paused":true,"lanes":[{"hashRange":0,"lane":0,)"));
  EXPECT_THAT(moved, HasSubstr(R"("recordsBehindIsExact":true)"));
  EXPECT_THAT(moved, Not(HasSubstr(R"("recordsBehind":0,"recordsBehindIsExact":true,)"
                                   R"("oldestRecordAgeMs":0,"running":false,"pending":[]},)"
                                   R"({"hashRange":0,"lane":1)")));
  invoker_.Forget();
  EXPECT_THAT(Ask("POST", Esm("/resume")), HasSubstr(R"("paused":false)"));
  EXPECT_EQ(invoker_.Records(4).size(), 4u);
  for (const char* body : {"", "{}", R"({"to":"NOW"})", R"({"to":{"sequence":"1"}})",
                           R"({"to":{"timestamp":"x"}})", R"({"to":{}})"}) {
    EXPECT_THAT(Ask("POST", Esm("/seek"), body), StartsWith("400 ")) << body;
  }
  EXPECT_THAT(Ask("GET", "/_admin/esm/none"), StartsWith("404 "));
  EXPECT_THAT(Ask("GET", Esm("/nothing")), StartsWith("404 "));
}

TEST_F(MappingRoutesTest, ClonesForAnotherFunction) {
  PutMany(3, 3);
  ASSERT_TRUE(Create(NewMapping()).ok());
  Settle();
  invoker_.Forget();
  EXPECT_THAT(Ask("POST", Esm("/clone"), R"({"functionName":"f","from":"LATEST"})"),
              StartsWith("409 "));
  EXPECT_THAT(Ask("POST", Esm("/clone"), R"({"from":"LATEST"})"), StartsWith("400 "));
  EXPECT_THAT(Ask("POST", Esm("/clone"), R"({"functionName":"g"})"), StartsWith("400 "));
  EXPECT_THAT(Ask("POST", Esm("/clone"), R"({"functionName":"g:live","from":"TRIM_HORIZON"})"),
              HasSubstr(R"(:function:g:live","enabled":true)"));
  EXPECT_EQ(invoker_.Records(3).size(), 3u);
  EXPECT_EQ(mappings_->List().size(), 2u);
}

TEST_F(MappingRoutesTest, TheLedger) {
  invoker_.Use([](const Event&) { return FakeInvoker::Failure(); });
  Put("a", "1");
  streams::Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  const std::string id = std::to_string(Discards().at(0).id);
  EXPECT_THAT(Ask("GET", Esm("/discards")), HasSubstr(R"({"discards":[{"id":")" + id +
                                                      R"(","condition":"RetryAttemptsExhausted")"));
  EXPECT_EQ(Ask("GET", Esm("/discards?after=" + id)), "200 {\"discards\":[]}\n");
  const std::string shown = Ask("GET", Esm("/discards/" + id));
  EXPECT_THAT(shown, HasSubstr(R"("error":"{\"errorMessage\":\"no\"}")"));
  EXPECT_THAT(shown, HasSubstr(R"("recordsRetained":true,"event":{"Records":[{"eventID":)"));
  invoker_.Use(nullptr);
  EXPECT_EQ(Ask("POST", Esm("/discards/" + id + "/redrive")), "202 {\"redrive\":\"started\"}\n");
  while (ledger_->Find(kUuid, Discards().at(0).id).value().redrive_count == 0) {
    std::this_thread::yield();
  }
  EXPECT_THAT(Ask("GET", Esm("/discards/" + id)), HasSubstr(R"("redrive":{"count":1,"lastMs":)"));
  EXPECT_THAT(Ask("DELETE", Esm("/discards/" + id)), StartsWith("200 "));
  EXPECT_THAT(Ask("GET", Esm("/discards/" + id)), StartsWith("404 "));
  EXPECT_THAT(Ask("GET", Esm("/discards/x")), StartsWith("404 "));
}

TEST_F(MappingRoutesTest, ReplaysAndPatterns) {
  PutMany(6, 3);
  const std::string stream = R"("streamArn":")" + StreamArn() + "\"";
  EXPECT_THAT(
      Ask("POST", "/_admin/filter/test",
          "{" + stream + R"(,"pattern":"{\"dynamodb\":{\"Keys\":{\"p\":{\"S\":[\"k1\"]}}}}"})"),
      HasSubstr(R"({"matched":2,"unmatched":4,"matchedSamples":[{"eventID":)"));
  EXPECT_THAT(Ask("POST", "/_admin/filter/test", "{" + stream + R"(,"pattern":"{}"})"),
              StartsWith("400 "));
  EXPECT_THAT(
      Ask("POST", "/_admin/filter/test", "{" + stream + R"(,"pattern":"{\"a\":[1]}","last":0})"),
      StartsWith("400 "));
  const std::string created =
      Ask("POST", "/_admin/replay", "{" + stream + R"(,"functionName":"f","ratePerSecond":100})");
  EXPECT_THAT(created, StartsWith("201 {\"id\":"));
  EXPECT_EQ(invoker_.Records(6).size(), 6u);
  const std::string id = created.substr(created.find("\"id\":\"") + 6, 36);
  while (replays_->Find(id)->state == streams::ReplayState::kRunning) {
    store_.clock().AdvanceMs(100);
    replays_->Wake();
    std::this_thread::yield();
  }
  EXPECT_THAT(Ask("GET", "/_admin/replay/" + id), HasSubstr(R"("matchedRecords":6)"));
  EXPECT_THAT(Ask("GET", "/_admin/replay"), HasSubstr(R"("state":"done"})"));
  EXPECT_THAT(Ask("DELETE", "/_admin/replay/" + id), StartsWith("200 "));
  EXPECT_THAT(Ask("GET", "/_admin/replay/" + id), StartsWith("404 "));
  EXPECT_THAT(Ask("POST", "/_admin/replay", "{" + stream + "}"), StartsWith("400 "));
  EXPECT_THAT(Ask("POST", "/_admin/replay", R"({"streamArn":"x","functionName":"f"})"),
              StartsWith("400 "));
  EXPECT_THAT(
      Ask("POST", "/_admin/replay", "{" + stream + R"(,"functionName":"f","from":"LATEST"})"),
      StartsWith("400 "));
}

}  // namespace
}  // namespace millrace::server
