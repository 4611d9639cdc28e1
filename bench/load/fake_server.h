// A tiny HTTP server for the tests of this folder: it answers every request through a function.

#pragma once

#include <functional>
#include <string>
#include <thread>

namespace millrace::bench {

/// Listens on a free loopback port and serves all connections from one thread.
class FakeServer {
 public:
  /// What to answer.
  struct Answer {
    int status = 200;
    std::string body = {};
    /// Close the connection instead of answering.
    bool closes = false;
  };

  /// Gets the head and body of a request as one text. Runs on the server's thread.
  using Handler = std::function<Answer(const std::string& request)>;

  /// Starts serving.
  explicit FakeServer(Handler handler);

  /// Stops, and waits for the thread.
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  /// Where it listens, like "http://127.0.0.1:8000".
  const std::string& url() const { return url_; }

 private:
  void Serve();

  Handler handler_;
  std::string url_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::thread thread_;
};

}  // namespace millrace::bench
