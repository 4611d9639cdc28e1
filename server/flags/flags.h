// The settings of the server process: from the command line, the environment and a flag file, in
// this order of precedence. gflags holds names, types and texts; it stays behind this header.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/flags/function_flags.h"
#include "storage/base/log.h"
#include "storage/engine/engine.h"

namespace millrace::server {

enum class AuthenticationMode { kOpen, kShape, kVerify };

struct Flags {
  std::string host;
  int32_t port = 0;
  int32_t io_threads = 0;
  int32_t worker_threads = 0;
  AuthenticationMode authentication = AuthenticationMode::kOpen;
  std::string credentials_file;    // kVerify
  std::string policies_file;       // empty: every key may do everything
  std::string audit_log;           // a file, or "-"; empty: there is none
  bool open_to_everybody = false;  // other modes may listen where others can reach them
  std::string tls_certificate;     // empty: plain HTTP
  std::string tls_key;
  std::string tls_client_ca;  // empty: clients need no certificate
  bool core_dumps = false;    // also when the process holds secrets
  std::string account;
  std::string region;

  std::string data_dir;
  bool in_memory = false;
  engine::Durability durability = engine::Durability::kSync;
  int64_t sync_interval_ms = 0;
  int64_t block_cache_mb = 0;
  int64_t item_cache_mb = 0;
  bool huge_pages = true;
  int64_t table_transition_ms = 0;
  bool throttle = false;

  int64_t stream_retention_ms = 0;  // or kRetentionForever
  int32_t stream_shards = 0;        // hash ranges of a new stream
  int64_t shard_rollover_ms = 0;    // 0: never
  int64_t ttl_interval_ms = 0;
  bool virtual_clock = false;

  int64_t connections_max = 0;
  int64_t in_flight_max = 0;
  int64_t in_flight_bytes_max = 0;
  int64_t commit_queue_max = 0;
  int64_t commit_queue_mb = 0;
  int64_t streams_max = 0;
  int64_t idle_timeout_s = 0;
  int64_t drain_timeout_s = 0;

  FunctionFlags functions;

  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;
};

// Whether the process will hold secrets: keys of users, or that of a certificate.
bool HoldsSecrets(const Flags& flags);

// What the command line asks for.
struct FlagOutcome {
  enum class Action { kRun, kPrintAndExit, kUsageError };
  Action action = Action::kRun;
  Flags flags;       // kRun
  std::string text;  // kPrintAndExit: for stdout (help, version); kUsageError: for stderr
};

// The value of an environment variable, nullptr if it is not set; std::getenv fits.
using EnvironmentLookup = std::function<const char*(const char*)>;

// Reads and checks all settings. Changes gflags' global state, so call it once per process, before
// there are other threads (tests call it again and again on one thread; each call starts from the
// defaults).
FlagOutcome ParseFlags(int argument_count, const char* const* arguments,
                       const EnvironmentLookup& environment);

}  // namespace millrace::server
