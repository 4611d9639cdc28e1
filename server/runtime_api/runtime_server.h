// The sockets of functions as a whole, for the wiring: one I/O thread, the ports on it, and the
// client that posts to functions behind URLs.
#pragma once

#include <memory>

#include "server/http/io_thread.h"
#include "server/runtime_api/http_client.h"
#include "server/runtime_api/loopback_ports.h"
#include "storage/base/clock.h"

namespace millrace::server {

// Start and Stop belong to one thread; the rest is thread-safe.
class RuntimeServer {
 public:
  // `clock` measures timeouts; it outlives the object.
  explicit RuntimeServer(const Clock* clock) : client_(thread_, clock, HttpClientOptions()) {}
  // Stops.
  ~RuntimeServer() { Stop(); }
  RuntimeServer(const RuntimeServer&) = delete;
  RuntimeServer& operator=(const RuntimeServer&) = delete;

  // Before the first port is opened.
  void Start() {
    thread_->Start();
    running_ = true;
  }
  // Closes everything; when nobody opens ports or posts any more. Idempotent.
  void Stop() {
    if (running_) {
      running_ = false;
      ports_.Stop();
      client_.Stop();
      thread_->Stop();
    }
  }

  LoopbackRuntimePorts* ports() { return &ports_; }
  HttpClient* client() { return &client_; }

 private:
  const std::shared_ptr<IoThread> thread_ = std::make_shared<IoThread>();
  bool running_ = false;
  LoopbackRuntimePorts ports_{thread_};
  HttpClient client_;
};

}  // namespace millrace::server
