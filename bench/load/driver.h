// Runs a workload over many connections and times it. Two modes: closed loop, where each connection
// sends its next request as soon as it has the reply, which finds the greatest throughput; and open
// loop, where requests fall due at random moments of an intended rate whether or not the server
// keeps up, and their latency counts from the moment they were due. Only the second says what a
// client would see: a closed loop politely stops asking while the server stalls.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/histogram.h"
#include "bench/load/workload.h"

namespace millrace::bench {

class LoadThread;

/// How one run goes.
struct RunPlan {
  /// No request is sent after this long; 0: until the workload has no more.
  double seconds = 0;
  /// Requests per second over all connections, with gaps of a Poisson process; 0: closed loop.
  double rate = 0;
  /// Ask the kernel for replies over and over instead of sleeping until there is one. Takes a whole
  /// processor for each thread, and takes from the server what waking a sleeper costs, which on a
  /// virtual machine can be more than the request itself.
  bool busy_poll = false;
};

/// What one run measured.
struct RunResult {
  /// From sending (closed loop) or from being due (open loop) to the whole reply, nanoseconds.
  Histogram latency_ns;
  /// Requests answered, rightly or wrongly.
  uint64_t operations = 0;
  /// Wrong replies and lost connections.
  uint64_t errors = 0;
  /// Requests of an open loop that were due but could not be sent, for lack of an idle connection,
  /// before the run had to end.
  uint64_t unsent = 0;
  /// Bytes of reply bodies.
  uint64_t reply_bytes = 0;
  /// From the first request to the last reply.
  uint64_t elapsed_ns = 0;
  /// The first thing that was wrong.
  std::string first_problem;

  /// Adds what another thread measured in the same run.
  void Add(const RunResult& other);
};

/// Connections, spread over threads. Construct once for a configuration, then Run several times.
/// Not thread-safe.
class Driver {
 public:
  /// Connects. `threads` is lowered to `connections` when it is greater.
  Driver(const Endpoint& endpoint, int connections, int threads, uint64_t seed);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// One run; returns when every request has its reply. Lost connections stay lost, and a run
  /// without a reply for 30 seconds is given up with an error.
  RunResult Run(Workload& workload, const RunPlan& plan);

 private:
  std::vector<std::unique_ptr<LoadThread>> threads_;
};

}  // namespace millrace::bench
