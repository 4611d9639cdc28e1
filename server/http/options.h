// Settings, shared bounds and figures of the HTTP server.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::server {

class TlsContext;

struct HttpOptions {
  std::string host = "127.0.0.1";  // an address, or "localhost"
  uint16_t port = 8000;            // 0: any free one
  // Connections speak TLS; loaded, and outlives the server. nullptr: they do not.
  const TlsContext* tls = nullptr;
  // A free port of 127.0.0.1 beside it, without TLS, for processes of this machine.
  bool plain_on_loopback = false;
  int io_threads = 1;

  int64_t connections_max = 10000;
  int64_t in_flight_requests_max = 10000;  // over all connections, from the head to the reply's end
  int64_t in_flight_bytes_max = int64_t{512} << 20;  // what their bodies and replies hold

  int64_t streams_max = 1000;  // replies that are produced over time

  int64_t idle_timeout_ms = 120'000;          // between requests
  int64_t head_timeout_ms = 15'000;           // from the first byte of a head to its end
  int64_t body_grace_ms = 15'000;             // a body may take this long, and beside it
  int64_t body_bytes_per_second_min = 1024;   // one second for each so many bytes received
  int64_t write_timeout_ms = 30'000;          // without any progress, and beside
  int64_t reply_bytes_per_second_min = 1024;  // one second for each so many bytes sent
  int64_t stream_keep_alive_ms = 15'000;      // a stream with nothing to say says so this often
  int64_t linger_timeout_ms = 3'000;          // for the peer to read a last reply
  int64_t sweep_period_ms = 1'000;            // how often timeouts are looked at
};

// What all connections of the server use together, with its bounds. Thread-safe.
class Admission {
 public:
  explicit Admission(const HttpOptions& options)
      : connections_max_(options.connections_max),
        requests_max_(options.in_flight_requests_max),
        bytes_max_(options.in_flight_bytes_max),
        streams_max_(options.streams_max) {}

  // Each counts, and says whether the bound was kept; what was counted must be given back either
  // way, except bytes, of which none are counted if not all fit. An eighth of these is for small
  // requests alone, so that large ones do not lock them out.
  bool AddConnection() { return Add(&connections_, 1, connections_max_); }
  bool AddRequest() { return Add(&requests_, 1, requests_max_); }
  bool AddBytes(int64_t bytes, bool large) {
    const int64_t present_max = BytesMax(large) - bytes;
    int64_t present = bytes_.load(std::memory_order_relaxed);
    do {
      if (present > present_max) {
        return false;
      }
    } while (!bytes_.compare_exchange_weak(present, present + bytes, std::memory_order_relaxed));
    return true;
  }
  // Whether so many bytes of a large request could be counted now.
  bool HasRoomFor(uint64_t bytes) const {
    return static_cast<int64_t>(bytes) <= BytesMax(true) - bytes_.load(std::memory_order_relaxed);
  }
  bool AddStream() { return Add(&streams_, 1, streams_max_); }
  void RemoveStream() { streams_.fetch_sub(1, std::memory_order_relaxed); }
  void RemoveConnection() { connections_.fetch_sub(1, std::memory_order_relaxed); }
  void RemoveRequest(int64_t bytes) {
    requests_.fetch_sub(1, std::memory_order_relaxed);
    if (bytes != 0) {
      bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    }
  }

  int64_t connections_max() const { return connections_max_; }
  int64_t connections() const { return connections_.load(std::memory_order_relaxed); }
  int64_t requests() const { return requests_.load(std::memory_order_relaxed); }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t streams() const { return streams_.load(std::memory_order_relaxed); }

 private:
  static bool Add(std::atomic<int64_t>* counter, int64_t by, int64_t max) {
    return counter->fetch_add(by, std::memory_order_relaxed) + by <= max;
  }

  int64_t BytesMax(bool large) const { return large ? bytes_max_ - bytes_max_ / 8 : bytes_max_; }

  const int64_t connections_max_;
  const int64_t requests_max_;
  const int64_t bytes_max_;
  const int64_t streams_max_;
  // Apart from each other: every request of every thread touches two of them.
  alignas(64) std::atomic<int64_t> connections_{0};
  alignas(64) std::atomic<int64_t> requests_{0};
  alignas(64) std::atomic<int64_t> bytes_{0};
  alignas(64) std::atomic<int64_t> streams_{0};
};

// Figures since the start, for metrics. Each is exact, together they are not of one moment.
struct HttpStatistics {
  int64_t connections = 0;         // now
  int64_t in_flight_requests = 0;  // now
  int64_t in_flight_bytes = 0;     // now
  int64_t streams = 0;             // now
  uint64_t connections_total = 0;
  uint64_t requests_total = 0;
  uint64_t refused_total = 0;   // 503 because of a bound
  uint64_t timeouts_total = 0;  // connections closed by the sweep, idle ones included
  uint64_t replies_2xx_total = 0;
  uint64_t replies_4xx_total = 0;
  uint64_t replies_5xx_total = 0;
};

// The counters of one I/O thread: written by it alone, read by anybody.
class ThreadCounters {
 public:
  class Counter {
   public:
    // No read-modify-write is needed with a single writer.
    void Increment() {
      value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    uint64_t value() const { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<uint64_t> value_{0};
  };

  Counter connections, requests, refused, timeouts, replies_2xx, replies_4xx, replies_5xx;

  void AddTo(HttpStatistics* sum) const {
    sum->connections_total += connections.value();
    sum->requests_total += requests.value();
    sum->refused_total += refused.value();
    sum->timeouts_total += timeouts.value();
    sum->replies_2xx_total += replies_2xx.value();
    sum->replies_4xx_total += replies_4xx.value();
    sum->replies_5xx_total += replies_5xx.value();
  }
};

}  // namespace millrace::server
