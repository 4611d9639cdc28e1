// The pages about deliveries, without sockets: what is listed, and what can be done about it.
#include "server/admin/outgoing_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/gate/exchange.h"
#include "storage/base/worker_pool.h"
#include "streams/delivery/test_support.h"

namespace millrace::server {
namespace {

using testing::HasSubstr;

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override { ++sent_count; }
  int sent_count = 0;
};

class OutgoingRoutesTest : public streams::DelivererTest {
 protected:
  OutgoingRoutesTest() {
    workers_.Start();
    services_.workers = &workers_;
    AddOutgoingRoutes(&services_, deliverer_.get(), nullptr, &routes_);
  }
  ~OutgoingRoutesTest() override { workers_.Stop(); }

  // "status body"
  std::string Ask(const std::string& method, const std::string& target) {
    exchange_.BeginRequest();
    exchange_.home = &home_;
    exchange_.sent_count = 0;
    exchange_.head.SetRequestLine(method, target, 1);
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
    EXPECT_EQ(exchange_.sent_count, 1);
    return std::to_string(exchange_.http_status) + " " + exchange_.body;
  }

  WorkerPool workers_{1, 10};
  api::Services services_;
  std::vector<Route> routes_;
  engine::ManualQueue home_;
  ThreadState thread_state_{&clock_, &random_};
  TestExchange exchange_{&thread_state_};
};

TEST_F(OutgoingRoutesTest, ShowsWhatWaits) {
  EXPECT_EQ(Ask("GET", "/_admin/outgoing"), "200 {\"events\":[],\"messages\":[],\"figures\":[]}\n");
  streams::AsynchronousSettings settings;
  settings.on_success_arn = std::string(streams::kQueueArn) + "none";
  functions_.Set("f", settings);
  functions_.Set("g", {});
  Enqueue("1");
  Settle();
  invoker_.Use([](const streams::InvokeRequest&) {
    return streams::FakeInvoker::Failure(streams::InvokeOutcome::kThrottled);
  });
  Enqueue("2", "g");
  Settle();
  const std::string text = Ask("GET", "/_admin/outgoing");
  EXPECT_THAT(text, HasSubstr(R"({"functionName":"g","count":1,"countIsExact":true,)"
                              R"("oldestMs":1795233906123,"nextTryMs":1795233907123,"running":0,)"
                              R"("problem":"there is no capacity for the function",)"
                              R"("heldUntilMs":1795233907123})"));
  EXPECT_THAT(text,
              HasSubstr(R"("targetArn":"arn:aws:sqs:us-east-1:000000000000:none","count":1)"));
  EXPECT_THAT(text, HasSubstr(R"("attempts":1,"problem":"there is no such queue")"));
  EXPECT_THAT(text, HasSubstr(R"({"source":"f","asyncEventsReceived":1,"asyncEventsDropped":0,)"
                              R"("recursiveInvocationsDropped":0,"deadLetterErrors":0,)"
                              R"("destinationDeliveryFailures":1,)"
                              R"("asyncEventAgeMs":{"count":1,"sum":0,"min":0,"max":0}})"));
}

TEST_F(OutgoingRoutesTest, TheLedger) {
  streams::AsynchronousSettings settings;
  settings.retry_attempts_max = 0;
  functions_.Set("f", settings);
  invoker_.Use([](const streams::InvokeRequest&) { return streams::FakeInvoker::Failure(); });
  for (const char* payload : {"1", "{\"a\":2}", "3"}) {
    Enqueue(payload);
    Settle();
  }
  const std::vector<streams::EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 3u);
  std::vector<std::string> ids;
  for (const streams::EventDiscard& discard : discards) {
    ids.push_back(std::to_string(discard.id));
  }
  const std::string base = "/_admin/functions/f/discards";
  EXPECT_THAT(Ask("GET", base), HasSubstr("{\"id\":\"" + ids[2] + "\""));
  EXPECT_EQ(Ask("GET", base + "?limit=1&after=" + ids[0]),
            "200 {\"discards\":[{\"id\":\"" + ids[1] + "\",\"requestId\":\"" +
                discards[1].request_id +
                "\",\"functionName\":\"f\",\"qualifier\":\"$LATEST\","
                "\"condition\":\"RetriesExhausted\",\"attempts\":1,\"receivedMs\":1795233906123,"
                "\"discardedMs\":1795233906123,\"executedVersion\":\"$LATEST\","
                "\"errorMessage\":\"no\"}],\"after\":\"" +
                ids[1] + "\"}\n");
  EXPECT_THAT(Ask("GET", base + "/" + ids[1]), HasSubstr(R"("payload":"{\"a\":2}"})"));
  EXPECT_EQ(Ask("DELETE", base + "/" + ids[0]), "200 {}\n");
  EXPECT_THAT(Ask("DELETE", base + "/" + ids[0]), HasSubstr("404 "));
  invoker_.Use(nullptr);
  EXPECT_EQ(Ask("POST", base + "/" + ids[1] + "/redrive"), "200 {}\n");
  Settle();
  EXPECT_EQ(invoker_.Payloads().back(), "{\"a\":2}");
  EXPECT_EQ(Discards(), std::vector<streams::EventDiscard>{discards[2]});
}

TEST_F(OutgoingRoutesTest, RefusesTheRest) {
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards?limit=0"), HasSubstr("400 "));
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards?limit=1001"), HasSubstr("400 "));
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards?after=x"), HasSubstr("400 "));
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards/1"), HasSubstr("404 "));
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards/x"), HasSubstr("404 "));
  EXPECT_THAT(Ask("GET", "/_admin/functions/f/discards/1/redrive"), HasSubstr("405 "));
  EXPECT_THAT(Ask("POST", "/_admin/functions/f/discards/1"), HasSubstr("405 "));
  EXPECT_THAT(Ask("POST", "/_admin/functions/f/discards"), HasSubstr("405 "));
  EXPECT_THAT(Ask("POST", "/_admin/functions/f/discards/1/redrive"), HasSubstr("404 "));
  for (const char* path : {"f/discards/", "f/discards/1/2", "/discards", "f", "f/other",
                           "f/discardsx", "f/discards//redrive"}) {
    EXPECT_EQ(Ask("GET", std::string("/_admin/functions/") + path),
              "404 {\"error\":\"there is nothing here\"}\n")
        << path;
  }
  EXPECT_EQ(Ask("POST", "/_admin/outgoing"), "no route");
}

}  // namespace
}  // namespace millrace::server
