// Everything a client is refused: sizes, malformed input, caps, and waiting too long.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/test_server.h"

namespace millrace::server {
namespace {

std::string Head(const std::string& headers) {
  return "POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.Echo\r\n"
         "Content-Type: application/x-amz-json-1.0\r\n" +
         headers + "\r\n";
}

TEST(HttpLimits, AnnouncedBodyTooLargeIsRefusedBeforeItIsSent) {
  TestServer server;
  Client client(server.port());
  const ClientReply reply =
      client.Exchange(Head("Content-Length: 16777217\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.Header("Connection"), "close");
}

TEST(HttpLimits, LargestBodyPassesAndOneByteMoreDoesNot) {
  TestServer server;
  const std::string prefix = "{\"text\":\"";
  const std::string fitting =
      prefix + std::string(Gate::kBodySizeMax - prefix.size() - 2, 'a') + "\"}";
  Client client(server.port());
  EXPECT_EQ(client.Exchange(Post("Echo", fitting)).status, 200);
  // In chunks the size is known only when it has come.
  std::string chunks = Head("Transfer-Encoding: chunked\r\n") + "1000000\r\n" + fitting + "\r\n";
  EXPECT_EQ(client.Exchange(chunks + "0\r\n\r\n").status, 200);
  ASSERT_TRUE(client.Send(chunks + "1\r\n \r\n0\r\n\r\n"));
  EXPECT_EQ(client.ReadReply().status, 413);
  EXPECT_TRUE(client.AtEnd());
}

TEST(HttpLimits, ReplyArrivesAlthoughTheClientKeepsSending) {
  TestServer server;
  Client client(server.port());
  ASSERT_TRUE(client.Send(Head("Content-Length: 20000000\r\n")));
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 10 && client.Send(piece); ++i) {
  }
  EXPECT_EQ(client.ReadReply().status, 413);
}

TEST(HttpLimits, HeadsAreBounded) {
  TestServer server;
  const std::string fitting = "A: " + std::string(15'000, 'a') + "\r\n";
  Client client(server.port());
  EXPECT_EQ(client.Exchange(Post("Echo", "{}", fitting)).status, 200);
  const ClientReply reply =
      client.Exchange(Post("Echo", "{}", "A: " + std::string(17'000, 'a') + "\r\n"));
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST(HttpLimits, MalformedRequestsGet400AndClose) {
  TestServer server;
  for (const std::string text : {
           "\x16\x03\x01\x02",
           "GET / HTTP/1.1\n\n",
           "GET\r\n\r\n",
           "GET / HTTP/3.0\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
       }) {
    Client client(server.port());
    const ClientReply reply = client.Exchange(text);
    EXPECT_EQ(reply.status, 400) << text;
    EXPECT_TRUE(client.AtEnd()) << text;
  }
}

TEST(HttpLimits, ConnectionsAboveTheCapAreToldAndClosed) {
  HttpOptions options;
  options.connections_max = 2;
  TestServer server(options);
  Client first(server.port());
  Client second(server.port());
  EXPECT_EQ(first.Exchange(Post("Echo", "{}")).status, 200);
  EXPECT_EQ(second.Exchange(Post("Echo", "{}")).status, 200);
  {
    Client third(server.port());
    const ClientReply reply = third.ReadReply();
    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(reply.body.find("com.amazon.coral.service#ServiceUnavailable"), std::string::npos);
    EXPECT_EQ(reply.Header("Connection"), "close");
  }
  EXPECT_EQ(first.Exchange(Post("Echo", "{}")).status, 200);
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().connections == 2; }));
}

TEST(HttpLimits, RequestsAboveTheCapAreRefusedAndTheConnectionKept) {
  HttpOptions options;
  options.in_flight_requests_max = 1;
  TestServer server(options);
  Client holding(server.port());
  ASSERT_TRUE(holding.Send(Post("Hold", "{}")));
  ASSERT_TRUE(Eventually([] { return TestServer::HeldCount() == 1; }));
  Client client(server.port());
  const ClientReply refused = client.Exchange(Post("Echo", "{}"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(refused.Header("Connection"), "") << "the whole request had been read";
  EXPECT_EQ(server.server().statistics().refused_total, 1u);
  TestServer::ReleaseHeld();
  EXPECT_EQ(holding.ReadReply().status, 200);
  EXPECT_TRUE(Eventually([&] { return client.Exchange(Post("Echo", "{}")).status == 200; }));
}

TEST(HttpLimits, BodyBytesInFlightAreBounded) {
  HttpOptions options;
  options.in_flight_bytes_max = 1000;
  TestServer server(options);
  Client client(server.port());
  EXPECT_EQ(client.Exchange(Post("Echo", std::string(900, ' ') + "{}")).status, 200);
  const ClientReply reply = client.Exchange(Post("Echo", std::string(1100, ' ') + "{}"));
  EXPECT_EQ(reply.status, 503);
  Client other(server.port());
  EXPECT_EQ(other.Exchange(Post("Echo", "{}")).status, 200);
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().in_flight_bytes == 0; }));
}

TEST(HttpLimits, ParsedFormsOfBodiesAreCounted) {
  HttpOptions options;
  options.in_flight_bytes_max = 100'000;
  TestServer server(options);
  Client client(server.port());
  // The same size, but the second one becomes ten thousand values.
  std::string many = "{\"a\":[1";
  while (many.size() < 20'000) {
    many += ",1";
  }
  many += "]}";
  const std::string one = "{\"a\":\"" + std::string(many.size() - 8, 'x') + "\"}";
  EXPECT_EQ(client.Exchange(Post("Echo", one)).status, 200);
  const ClientReply reply = client.Exchange(Post("Echo", many));
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("com.amazon.coral.service#ServiceUnavailable"), std::string::npos);
  EXPECT_EQ(client.Exchange(Post("Echo", one)).status, 200) << "the connection was kept";
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().in_flight_bytes == 0; }));
}

TEST(HttpLimits, AnnouncedBodiesThatDoNotFitAreRefusedBeforeTheyAreSent) {
  HttpOptions options;
  options.in_flight_bytes_max = 100'000;
  TestServer server(options);
  Client client(server.port());
  const ClientReply reply =
      client.Exchange(Head("Content-Length: 100001\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.Header("Connection"), "close");
}

TEST(HttpLimits, RepliesThatAreNotReadAreBounded) {
  HttpOptions options;
  options.in_flight_bytes_max = 68'600'000;  // large requests may have 60'025'000 of it
  TestServer server(options);
  const auto statistics = [&] { return server.server().statistics(); };
  // Each more than the socket buffers of both sides hold.
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 4; ++i) {
    readers.push_back(std::make_unique<Client>(server.port()));
    ASSERT_TRUE(readers.back()->Send(Post("Big", "{\"size\":30000000}")));
    const uint64_t written = static_cast<uint64_t>(i) + 1;
    ASSERT_TRUE(Eventually([&] { return statistics().replies_2xx_total == written; }));
  }
  // Two fit.
  ASSERT_TRUE(Eventually([&] { return statistics().refused_total == 2; }));
  EXPECT_GE(statistics().in_flight_bytes, 60'000'000);
  EXPECT_LE(statistics().in_flight_bytes, 60'025'000);
  Client other(server.port());
  EXPECT_EQ(other.Exchange(Post("Echo", "{}")).status, 200);
  // Small requests have room that large ones cannot take.
  EXPECT_EQ(other.Exchange(Post("Echo", std::string(30'000, ' ') + "{}")).status, 200);
  EXPECT_EQ(other.Exchange(Post("Echo", std::string(100'000, ' ') + "{}")).status, 503);
  EXPECT_EQ(readers[0]->ReadReply().body.size(), 30'000'000u);
  EXPECT_EQ(readers[1]->ReadReply().body.size(), 30'000'000u);
  EXPECT_EQ(readers[2]->ReadReply().status, 0);
  EXPECT_TRUE(Eventually([&] { return statistics().in_flight_bytes == 0; }));
}

// The clock stands still, so nothing is closed until it is moved; the sweep runs in real time.
class HttpTimeouts : public testing::Test {
 protected:
  void ExpectClosedAfter(const std::string& sent, int64_t kept_ms, int64_t closed_ms) {
    Client client(server_.port());
    ASSERT_EQ(client.Exchange(Post("Echo", "{}")).status, 200);
    const uint64_t before = server_.server().statistics().timeouts_total;
    ASSERT_TRUE(client.Send(sent));
    Client probe(server_.port());
    ASSERT_EQ(probe.Exchange(Post("Echo", "{}")).status, 200);
    clock_.AdvanceMs(kept_ms);
    // A whole request on another connection shows that time has passed for the server, too.
    ASSERT_EQ(probe.Exchange(Post("Echo", "{}")).status, 200);
    EXPECT_EQ(server_.server().statistics().timeouts_total, before);
    clock_.AdvanceMs(closed_ms - kept_ms);
    EXPECT_TRUE(client.AtEnd());
  }

  ManualClock clock_{0};
  TestServer server_{{}, &clock_};
};

TEST_F(HttpTimeouts, IdleConnection) { ExpectClosedAfter("", 110'000, 121'000); }

TEST_F(HttpTimeouts, HeadThatDoesNotEnd) {
  ExpectClosedAfter("POST / HTTP/1.1\r\nA: b\r\n", 14'000, 16'000);
}

TEST_F(HttpTimeouts, BodyThatDoesNotCome) {
  ExpectClosedAfter(Head("Content-Length: 100\r\n") + "{", 14'000, 17'000);
}

TEST_F(HttpTimeouts, ReplyThatIsNotRead) {
  Client client(server_.port());
  // More than the socket buffers of both sides hold.
  ASSERT_TRUE(client.Send(Post("Big", "{\"size\":50000000}")));
  ASSERT_TRUE(Eventually([&] { return server_.server().statistics().replies_2xx_total == 1; }));
  ASSERT_TRUE(Eventually([&] {
    clock_.AdvanceMs(31'000);
    return server_.server().statistics().timeouts_total > 0;
  }));
  EXPECT_EQ(client.ReadReply().status, 0);
}

// Reads a mebibyte of a large reply every thousand seconds, a few times; whether the connection was
// closed for that.
bool ClosedAsTooSlow(int64_t bytes_per_second_min) {
  HttpOptions options;
  options.write_timeout_ms = 3'600'000;
  options.reply_bytes_per_second_min = bytes_per_second_min;
  ManualClock clock(0);
  TestServer server(options, &clock);
  Client client(server.port());
  EXPECT_TRUE(client.Send(Post("Big", "{\"size\":50000000}")));
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().replies_2xx_total == 1; }));
  for (int i = 0; i < 8; ++i) {
    (void)client.ReadBytes(1 << 20);
    clock.AdvanceMs(1'000'000);
    Client probe(server.port());
    EXPECT_EQ(probe.Exchange(Post("Echo", "{}")).status, 200);
  }
  const auto closed = [&] { return server.server().statistics().timeouts_total > 0; };
  return bytes_per_second_min > 1 ? Eventually(closed) : closed();
}

TEST(HttpLimits, RepliesThatAreReadTooSlowlyAreCut) {
  EXPECT_TRUE(ClosedAsTooSlow(1 << 20));
  EXPECT_FALSE(ClosedAsTooSlow(1));
}

std::vector<Route> BodyRoutes() {
  return {{"POST", "/large/", true, size_t{70} << 20,
           [](Exchange* exchange) {
             exchange->body = std::to_string(exchange->request_body.size());
             exchange->Finish();
           }},
          {"POST", "/small", false, 5, [](Exchange* exchange) {
             exchange->body = exchange->request_body.view();
             exchange->Finish();
           }}};
}

TEST(HttpLimits, RoutesMayTakeLargeBodies) {
  HttpOptions options;
  options.in_flight_bytes_max = 40 << 20;
  TestServer server(options, nullptr, BodyRoutes());
  const auto send = [&](const std::string& path, size_t size) {
    Client client(server.port());
    // Who refuses need not read to the end.
    (void)client.Send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                      std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'));
    return client.ReadReply();
  };
  constexpr size_t kMiB = 1 << 20;
  const ClientReply reply = send("/large/x", 30 * kMiB);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, std::to_string(30 * kMiB));
  EXPECT_EQ(send("/large/x", 71 * kMiB).status, 413);
  EXPECT_EQ(send("/large/x", 50 * kMiB).status, 503);  // more than the server may hold
  EXPECT_EQ(send("/", 17 * kMiB).status, 413);
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().in_flight_bytes == 0; }));
}

TEST(HttpLimits, RoutesBoundTheirBodies) {
  TestServer server({}, nullptr, BodyRoutes());
  const std::string head = "POST /small HTTP/1.1\r\nHost: x\r\n";
  Client client(server.port());
  EXPECT_EQ(client.Exchange(head + "Content-Length: 5\r\n\r\nabcde").body, "abcde");
  EXPECT_EQ(client.Exchange(head + "Content-Length: 6\r\n\r\nabcdef").status, 413);
  Client chunked(server.port());
  EXPECT_EQ(chunked
                .Exchange(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n"
                                 "0\r\n\r\n")
                .status,
            413);
}

}  // namespace
}  // namespace millrace::server
