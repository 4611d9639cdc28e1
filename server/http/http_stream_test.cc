// Replies that are produced over time: pieces, bounds, clients that do not read or go away, drain.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/test_server.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

constexpr char kGetFeed[] = "GET /feed HTTP/1.1\r\nHost: x\r\n\r\n";

// What the streams of a test send, and what has become of them.
class Feed {
 public:
  void Push(std::string_view bytes, bool end = false) EXCLUDES(mutex_);
  // From now on there is always more.
  void MakeEndless() EXCLUDES(mutex_);
  uint64_t produced() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return produced_;
  }
  int open_count() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return static_cast<int>(streams_.size());
  }
  std::vector<Route> Routes() {
    return {{"GET", "/feed", false, 0, [this](Exchange* exchange) {
               exchange->content_type = "text/plain";
               exchange->FinishStreaming(std::make_unique<Stream>(this, exchange->home));
             }}};
  }

 private:
  class Stream final : public BodyStream, private Task {
   public:
    Stream(Feed* feed, TaskQueue* home) : feed_(feed), home_(home) {}
    void Start(Owner* owner) override;
    Outcome Produce(size_t size_max, std::string* out) override;
    void KeepAlive(std::string* out) override { out->append("keep"); }
    bool Close() override;

   private:
    friend class Feed;
    void Run() override;

    Feed* const feed_;
    TaskQueue* const home_;
    Owner* owner_ = nullptr;
    size_t taken_ = 0;  // the rest are guarded by the feed's mutex
    bool waiting_ = false;
    bool posted_ = false;
    bool closed_ = false;
  };

  void Wake() REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::string bytes_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  bool endless_ GUARDED_BY(mutex_) = false;
  uint64_t produced_ GUARDED_BY(mutex_) = 0;
  std::vector<Stream*> streams_ GUARDED_BY(mutex_);
};

void Feed::Push(std::string_view bytes, bool end) {
  MutexLock lock(&mutex_);
  bytes_.append(bytes);
  ended_ = end;
  Wake();
}

void Feed::MakeEndless() {
  MutexLock lock(&mutex_);
  endless_ = true;
  Wake();
}

void Feed::Wake() {
  for (Stream* const stream : streams_) {
    if (stream->waiting_ && !stream->posted_) {
      stream->posted_ = true;
      stream->home_->PostOne(stream);
    }
  }
}

void Feed::Stream::Start(Owner* owner) {
  MutexLock lock(&feed_->mutex_);
  owner_ = owner;
  feed_->streams_.push_back(this);
}

BodyStream::Outcome Feed::Stream::Produce(size_t size_max, std::string* out) {
  MutexLock lock(&feed_->mutex_);
  if (feed_->endless_) {
    out->append(size_max, 'x');
    feed_->produced_ += size_max;
    return Outcome::kMore;
  }
  const std::string_view piece = std::string_view(feed_->bytes_).substr(taken_, size_max);
  out->append(piece);
  taken_ += piece.size();
  if (taken_ < feed_->bytes_.size()) {
    return Outcome::kMore;
  }
  waiting_ = !feed_->ended_;
  return waiting_ ? Outcome::kWait : Outcome::kEnd;
}

bool Feed::Stream::Close() {
  MutexLock lock(&feed_->mutex_);
  closed_ = true;
  std::erase(feed_->streams_, this);
  return !posted_;
}

void Feed::Stream::Run() {
  bool closed = false;
  {
    MutexLock lock(&feed_->mutex_);
    posted_ = waiting_ = false;
    closed = closed_;
  }
  if (closed) {
    owner_->StreamClosed();
  } else {
    owner_->StreamReady();
  }
}

// Reads the head of a reply that has no Content-Length.
std::string ReadHead(Client* client) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = client->ReadBytes(1);
    if (byte.empty()) {
      break;
    }
    head += byte;
  }
  return head;
}

// Reads one chunk: "" for the last one, nothing if the connection ends.
std::optional<std::string> ReadChunk(Client* client) {
  std::string line;
  while (!line.ends_with("\r\n")) {
    const std::string byte = client->ReadBytes(1);
    if (byte.empty()) {
      return std::nullopt;
    }
    line += byte;
  }
  const size_t size = std::stoul(line, nullptr, 16);
  const std::string chunk = client->ReadBytes(size);
  return client->ReadBytes(2) == "\r\n" ? std::optional(chunk) : std::nullopt;
}

TEST(HttpStream, SendsPiecesAsTheyCome) {
  Feed feed;
  TestServer server({}, nullptr, feed.Routes());
  Client client(server.port());
  ASSERT_TRUE(client.Send(kGetFeed));
  const std::string head = ReadHead(&client);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nConnection: close\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  ASSERT_TRUE(Eventually([&] { return feed.open_count() == 1; }));
  EXPECT_EQ(server.server().statistics().streams, 1);
  EXPECT_EQ(server.server().statistics().in_flight_requests, 0);
  feed.Push("first");
  EXPECT_EQ(ReadChunk(&client), "first");
  feed.Push("second");
  EXPECT_EQ(ReadChunk(&client), "second");
  feed.Push("", true);
  EXPECT_EQ(ReadChunk(&client), "");
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().connections == 0; }));
  EXPECT_EQ(server.server().statistics().streams, 0);
  EXPECT_EQ(feed.open_count(), 0);
}

TEST(HttpStream, LongBodiesComeWhole) {
  Feed feed;
  std::string text;
  for (int i = 0; i < 400'000; ++i) {
    text += std::to_string(i);
  }
  feed.Push(text, true);
  TestServer server({}, nullptr, feed.Routes());
  Client client(server.port());
  ASSERT_TRUE(client.Send(kGetFeed));
  ReadHead(&client);
  std::string received;
  for (std::optional<std::string> chunk = ReadChunk(&client); chunk.has_value() && *chunk != "";
       chunk = ReadChunk(&client)) {
    EXPECT_LE(chunk->size(), size_t{64} << 10);
    received += *chunk;
  }
  EXPECT_TRUE(received == text);
  EXPECT_TRUE(client.AtEnd());
}

TEST(HttpStream, OldClientsReadToTheEndOfTheConnection) {
  Feed feed;
  feed.Push("all of it", true);
  TestServer server({}, nullptr, feed.Routes());
  Client client(server.port());
  ASSERT_TRUE(client.Send("GET /feed HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(ReadHead(&client).find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(client.ReadBytes(100), "all of it");
}

TEST(HttpStream, ClientThatNeverReadsCostsLittleAndIsCut) {
  Feed feed;
  feed.MakeEndless();
  HttpOptions options;
  options.write_timeout_ms = 100;
  TestServer server(options, nullptr, feed.Routes());
  Client client(server.port());
  ASSERT_TRUE(client.Send(kGetFeed));
  ASSERT_TRUE(Eventually([&] { return server.server().statistics().timeouts_total == 1; }));
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().streams == 0; }));
  EXPECT_EQ(feed.open_count(), 0);
  // What the kernel buffers on both sides, and one piece.
  EXPECT_LT(feed.produced(), uint64_t{32} << 20);
}

TEST(HttpStream, NoticesThatTheClientIsGone) {
  Feed feed;
  TestServer server({}, nullptr, feed.Routes());
  {
    Client client(server.port());
    ASSERT_TRUE(client.Send(kGetFeed));
    ReadHead(&client);
    ASSERT_TRUE(Eventually([&] { return feed.open_count() == 1; }));
    ASSERT_TRUE(client.Send("whatever this is, nobody asked for it"));
  }
  EXPECT_TRUE(Eventually([&] { return feed.open_count() == 0; }));
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().streams == 0; }));
}

TEST(HttpStream, ClientsThatLeaveWhileTheyAreWoken) {
  Feed feed;
  HttpOptions options;
  options.io_threads = 2;
  TestServer server(options, nullptr, feed.Routes());
  for (int round = 0; round < 200; ++round) {
    Client client(server.port());
    ASSERT_TRUE(client.Send(kGetFeed));
    ReadHead(&client);
    std::thread pushing([&] { feed.Push("x"); });
    if (round % 2 == 0) {
      client.FinishSending();
    }
    pushing.join();
  }
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().streams == 0; }));
  EXPECT_EQ(feed.open_count(), 0);
}

TEST(HttpStream, DrainEndsStreamsAtOnce) {
  Feed feed;
  TestServer server({}, nullptr, feed.Routes());
  Client idle(server.port());
  ASSERT_TRUE(idle.Send(kGetFeed));
  ReadHead(&idle);
  EXPECT_TRUE(server.server().Stop(10'000));
  EXPECT_EQ(ReadChunk(&idle), "");
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_EQ(feed.open_count(), 0);
}

TEST(HttpStream, DrainDoesNotWaitForClientsThatDoNotRead) {
  Feed feed;
  feed.MakeEndless();
  TestServer server({}, nullptr, feed.Routes());
  Client stuck(server.port());
  ASSERT_TRUE(stuck.Send(kGetFeed));
  uint64_t before = 0;
  // Until nothing more fits.
  ASSERT_TRUE(Eventually([&] {
    const uint64_t now = feed.produced();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return now > 0 && std::exchange(before, now) == now;
  }));
  EXPECT_TRUE(server.server().Stop(10'000));
  EXPECT_EQ(feed.open_count(), 0);
}

TEST(HttpStream, HaveABoundOfTheirOwn) {
  Feed feed;
  HttpOptions options;
  options.streams_max = 1;
  TestServer server(options, nullptr, feed.Routes());
  {
    Client first(server.port());
    ASSERT_TRUE(first.Send(kGetFeed));
    ReadHead(&first);
    Client second(server.port());
    const ClientReply refused = second.Exchange(kGetFeed);
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("\"error\""), std::string::npos);
    EXPECT_EQ(second.Exchange(Post("Echo", "{\"text\":\"a\"}")).status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return server.server().statistics().streams == 0; }));
  Client third(server.port());
  ASSERT_TRUE(third.Send(kGetFeed));
  EXPECT_TRUE(ReadHead(&third).starts_with("HTTP/1.1 200"));
}

TEST(HttpStream, SilenceIsNotIdleness) {
  Feed feed;
  ManualClock clock(0);
  TestServer server({}, &clock, feed.Routes());
  Client client(server.port());
  ASSERT_TRUE(client.Send(kGetFeed));
  ReadHead(&client);
  // Time passes from here on, and more of it than any connection may wait.
  std::atomic<bool> done{false};
  std::thread time([&] {
    while (!done.load()) {
      clock.AdvanceMs(1000);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  int kept = 0;
  while (kept < 20 && ReadChunk(&client) == "keep") {
    ++kept;
  }
  done.store(true);
  time.join();
  EXPECT_EQ(kept, 20);
  EXPECT_GT(clock.NowMs(), 2 * HttpOptions().idle_timeout_ms);
  feed.Push("still here");
  std::optional<std::string> chunk = ReadChunk(&client);
  while (chunk == "keep") {
    chunk = ReadChunk(&client);
  }
  EXPECT_EQ(chunk, "still here");
}

TEST(HttpStream, OthersGetTheirTurn) {
  Feed feed;
  feed.MakeEndless();
  TestServer server({}, nullptr, feed.Routes());  // one I/O thread
  auto greedy = std::make_unique<Client>(server.port());
  ASSERT_TRUE(greedy->Send(kGetFeed));
  std::thread reading([&] {
    while (!greedy->ReadBytes(1 << 20).empty()) {
    }
  });
  ASSERT_TRUE(Eventually([&] { return feed.produced() > (uint64_t{8} << 20); }));
  Client other(server.port());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(other.Exchange(Post("Echo", "{\"text\":\"a\"}")).status, 200);
  }
  EXPECT_TRUE(server.server().Stop(10'000));
  reading.join();
}

}  // namespace
}  // namespace millrace::server
