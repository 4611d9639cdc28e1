// Definitions of the flags of functions, and what their values may be.
#include "server/flags/function_flags.h"

#include <gflags/gflags.h>

#include <algorithm>

#include "server/flags/flag_checks.h"

DEFINE_string(functions_executor, "process",
              "How functions run whose tag millrace:executor does not say otherwise. process: "
              "started by the server. attach: by you.");
DEFINE_string(functions_python, "", "The python3 that runs handlers; empty: found on the path.");
DEFINE_string(functions_node, "", "The node that runs handlers; empty: found on the path.");
DEFINE_bool(functions_inject_endpoint, true,
            "Set AWS_ENDPOINT_URL for handlers, so that their SDKs call this server.");
DEFINE_string(functions_dir_bucket, "",
              "The S3Bucket that means a directory of this machine, named by S3Key; empty: none "
              "does.");
DEFINE_string(functions_dir_roots, "",
              "The directories, separated by colons, in which such code may lie.");
DEFINE_string(functions_idle_timeout, "5m", "Idle environments are ended after this time.");
DEFINE_string(functions_init_timeout, "10s", "How long a new environment may take to be ready.");
DEFINE_string(functions_drain, "5s", "At shutdown, how long running handlers may take.");
DEFINE_string(functions_queue_wait, "0s",
              "How long an invocation waits for --functions_running_max before it is throttled.");
DEFINE_string(functions_create_delay, "0s", "How long a new function shows Pending.");
DEFINE_int64(functions_running_max, 0,
             "Handlers that run at a time; 0: twice the cores, at least 8.");
DEFINE_int64(functions_environments_max, 64,
             "Environments at a time; idle ones make place for others.");
DEFINE_int64(functions_concurrency, 1000, "The account's concurrency, from which is reserved.");
DEFINE_int64(functions_unreserved_min, 100, "What reservations must leave of it.");
DEFINE_string(async_retry_base, "60s",
              "Wait before the first retry of an asynchronous event; the second waits twice as "
              "long.");
DEFINE_string(mapping_retry_base, "500ms",
              "Wait before the first retry of a batch that failed; doubled each time.");
DEFINE_string(mapping_retry_max, "60s", "The longest of these waits.");
DEFINE_string(mapping_blocked_warning, "60s",
              "A batch that fails for so long is said in the server's log.");
DEFINE_string(mapping_transition, "0s",
              "How long an event source mapping shows Creating, Enabling, Updating and the like.");
DEFINE_int64(function_log_days, 7,
             "Days that lines of functions' logs are kept, unless the log group says otherwise; "
             "0: for ever.");

namespace millrace::server {
namespace {

std::vector<std::string> SplitAtColons(const std::string& text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin) {
      parts.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return parts;
}

Status ConvertFunctionDurations(FunctionFlags* flags) {
  RETURN_IF_ERROR(ReadDuration("functions_idle_timeout", FLAGS_functions_idle_timeout, "1ms",
                               &flags->idle_timeout_ms));
  RETURN_IF_ERROR(ReadDuration("functions_init_timeout", FLAGS_functions_init_timeout, "1ms",
                               &flags->init_timeout_ms));
  RETURN_IF_ERROR(ReadDuration("functions_drain", FLAGS_functions_drain, "0s", &flags->drain_ms));
  RETURN_IF_ERROR(ReadDuration("functions_queue_wait", FLAGS_functions_queue_wait, "0s",
                               &flags->queue_wait_ms));
  RETURN_IF_ERROR(ReadDuration("functions_create_delay", FLAGS_functions_create_delay, "0s",
                               &flags->create_delay_ms));
  RETURN_IF_ERROR(ReadDuration("async_retry_base", FLAGS_async_retry_base, "0s",
                               &flags->asynchronous_retry_ms));
  RETURN_IF_ERROR(
      ReadDuration("mapping_retry_base", FLAGS_mapping_retry_base, "0s", &flags->mapping_retry_ms));
  RETURN_IF_ERROR(ReadDuration("mapping_retry_max", FLAGS_mapping_retry_max, "0s",
                               &flags->mapping_retry_max_ms));
  RETURN_IF_ERROR(ReadDuration("mapping_transition", FLAGS_mapping_transition, "0s",
                               &flags->mapping_transition_ms));
  return ReadDuration("mapping_blocked_warning", FLAGS_mapping_blocked_warning, "1ms",
                      &flags->mapping_blocked_warning_ms);
}

}  // namespace

Status ConvertFunctionFlags(FunctionFlags* flags) {
  constexpr int64_t kMany = 1'000'000;
  RETURN_IF_ERROR(CheckRange("functions_running_max", FLAGS_functions_running_max, 0, kMany));
  RETURN_IF_ERROR(
      CheckRange("functions_environments_max", FLAGS_functions_environments_max, 1, kMany));
  RETURN_IF_ERROR(CheckRange("functions_concurrency", FLAGS_functions_concurrency, 1, kMany));
  RETURN_IF_ERROR(CheckRange("functions_unreserved_min", FLAGS_functions_unreserved_min, 0,
                             FLAGS_functions_concurrency));
  RETURN_IF_ERROR(CheckRange("function_log_days", FLAGS_function_log_days, 0, 36'500));
  RETURN_IF_ERROR(Choose<streams::Executor>(
      "functions_executor", FLAGS_functions_executor,
      {{"process", streams::Executor::kProcess}, {"attach", streams::Executor::kAttach}},
      &flags->executor));
  RETURN_IF_ERROR(ConvertFunctionDurations(flags));
  flags->python_program = FLAGS_functions_python;
  flags->node_program = FLAGS_functions_node;
  flags->inject_endpoint = FLAGS_functions_inject_endpoint;
  flags->directory_bucket = FLAGS_functions_dir_bucket;
  flags->directory_roots = SplitAtColons(FLAGS_functions_dir_roots);
  if (!flags->directory_bucket.empty() && flags->directory_roots.empty()) {
    return UsageError("--functions_dir_bucket needs --functions_dir_roots");
  }
  flags->running_max = FLAGS_functions_running_max;
  flags->environments_max = FLAGS_functions_environments_max;
  flags->concurrency = FLAGS_functions_concurrency;
  flags->unreserved_concurrency_min = FLAGS_functions_unreserved_min;
  flags->log_retention_days = FLAGS_function_log_days;
  return Status::Ok();
}

}  // namespace millrace::server
