// The HTTP client against a server of raw sockets, which answers what each test tells it to.
#include "server/runtime_api/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "server/http/listening_socket.h"
#include "server/http/test_server.h"
#include "server/runtime_api/http_url.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

using streams::HttpAnswer;
using streams::HttpPost;

// Takes connections on a free port; each is served by a thread, which gives every whole request to
// `answer` and sends what that returns. An empty answer closes the connection.
class RawServer {
 public:
  using Answer = std::function<std::string(const std::string& head, const std::string& body)>;

  explicit RawServer(Answer answer) : answer_(std::move(answer)) {
    descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(descriptor_, 64), 0);
    accepter_ = std::thread([this] { Accept(); });
  }

  ~RawServer() {
    shutdown(descriptor_, SHUT_RDWR);
    accepter_.join();
    for (const int connection : connections_) {
      shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    for (const int connection : connections_) {
      close(connection);
    }
    close(descriptor_);
  }

  std::string Url(const std::string& target = "/f") const {
    return "http://127.0.0.1:" + std::to_string(BoundPort(descriptor_)) + target;
  }
  int accepted() const { return accepted_; }

 private:
  void Accept() {
    while (true) {
      const int connection = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) {
        return;
      }
      ++accepted_;
      connections_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    std::string input;
    while (true) {
      size_t head_end = 0;
      size_t size = 0;
      while (true) {
        head_end = input.find("\r\n\r\n");
        if (head_end != std::string::npos) {
          size = std::strtoul(input.c_str() + input.find("Content-Length: ") + 16, nullptr, 10);
          if (input.size() >= head_end + 4 + size) {
            break;
          }
        }
        char bytes[65536];
        const ssize_t count = recv(connection, bytes, sizeof(bytes), 0);
        if (count <= 0) {
          return;
        }
        input.append(bytes, static_cast<size_t>(count));
      }
      const std::string answer =
          answer_(input.substr(0, head_end + 4), input.substr(head_end + 4, size));
      input.erase(0, head_end + 4 + size);
      if (answer.empty()) {
        shutdown(connection, SHUT_RDWR);
        return;
      }
      for (size_t sent = 0; sent < answer.size();) {
        const ssize_t count =
            send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
          return;
        }
        sent += static_cast<size_t>(count);
      }
      if (answer.find("Connection: close") != std::string::npos) {
        shutdown(connection, SHUT_RDWR);
        return;
      }
    }
  }

  const Answer answer_;
  int descriptor_ = -1;
  std::atomic<int> accepted_{0};
  std::thread accepter_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
};

// What a server answers, which the test changes while it runs. Thread-safe.
class Form {
 public:
  void operator=(std::string text) {
    MutexLock lock(&mutex_);
    text_ = std::move(text);
  }
  std::string text() {
    MutexLock lock(&mutex_);
    return text_;
  }

 private:
  Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);
};

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nX-Kind: Plain\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() { Begin({}); }
  ~HttpClientTest() override { End(); }

  void Begin(const HttpClientOptions& options) {
    thread_ = std::make_shared<IoThread>();
    client_ = std::make_unique<HttpClient>(thread_, SystemClock::Instance(), options);
    thread_->Start();
  }
  void End() {
    client_->Stop();
    thread_->Stop();
  }
  void Restart(const HttpClientOptions& options) {
    End();
    Begin(options);
  }

  std::future<Result<HttpAnswer>> Post(const std::string& url, const std::string& body,
                                       int64_t timeout_ms = 10'000) {
    auto promise = std::make_shared<std::promise<Result<HttpAnswer>>>();
    HttpPost post;
    post.url = url;
    post.headers = {{"Content-Type", "application/json"}};
    post.body = std::make_shared<const std::string>(body);
    post.timeout_ms = timeout_ms;
    client_->Post(std::move(post),
                  [promise](Result<HttpAnswer> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  StatusCode CodeOf(const std::string& url, const std::string& body = "x",
                    int64_t timeout_ms = 10'000) {
    return Post(url, body, timeout_ms).get().status().code();
  }

  std::shared_ptr<IoThread> thread_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, PostsAndKeepsTheConnection) {
  std::atomic<bool> headers_right{true};
  RawServer server([&](const std::string& head, const std::string& body) {
    headers_right = headers_right && head.starts_with("POST /f?a=b HTTP/1.1\r\nHost: 127.0.0.1:") &&
                    head.find("Content-Type: application/json\r\n") != std::string::npos;
    return Ok("got " + body);
  });
  for (int i = 0; i < 5; ++i) {
    const Result<HttpAnswer> answer = Post(server.Url("/f?a=b"), std::to_string(i)).get();
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer.value().status, 200);
    EXPECT_EQ(answer.value().body, "got " + std::to_string(i));
    EXPECT_EQ(answer.value().Header("x-kind"), "Plain");
  }
  EXPECT_TRUE(headers_right);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(HttpClientTest, UnderstandsTheFormsOfBodies) {
  Form form;
  RawServer server([&](const std::string&, const std::string&) { return form.text(); });
  form =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  EXPECT_EQ(Post(server.Url(), "").get().value().body, "abcde");
  form = "HTTP/1.1 204 No Content\r\n\r\n";
  EXPECT_EQ(Post(server.Url(), "").get().value().status, 204);
  EXPECT_EQ(server.accepted(), 1);
  form = "HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\nuntil the end";
  EXPECT_EQ(Post(server.Url(), "").get().value().body, "until the end");
  form = Ok("new connection");
  EXPECT_EQ(Post(server.Url(), "").get().value().body, "new connection");
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientTest, LargeBodiesBothWays) {
  RawServer server([](const std::string&, const std::string& body) { return Ok(body); });
  const std::string body(streams::HttpPoster::kBodySizeMax, 'b');
  const Result<HttpAnswer> answer = Post(server.Url(), body).get();
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer.value().body, body);
  EXPECT_EQ(CodeOf(server.Url(), body + "b"), StatusCode::kResourceExhausted);
}

TEST_F(HttpClientTest, TellsWhyThereIsNoAnswer) {
  EXPECT_EQ(CodeOf("https://localhost/"), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("http://no-such-host.invalid/"), StatusCode::kIoError);
  Form form;
  std::string url;
  {
    RawServer server([&](const std::string&, const std::string&) { return form.text(); });
    url = server.Url();
    EXPECT_EQ(CodeOf(url), StatusCode::kIoError);  // it closes
    form = "SMTP\r\n\r\n";
    EXPECT_EQ(CodeOf(url), StatusCode::kIoError);
    form = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nhalf";
    EXPECT_EQ(CodeOf(url), StatusCode::kIoError);
  }
  EXPECT_EQ(CodeOf(url), StatusCode::kIoError);  // nobody listens
}

TEST_F(HttpClientTest, WaitsNoLongerThanTold) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  RawServer server([&](const std::string&, const std::string& body) {
    if (body == "slow") {
      released.wait();
    }
    return Ok(body);
  });
  EXPECT_EQ(CodeOf(server.Url(), "slow", 20), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Post(server.Url(), "quick").get().value().body, "quick");
  release.set_value();
}

TEST_F(HttpClientTest, BoundsConnectionsAndPosts) {
  HttpClientOptions options;
  options.connections_per_host_max = 2;
  options.posts_max = 6;
  Restart(options);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  RawServer server([&](const std::string&, const std::string& body) {
    released.wait();
    return Ok(body);
  });
  std::vector<std::future<Result<HttpAnswer>>> posts;
  for (int i = 0; i < 6; ++i) {
    posts.push_back(Post(server.Url(), std::to_string(i)));
  }
  EXPECT_EQ(CodeOf(server.Url()), StatusCode::kResourceExhausted);
  release.set_value();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(posts[static_cast<size_t>(i)].get().value().body, std::to_string(i));
  }
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientTest, StopsWithPostsUnderWay) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  RawServer server([&](const std::string&, const std::string& body) {
    released.wait();
    return Ok(body);
  });
  std::future<Result<HttpAnswer>> post = Post(server.Url(), "x");
  ASSERT_TRUE(Eventually([&] { return server.accepted() == 1; }));
  client_->Stop();
  EXPECT_EQ(post.get().status().code(), StatusCode::kShuttingDown);
  EXPECT_EQ(CodeOf(server.Url()), StatusCode::kShuttingDown);
  release.set_value();
}

TEST(HttpUrlTest, TakesUrlsApart) {
  const HttpUrl url = ParseHttpUrl("http://host.example:8080/a/b?c=d#e").value();
  EXPECT_EQ(url.host, "host.example");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.authority, "host.example:8080");
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(ParseHttpUrl("http://h?x").value().target, "/?x");
  EXPECT_EQ(ParseHttpUrl("http://[::1]:9/").value().host, "::1");
  EXPECT_EQ(ParseHttpUrl("http://h").value().port, 80);
  for (const char* const bad : {"", "h", "https://h/", "http://", "http:///a", "http://h:0/",
                                "http://h:70000/", "http://h:1x/", "http://u@h/", "http://[::1/",
                                "http://h/a b", "http://h/a\r\nX: y", "http://[::1]x/"}) {
    EXPECT_FALSE(ParseHttpUrl(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace millrace::server
