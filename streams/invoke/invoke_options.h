// Settings of the invoker and what it works with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/http_poster.h"
#include "streams/invoke/log_capture.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::streams {

struct InvokerOptions {
  // For bootstraps and temporary folders; made by Start (mode 0700), emptied then, removed by Stop.
  std::string run_directory;
  std::string endpoint_url;    // AWS_ENDPOINT_URL of handlers; empty: not set
  std::string python_program;  // empty: looked for in search_path
  std::string node_program;    // likewise
  std::string search_path = "/usr/local/bin:/usr/bin:/bin";
  // What handlers sign their requests with.
  std::string access_key_id = "function";
  std::string secret_access_key = "function";
  std::string session_token = "function";

  int64_t idle_timeout_ms = 300'000;
  int64_t init_timeout_ms = 10'000;
  int64_t drain_ms = 5'000;    // how long Stop waits for what is running
  int64_t terminate_ms = 500;  // from SIGTERM to SIGKILL when an environment is shut down
  int64_t queue_wait_ms = 0;   // how long an invocation waits for a place on this machine
  int64_t running_max = 8;     // processes that run at a time on this machine
  int64_t environments_max = 64;
  int64_t account_concurrency = 1'000;
  size_t waiting_bytes_max = size_t{64} << 20;  // events of all that wait
  int64_t memory_sample_ms = 100;
  int64_t memory_overrun_factor = 2;  // times MemorySize; more than that is killed
  int worker_count = 2;               // threads that unpack code and start processes
};

// All outlive the invoker. Thread-safe, but for `random`, which nobody else may use.
struct InvokerDependencies {
  FunctionSource* source = nullptr;
  RuntimePorts* ports = nullptr;
  HttpPoster* poster = nullptr;  // nullptr: functions of Executor::kHttp cannot be run
  LogSink* logs = nullptr;       // nullptr: logs are not kept
  // Of timeouts: real time, never a virtual clock.
  const Clock* clock = SystemClock::Instance();
  Random* random = nullptr;
};

}  // namespace millrace::streams
