// The HTTP server: I/O threads with their listeners and sessions. This is the only header of
// server/http that others need, beside options.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/gate/gate.h"
#include "server/http/options.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"

namespace millrace::server {

// Listen, Serve, Start, Stop and the destructor belong to one thread; the rest is thread-safe.
class HttpServer {
 public:
  // The pointers must outlive the server.
  HttpServer(const HttpOptions& options, const Clock* clock, Random* random);
  // Stops without a drain time if Stop was not called.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds the port; clients can connect, and wait for Serve. kFailedPrecondition when the port is
  // in use, kInvalidArgument for a bad address.
  Status Listen();
  // Starts the threads. After Listen. `gate` must outlive the server's threads.
  Status Serve(const Gate* gate);
  // Both.
  Status Start(const Gate* gate);
  // The port that is listened on; 0 before Listen.
  uint16_t port() const;
  // The port of HttpOptions::plain_on_loopback; 0 before Listen, or if there is none.
  uint16_t plain_port() const;

  // Stops accepting, lets requests that have begun finish, closes idle connections, waits at most
  // `drain_timeout_ms` for the others and cuts them then. Operations that are under way are always
  // waited for. Returns true when nothing had to be cut. Idempotent.
  bool Stop(int64_t drain_timeout_ms);

  HttpStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether `host` (an address or "localhost") can be reached from this machine only. False for
// anything that is not an address. Thread-safe.
bool IsLoopbackHost(const std::string& host);

}  // namespace millrace::server
