// The server over real loopback sockets: what a well-behaved client may do, and its order.
#include "server/http/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "server/http/test_server.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

std::string EchoBody(const std::string& text) { return "{\"text\":\"" + text + "\"}"; }

std::string Chunked(const std::string& operation, const std::vector<std::string>& pieces) {
  std::string request = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810." +
                        operation +
                        "\r\nContent-Type: application/x-amz-json-1.0\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& piece : pieces) {
    char size[16];
    std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    request += size + piece + "\r\n";
  }
  return request + "0\r\n\r\n";
}

TEST(HttpServer, KeepsConnectionsOpen) {
  TestServer server;
  Client client(server.port());
  for (int i = 0; i < 20; ++i) {
    const std::string body = EchoBody(std::to_string(i));
    const ClientReply reply = client.Exchange(Post("Echo", body));
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, body);
    EXPECT_EQ(reply.Header("Connection"), "");
    EXPECT_EQ(reply.Header("Content-Type"), "application/x-amz-json-1.0");
    EXPECT_EQ(reply.Header("x-amz-crc32"), std::to_string(Crc32(body)));
  }
  EXPECT_EQ(server.server().statistics().connections_total, 1u);
  EXPECT_EQ(server.server().statistics().requests_total, 20u);
  EXPECT_EQ(server.server().statistics().replies_2xx_total, 20u);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  Client client(server.port());
  std::string requests;
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; ++i) {
    requests += i % 3 == 0 ? Chunked("Echo", {"{\"text\":", "\"" + std::to_string(i) + "\"}"})
                           : Post("Echo", EchoBody(std::to_string(i)));
    requests += i % 5 == 0 ? "\r\n" : "";  // an empty line too many is forgiven
  }
  std::thread sender([&] { EXPECT_TRUE(client.Send(requests)); });
  for (int i = 0; i < kCount; ++i) {
    ASSERT_EQ(client.ReadReply().body, EchoBody(std::to_string(i)));
  }
  sender.join();
}

// A session that waits for its next turn is counted among those that are still in use.
TEST(HttpServer, ClientsMayLeaveInTheMiddleOfAPipeline) {
  TestServer server;
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += Post("Echo", EchoBody(std::string(1000, 'x')));
  }
  for (int i = 0; i < 20; ++i) {
    Client client(server.port());
    ASSERT_TRUE(client.Send(requests));
    EXPECT_EQ(client.ReadReply().status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().connections == 0; }));
}

TEST(HttpServer, PipelinedRequestWaitsForAHeldOne) {
  TestServer server;
  Client client(server.port());
  ASSERT_TRUE(client.Send(Post("Hold", "{}") + Post("Echo", EchoBody("after"))));
  ASSERT_TRUE(Eventually([] { return TestServer::HeldCount() == 1; }));
  EXPECT_EQ(server.server().statistics().in_flight_requests, 1);
  TestServer::ReleaseHeld();
  EXPECT_EQ(client.ReadReply().body, "{\"held\":true}");
  EXPECT_EQ(client.ReadReply().body, EchoBody("after"));
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().in_flight_requests == 0; }));
}

TEST(HttpServer, AcceptsRequestsInTinyPieces) {
  TestServer server;
  Client client(server.port());
  for (const std::string& request :
       {Post("Echo", EchoBody("abc")), Chunked("Echo", {"{\"te", "xt\":\"a", "bc\"}"})}) {
    for (const char c : request) {
      ASSERT_TRUE(client.Send({&c, 1}));
    }
    EXPECT_EQ(client.ReadReply().body, EchoBody("abc"));
  }
}

// A connection has room for 4 KiB at first, and moves what it holds when that is full: here heads,
// bodies, chunks and the requests behind them are cut there at every place.
TEST(HttpServer, InputGrowsWithWhatComes) {
  TestServer server;
  const std::string body = EchoBody(std::string(200, 'b'));
  const std::vector<std::string> pieces = {body.substr(0, 70), body.substr(70, 100),
                                           body.substr(170)};
  const std::string chunked = Chunked("Echo", pieces);
  const size_t target = chunked.find("X-Amz-Target");
  for (size_t padding = 3500; padding < 4150; padding += 3) {
    const std::string header = "X-Padding: " + std::string(padding, 'p') + "\r\n";
    std::string padded = chunked;
    padded.insert(target, header);
    for (const std::string& first : {Post("Echo", body, header), padded}) {
      Client client(server.port());
      ASSERT_TRUE(client.Send(first + chunked + Post("Echo", EchoBody("last"))));
      ASSERT_EQ(client.ReadReply().body, body) << padding;
      ASSERT_EQ(client.ReadReply().body, body) << padding;
      ASSERT_EQ(client.ReadReply().body, EchoBody("last")) << padding;
    }
  }
}

TEST(HttpServer, CarriesLargeBodiesBothWays) {
  TestServer server;
  Client client(server.port());
  const std::string text(3'000'000, 'z');
  EXPECT_EQ(client.Exchange(Post("Echo", EchoBody(text))).body, EchoBody(text));
  EXPECT_EQ(client.Exchange(Chunked("Echo", {EchoBody(text)})).body, EchoBody(text));
  EXPECT_EQ(client.Exchange(Post("Big", "{\"size\":9000000}")).body.size(), 9'000'000u);
  EXPECT_EQ(client.Exchange(Post("Echo", EchoBody("small"))).body, EchoBody("small"));
}

TEST(HttpServer, SaysContinueBeforeTheBody) {
  TestServer server;
  Client client(server.port());
  const std::string body = EchoBody("x");
  const std::string request = Post("Echo", body, "Expect: 100-continue\r\n");
  ASSERT_TRUE(client.Send(request.substr(0, request.size() - body.size())));
  const std::string expected = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(client.ReadBytes(expected.size()), expected);
  EXPECT_EQ(client.Exchange(body).body, body);
  // With the body there already, nothing is to be said.
  EXPECT_EQ(client.Exchange(request).status, 200);
}

TEST(HttpServer, ClosesWhenAskedTo) {
  TestServer server;
  Client closing(server.port());
  const ClientReply reply = closing.Exchange(Post("Echo", "{}", "Connection: close\r\n"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(closing.AtEnd());
  Client old(server.port());
  const ClientReply old_reply = old.Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old_reply.status, 200);
  EXPECT_EQ(old_reply.Header("Connection"), "close");
  EXPECT_TRUE(old.AtEnd());
}

TEST(HttpServer, AnswersClientsThatHaveFinishedSending) {
  TestServer server;
  Client client(server.port());
  ASSERT_TRUE(client.Send(Post("Echo", EchoBody("1")) + Post("Echo", EchoBody("2"))));
  client.FinishSending();
  EXPECT_EQ(client.ReadReply().body, EchoBody("1"));
  EXPECT_EQ(client.ReadReply().body, EchoBody("2"));
  EXPECT_TRUE(client.AtEnd());
}

TEST(HttpServer, HeadOnlyGetsAHead) {
  TestServer server;
  Client client(server.port());
  ASSERT_TRUE(client.Send("HEAD / HTTP/1.1\r\n\r\n" + Post("Echo", EchoBody("next"))));
  const std::string head_reply = client.ReadBytes(20);
  EXPECT_EQ(head_reply, "HTTP/1.1 404 Not Fou");
  ClientReply rest = client.ReadReply();
  EXPECT_NE(rest.head.find("Content-Length: 29"), std::string::npos);
}

TEST(HttpServer, ExceptionsBecomeA500) {
  TestServer server;
  Client client(server.port());
  const ClientReply reply = client.Exchange(Post("Throw", "{}"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_NE(reply.body.find("#InternalFailure"), std::string::npos) << reply.body;
  EXPECT_EQ(client.Exchange(Post("Echo", EchoBody("on"))).body, EchoBody("on"));
}

TEST(HttpServer, ServesManyConnectionsOnSeveralThreads) {
  HttpOptions options;
  options.io_threads = 3;
  TestServer server(options);
  std::atomic<bool> finished{false};
  std::thread releaser([&finished] {
    while (!finished.load()) {
      TestServer::ReleaseHeld();
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&server, t] {
      Client client(server.port());
      for (int i = 0; i < 100; ++i) {
        const std::string text = std::to_string(t) + "-" + std::to_string(i);
        ASSERT_EQ(client.Exchange(Post("Echo", EchoBody(text))).body, EchoBody(text));
        if (i % 10 == 0) {
          ASSERT_TRUE(client.Send(Post("Hold", "{}")));
          ASSERT_EQ(client.ReadReply().body, "{\"held\":true}");
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  finished.store(true);
  releaser.join();
  EXPECT_EQ(server.server().statistics().requests_total, 660u);
}

TEST(HttpServer, RefusesAPortInUse) {
  TestServer server;
  SystemClock clock;
  SeededRandom random(2);
  HttpOptions options;
  options.port = server.port();
  HttpServer second(options, &clock, &random);
  EXPECT_EQ(second.Start(nullptr).code(), StatusCode::kFailedPrecondition);
  options.port = 0;
  options.host = "example.org";
  HttpServer third(options, &clock, &random);
  EXPECT_EQ(third.Start(nullptr).code(), StatusCode::kInvalidArgument);
}

TEST(IsLoopbackHost, KnowsLoopback) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "localhost", "::1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "example.org", ""}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace millrace::server
