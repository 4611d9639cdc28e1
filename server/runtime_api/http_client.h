// An HTTP client for posting events to functions that run behind a URL. Connections are kept and
// used again; everything happens on one I/O thread, names of hosts apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/http/io_thread.h"
#include "storage/base/clock.h"
#include "streams/invoke/http_poster.h"

namespace millrace::server {

struct HttpClientOptions {
  size_t connections_per_host_max = 256;
  size_t idle_connections_per_host_max = 32;
  size_t posts_max = 4096;            // begun and not answered
  int64_t name_lifetime_ms = 10'000;  // how long an address that was looked up is used
  int64_t sweep_period_ms = 50;       // how exact timeouts are
};

// Thread-safe, apart from Stop.
class HttpClient final : public streams::HttpPoster {
 public:
  // `clock` measures timeouts; it outlives the client.
  HttpClient(std::shared_ptr<IoThread> thread, const Clock* clock,
             const HttpClientOptions& options);
  ~HttpClient() override;

  void Post(streams::HttpPost post, Done done) override;

  // Answers everything that is under way with kShuttingDown, as it does with everything that comes
  // later, and waits until nothing is left on the thread, which must be running. Before the thread
  // is stopped. Idempotent.
  void Stop();

 private:
  class Core;
  const std::shared_ptr<Core> core_;
};

}  // namespace millrace::server
