// Shutting down: requests that have begun are finished, idle connections closed, stuck ones cut.
#include <gtest/gtest.h>

#include <thread>

#include "server/http/http_server.h"
#include "server/http/test_server.h"

namespace millrace::server {
namespace {

TEST(HttpDrain, ClosesIdleConnectionsAtOnce) {
  TestServer server;
  Client client(server.port());
  EXPECT_EQ(client.Exchange(Post("Echo", "{}")).status, 200);
  EXPECT_TRUE(server.server().Stop(10'000));
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(server.server().statistics().connections, 0);
}

TEST(HttpDrain, FinishesWhatHasBegun) {
  TestServer server;
  Client holding(server.port());
  Client idle(server.port());
  EXPECT_EQ(idle.Exchange(Post("Echo", "{}")).status, 200);
  ASSERT_TRUE(holding.Send(Post("Hold", "{}")));
  ASSERT_TRUE(Eventually([] { return TestServer::HeldCount() == 1; }));
  bool clean = false;
  std::thread stopping([&] { clean = server.server().Stop(10'000); });
  EXPECT_TRUE(idle.AtEnd());  // so the drain has begun
  TestServer::ReleaseHeld();
  const ClientReply reply = holding.ReadReply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(holding.AtEnd());
  stopping.join();
  EXPECT_TRUE(clean);
}

TEST(HttpDrain, CutsRequestsThatDoNotEndAndWaitsForOperations) {
  TestServer server;
  Client incomplete(server.port());
  ASSERT_TRUE(incomplete.Send("POST / HTTP/1.1\r\n"));
  Client holding(server.port());
  ASSERT_TRUE(holding.Send(Post("Hold", "{}")));
  ASSERT_TRUE(Eventually([] { return TestServer::HeldCount() == 1; }));
  bool clean = true;
  std::thread stopping([&] { clean = server.server().Stop(1); });
  EXPECT_TRUE(incomplete.AtEnd());
  EXPECT_TRUE(holding.AtEnd());  // cut, although the operation is still under way
  TestServer::ReleaseHeld();
  stopping.join();
  EXPECT_FALSE(clean);
}

TEST(HttpDrain, RefusesNewConnections) {
  TestServer server;
  const uint16_t port = server.port();
  EXPECT_TRUE(server.server().Stop(10'000));
  EXPECT_TRUE(server.server().Stop(10'000)) << "again is fine";
  EXPECT_FALSE(Client(port).connected());
}

}  // namespace
}  // namespace millrace::server
