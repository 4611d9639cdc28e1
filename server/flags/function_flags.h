// The settings of functions, mappings and their logs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "streams/functions/function_source.h"

namespace millrace::server {

struct FunctionFlags {
  streams::Executor executor = streams::Executor::kProcess;
  std::string python_program;  // empty: looked for
  std::string node_program;    // likewise
  bool inject_endpoint = true;
  std::string directory_bucket;
  std::vector<std::string> directory_roots;

  int64_t idle_timeout_ms = 0;
  int64_t init_timeout_ms = 0;
  int64_t drain_ms = 0;
  int64_t queue_wait_ms = 0;
  int64_t create_delay_ms = 0;
  int64_t running_max = 0;  // 0: the invoker's default
  int64_t environments_max = 0;
  int64_t concurrency = 0;
  int64_t unreserved_concurrency_min = 0;

  int64_t asynchronous_retry_ms = 0;
  int64_t mapping_retry_ms = 0;
  int64_t mapping_retry_max_ms = 0;
  int64_t mapping_blocked_warning_ms = 0;
  int64_t mapping_transition_ms = 0;
  int64_t log_retention_days = 0;  // 0: for ever
};

// Checks the flags of this kind and fills `flags`.
Status ConvertFunctionFlags(FunctionFlags* flags);

}  // namespace millrace::server
