// Ports of the Runtime API over real sockets: what clients may send, in which pieces, and what
// becomes of calls when somebody leaves.
#include "server/runtime_api/loopback_ports.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "server/http/test_server.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

using streams::RuntimeCall;
using streams::RuntimePort;
using streams::RuntimePorts;

std::string Get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

std::string PostOf(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// A port whose calls to /next are kept, and all others answered with what they say.
class LoopbackPortsTest : public testing::Test {
 protected:
  void SetUp() override { thread_->Start(); }
  void TearDown() override {
    Release();
    ports_.Stop();
    thread_->Stop();
  }

  std::unique_ptr<RuntimePort> Open() {
    auto port = ports_.Open([this](std::shared_ptr<RuntimeCall> call) { Handle(std::move(call)); });
    EXPECT_TRUE(port.ok());
    return std::move(port).value();
  }

  void Handle(std::shared_ptr<RuntimeCall> call) {
    if (call->path() == "/next") {
      RuntimeCall* const kept = call.get();
      {
        MutexLock lock(&mutex_);
        kept_.push_back(std::move(call));
      }
      kept->OnGone([this] { ++gone_; });
      return;
    }
    std::string text(call->method());
    text.append(" ").append(call->path()).append(" [").append(call->body()).append("]");
    text.append(call->header("error-type"));
    call->Reply({call->too_large() ? 413 : 200,
                 {{"X-Size", std::to_string(call->body().size())}},
                 std::move(text)});
    call->Reply({500, {}, "never seen"});
  }

  size_t KeptCount() {
    MutexLock lock(&mutex_);
    return kept_.size();
  }
  // Answers the oldest call that is kept, on this thread.
  void AnswerOne(std::string body) {
    std::shared_ptr<RuntimeCall> call;
    {
      MutexLock lock(&mutex_);
      call = kept_.front();
      kept_.erase(kept_.begin());
    }
    call->Reply({200, {}, std::move(body)});
  }
  void Release() {
    std::vector<std::shared_ptr<RuntimeCall>> kept;
    MutexLock lock(&mutex_);
    kept.swap(kept_);
  }

  const std::shared_ptr<IoThread> thread_ = std::make_shared<IoThread>();
  LoopbackRuntimePorts ports_{thread_};
  Mutex mutex_;
  std::vector<std::shared_ptr<RuntimeCall>> kept_ GUARDED_BY(mutex_);
  std::atomic<int> gone_{0};
};

TEST_F(LoopbackPortsTest, AnswersAtOnceAndKeepsTheConnection) {
  const auto port = Open();
  Client client(port->port());
  for (int i = 0; i < 3; ++i) {
    const ClientReply reply = client.Exchange(PostOf("/a", "body"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /a [body]");
    EXPECT_EQ(reply.Header("X-Size"), "4");
  }
}

TEST_F(LoopbackPortsTest, AnswersLaterFromAnotherThread) {
  const auto port = Open();
  Client client(port->port());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(client.Send(Get("/next")));
    ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
    AnswerOne("event " + std::to_string(i));
    EXPECT_EQ(client.ReadReply().body, "event " + std::to_string(i));
    EXPECT_EQ(client.Exchange(PostOf("/r", "done")).body, "POST /r [done]");
  }
  EXPECT_EQ(gone_, 0);
}

TEST_F(LoopbackPortsTest, RequestsSentAheadWaitForTheirTurn) {
  const auto port = Open();
  Client client(port->port());
  ASSERT_TRUE(client.Send(Get("/next") + PostOf("/b", "two") + Get("/next") + Get("/d")));
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  AnswerOne("one");
  EXPECT_EQ(client.ReadReply().body, "one");
  EXPECT_EQ(client.ReadReply().body, "POST /b [two]");
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  AnswerOne("three");
  EXPECT_EQ(client.ReadReply().body, "three");
  EXPECT_EQ(client.ReadReply().body, "GET /d []");
}

TEST_F(LoopbackPortsTest, MoreSentAheadThanFits) {
  const auto port = Open();
  Client client(port->port());
  const std::string body(20'000, 'b');
  std::thread sender([&] {
    EXPECT_TRUE(client.Send(Get("/next")));
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(client.Send(PostOf("/b", body)));
    }
  });
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  AnswerOne("one");
  EXPECT_EQ(client.ReadReply().body, "one");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.ReadReply().body.size(), body.size() + 10);
  }
  sender.join();
}

TEST_F(LoopbackPortsTest, RequestsInSingleBytes) {
  const auto port = Open();
  Client client(port->port());
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nError-Type: Late\r\n\r\n";
  for (const std::string& request : {PostOf("/a", "body"), chunked, Get("/e")}) {
    for (const char byte : request) {
      ASSERT_TRUE(client.Send({&byte, 1}));
    }
  }
  EXPECT_EQ(client.ReadReply().body, "POST /a [body]");
  EXPECT_EQ(client.ReadReply().body, "POST /c [abcdefgh]Late");
  EXPECT_EQ(client.ReadReply().body, "GET /e []");
}

TEST_F(LoopbackPortsTest, TheLargestBody) {
  const auto port = Open();
  Client client(port->port());
  const std::string body(RuntimePorts::kBodySizeMax, 'm');
  const ClientReply reply = client.Exchange(PostOf("/m", body));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Header("X-Size"), std::to_string(body.size()));
  EXPECT_EQ(reply.body.size(), body.size() + 10);
}

TEST_F(LoopbackPortsTest, LargerBodiesAreReadAndNotKept) {
  const auto port = Open();
  Client client(port->port());
  const std::string body(RuntimePorts::kBodySizeMax + 1, 'm');
  EXPECT_EQ(client.Exchange(PostOf("/m", body)).status, 413);
  std::string chunks = "POST /m HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 7; ++i) {
    chunks += "100000\r\n" + std::string(0x100000, 'c') + "\r\n";
  }
  const ClientReply reply = client.Exchange(chunks + "0\r\n\r\n");
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.Header("X-Size"), "0");
  EXPECT_EQ(client.Exchange(PostOf("/a", "body")).body, "POST /a [body]");
}

TEST_F(LoopbackPortsTest, AReplyThatDoesNotFitTheSocket) {
  const auto port = Open();
  Client client(port->port());
  const std::string event(6'000'000, 'e');
  ASSERT_TRUE(client.Send(Get("/next") + Get("/after")));
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  AnswerOne(event);
  EXPECT_EQ(client.ReadReply().body, event);
  EXPECT_EQ(client.ReadReply().body, "GET /after []");
}

TEST_F(LoopbackPortsTest, WaitsForPermissionToSend) {
  const auto port = Open();
  Client client(port->port());
  ASSERT_TRUE(client.Send(
      "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
  EXPECT_EQ(client.ReadReply().status, 100);
  EXPECT_EQ(client.Exchange("body").body, "POST /a [body]");
}

TEST_F(LoopbackPortsTest, ClosesWhenTheClientWantsThat) {
  const auto port = Open();
  Client old_client(port->port());
  EXPECT_EQ(old_client.Exchange("GET /a HTTP/1.0\r\n\r\n").body, "GET /a []");
  EXPECT_TRUE(old_client.AtEnd());
  Client client(port->port());
  const ClientReply reply = client.Exchange(Get("/a", "Connection: close\r\n"));
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(LoopbackPortsTest, RefusesWhatIsNotHttp) {
  const auto port = Open();
  for (const std::string& text :
       {std::string("\x16\x03\x01"), std::string("GET\n\n"), std::string("GET / HTTP/9\r\n\r\n"),
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n" + std::string()}) {
    Client client(port->port());
    EXPECT_EQ(client.Exchange(text).status, 400) << text;
    EXPECT_TRUE(client.AtEnd());
  }
  Client client(port->port());
  EXPECT_EQ(client.Exchange(Get("/", "X: " + std::string(17'000, 'x') + "\r\n")).status, 431);
  Client broken(port->port());
  EXPECT_EQ(
      broken.Exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n").status,
      400);
}

TEST_F(LoopbackPortsTest, NoticesClientsThatGo) {
  const auto port = Open();
  {
    Client client(port->port());
    ASSERT_TRUE(client.Send(Get("/next")));
    ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
    Client halfway(port->port());
    ASSERT_TRUE(halfway.Send("POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nhal"));
    Client silent(port->port());
  }
  EXPECT_TRUE(Eventually([this] { return gone_ == 1; }));
  AnswerOne("nobody hears this");
  // Those that come too late to be told are told at once.
  Client client(port->port());
  ASSERT_TRUE(client.Send(Get("/next")));
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  AnswerOne("heard");
  EXPECT_EQ(client.ReadReply().body, "heard");
  EXPECT_EQ(gone_, 1);
}

TEST_F(LoopbackPortsTest, CallsThatNobodyAnswersEndTheirConnection) {
  const auto port = Open();
  Client client(port->port());
  ASSERT_TRUE(client.Send(Get("/next")));
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  Release();
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(LoopbackPortsTest, AClosedPortTakesNothing) {
  auto port = Open();
  const uint16_t number = port->port();
  Client waiting(number);
  ASSERT_TRUE(waiting.Send(Get("/next")));
  ASSERT_TRUE(Eventually([this] { return KeptCount() == 1; }));
  Client idle(number);
  port.reset();
  EXPECT_TRUE(waiting.AtEnd());
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_TRUE(Eventually([number] { return !Client(number).connected(); }));
  AnswerOne("too late");
  EXPECT_EQ(gone_, 0);  // the owner of the port knows
}

TEST_F(LoopbackPortsTest, AHandlerMayCloseItsPort) {
  std::promise<std::unique_ptr<RuntimePort>> opened;
  std::promise<void> closed;
  auto port = ports_.Open([&](std::shared_ptr<RuntimeCall> call) {
    call->Reply({202, {}, "bye"});
    opened.get_future().get().reset();
    closed.set_value();
  });
  ASSERT_TRUE(port.ok());
  const uint16_t number = port.value()->port();
  opened.set_value(std::move(port).value());
  Client client(number);
  EXPECT_EQ(client.Exchange(PostOf("/a", "x")).status, 202);
  EXPECT_TRUE(client.AtEnd());
  closed.get_future().wait();
}

TEST_F(LoopbackPortsTest, NoHandlerRunsBehindTheEndOfItsPort) {
  for (int round = 0; round < 30; ++round) {
    std::atomic<bool> ended{false};
    std::atomic<int> late{0};
    auto opened = ports_.Open([&](std::shared_ptr<RuntimeCall> call) {
      std::this_thread::yield();
      late += ended ? 1 : 0;
      call->Reply({200, {}, "x"});
    });
    ASSERT_TRUE(opened.ok());
    std::unique_ptr<RuntimePort> port = std::move(opened).value();
    const uint16_t number = port->port();
    std::thread sender([number] {
      Client client(number);
      while (client.Exchange(Get("/a")).status == 200) {
      }
    });
    std::this_thread::yield();
    port.reset();
    ended = true;
    sender.join();
    EXPECT_EQ(late, 0);
  }
}

TEST_F(LoopbackPortsTest, ManyPortsAndThreads) {
  constexpr int kPorts = 100;
  constexpr int kRounds = 20;
  std::vector<std::unique_ptr<RuntimePort>> open;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kPorts; ++i) {
    open.push_back(Open());
    clients.push_back(std::make_unique<Client>(open.back()->port()));
  }
  std::atomic<bool> done{false};
  std::thread answerer([&] {
    while (!done) {
      if (KeptCount() > 0) {
        AnswerOne("event");
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& client : clients) {
      ASSERT_TRUE(client->Send(Get("/next") + PostOf("/r", "ok")));
    }
    for (const auto& client : clients) {
      ASSERT_EQ(client->ReadReply().body, "event");
      ASSERT_EQ(client->ReadReply().body, "POST /r [ok]");
    }
  }
  done = true;
  answerer.join();
}

TEST_F(LoopbackPortsTest, StopsWithOpenCallsAndRacingReplies) {
  for (int round = 0; round < 20; ++round) {
    const auto thread = std::make_shared<IoThread>();
    thread->Start();
    auto ports = std::make_unique<LoopbackRuntimePorts>(thread);
    auto opened =
        ports->Open([this](std::shared_ptr<RuntimeCall> call) { Handle(std::move(call)); });
    ASSERT_TRUE(opened.ok());
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<Client>(opened.value()->port()));
      ASSERT_TRUE(clients.back()->Send(Get("/next")));
    }
    ASSERT_TRUE(Eventually([this] { return KeptCount() == 8; }));
    std::thread replier([this] {
      for (int i = 0; i < 8; ++i) {
        AnswerOne(std::string(300'000, 'x'));
      }
    });
    ports->Stop();
    thread->Stop();
    replier.join();
    EXPECT_FALSE(ports->Open([](std::shared_ptr<RuntimeCall>) {}).ok());
  }
}

}  // namespace
}  // namespace millrace::server
