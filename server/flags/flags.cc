// Definitions of the flags, and what their values may be.
#include "server/flags/flags.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "server/flags/flag_checks.h"
#include "server/flags/flag_reader.h"
#include "storage/base/status.h"
#include "storage/model/stream_descriptor.h"

DEFINE_string(data_dir, "",
              "Folder of the database; made if it is missing. Required unless "
              "--in_memory.");
DEFINE_bool(in_memory, false, "Keep nothing on disk: for throw-away test runs.");
DEFINE_string(host, "127.0.0.1", "Address to listen on.");
DEFINE_int32(port, 8000, "Port to listen on; 0 takes a free one.");
DEFINE_int32(io_threads, 0, "Threads that serve connections; 0: one per core.");
DEFINE_int32(worker_threads, 0, "Threads for scans and long queries; 0: one per core.");
DEFINE_string(auth, "open",
              "open: any credentials. shape: complete and current credentials, signatures not "
              "checked. verify: signatures of the keys in --credentials_file. Only verify may "
              "listen on other than loopback addresses.");
DEFINE_string(credentials_file, "",
              "The keys for --auth=verify, in the form of the AWS shared credentials file. Read "
              "again when it changes.");
DEFINE_string(
    policies_file, "",
    "With --auth=verify: users and their policies, in JSON; keys of others may do nothing. "
    "Without it every key may do everything. Read again when it changes.");
DEFINE_string(audit_log, "",
              "File to which a line of JSON is appended for every change of tables, functions, "
              "queues and settings, for operators' calls, and for whoever is not let in; - is "
              "stderr. Empty: none.");
DEFINE_bool(i_know_this_is_open, false,
            "Listen on any address without verifying signatures: whoever can connect may read and "
            "write everything.");
DEFINE_string(
    tls_certificate, "",
    "File in PEM form with the server's certificate and those that lead to its authority: "
    "speak HTTPS. Read again when it changes, like the next two.");
DEFINE_string(tls_key, "", "File in PEM form with the key of --tls_certificate, not encrypted.");
DEFINE_string(
    tls_client_ca, "",
    "File in PEM form with certificates of authorities: clients need a certificate of one "
    "of them.");
DEFINE_bool(core_dumps, false,
            "Let a crash be dumped although the process holds keys of users or of a certificate.");
DEFINE_string(account, "000000000000", "Account id in ARNs, 12 digits.");
DEFINE_string(region, "us-east-1", "Region in ARNs and credentials.");
DEFINE_string(durability, "sync",
              "When a write is acknowledged. sync: on disk. interval: disk "
              "follows every --sync_interval_ms. none: left to the system.");
DEFINE_int64(sync_interval_ms, 100, "For --durability=interval.");
DEFINE_int64(block_cache_mb, 256, "Memory for cached blocks, in MiB.");
DEFINE_int64(item_cache_mb, 64, "Memory for single items read lately, in MiB; 0 for none.");
DEFINE_bool(huge_pages, true,
            "Use huge pages of the kernel for memory, once there is more than a small database "
            "needs.");
DEFINE_int64(table_transition_ms, 0, "How long a table shows CREATING, UPDATING or DELETING.");
DEFINE_bool(throttle, false,
            "Enforce provisioned throughput and on-demand maximums of tables and indexes.");
DEFINE_string(stream_retention, "24h",
              "How long change records are kept, unless a table's tag says otherwise: a whole "
              "number with ms, s, m, h or d, or forever.");
DEFINE_int32(stream_shards, 1, "Shards of a new stream that are open at the same time.");
DEFINE_string(shard_rollover, "4h",
              "A shard that is this old is continued by a new one; 0: never.");
DEFINE_string(ttl_interval, "1s", "How often expired items are looked for.");
DEFINE_string(clock, "system",
              "system: the machine's. virtual: begins as the machine's and stands still until "
              "POST /_admin/clock advances it, for tests.");
DEFINE_int64(connections_max, 10000, "Connections at a time; more are answered 503.");
DEFINE_int64(in_flight_max, 10000, "Requests at a time; more are answered 503.");
DEFINE_int64(in_flight_bytes_max, 536870912,
             "Bytes that requests at a time hold, with their parsed form and replies that are "
             "not taken; more are answered 503.");
DEFINE_int64(commit_queue_max, 16384, "Writes that wait at a time; more are answered 503.");
DEFINE_int64(commit_queue_mb, 256, "MiB that those have to write; more are answered 503.");
DEFINE_int64(streams_max, 1000, "Streaming replies at a time; more are answered 503.");
DEFINE_int64(idle_timeout_s, 120, "A connection without requests is closed after this time.");
DEFINE_int64(drain_timeout_s, 10, "At shutdown, how long requests may take to finish.");
DEFINE_string(log_level, "info", "debug, info, warning or error.");
DEFINE_string(log_file, "", "File for log lines; empty: stderr.");

namespace millrace::server {
namespace {

constexpr char kVersion[] = "millrace 0.1.0";

// The flags that are defined in this folder.
std::vector<google::CommandLineFlagInfo> OwnFlags() {
  std::vector<google::CommandLineFlagInfo> all;
  std::vector<google::CommandLineFlagInfo> own;
  google::GetAllFlags(&all);
  for (const google::CommandLineFlagInfo& flag : all) {
    if (flag.filename.find("server/flags/") != std::string::npos) {
      own.push_back(flag);
    }
  }
  return own;
}

Status ConvertDurations(Flags* flags) {
  flags->stream_retention_ms = kRetentionForever;
  if (FLAGS_stream_retention != "forever") {
    RETURN_IF_ERROR(ReadDuration("stream_retention", FLAGS_stream_retention, "1s",
                                 &flags->stream_retention_ms));
  }
  flags->shard_rollover_ms = 0;
  if (FLAGS_shard_rollover != "0") {
    RETURN_IF_ERROR(
        ReadDuration("shard_rollover", FLAGS_shard_rollover, "0s", &flags->shard_rollover_ms));
  }
  return ReadDuration("ttl_interval", FLAGS_ttl_interval, "1ms", &flags->ttl_interval_ms);
}

Status CheckRanges() {
  constexpr int64_t kLarge = int64_t{1} << 40;
  constexpr int64_t kDayMs = 86'400'000;
  RETURN_IF_ERROR(CheckRange("port", FLAGS_port, 0, 65535));
  RETURN_IF_ERROR(CheckRange("io_threads", FLAGS_io_threads, 0, 256));
  RETURN_IF_ERROR(CheckRange("worker_threads", FLAGS_worker_threads, 0, 256));
  RETURN_IF_ERROR(CheckRange("sync_interval_ms", FLAGS_sync_interval_ms, 1, kDayMs));
  RETURN_IF_ERROR(CheckRange("block_cache_mb", FLAGS_block_cache_mb, 1, 1 << 24));
  RETURN_IF_ERROR(CheckRange("item_cache_mb", FLAGS_item_cache_mb, 0, 1 << 24));
  RETURN_IF_ERROR(CheckRange("table_transition_ms", FLAGS_table_transition_ms, 0, kDayMs));
  RETURN_IF_ERROR(CheckRange("connections_max", FLAGS_connections_max, 1, 1'000'000));
  RETURN_IF_ERROR(CheckRange("in_flight_max", FLAGS_in_flight_max, 1, 1'000'000));
  RETURN_IF_ERROR(
      CheckRange("in_flight_bytes_max", FLAGS_in_flight_bytes_max, int64_t{16} << 20, kLarge));
  RETURN_IF_ERROR(CheckRange("commit_queue_max", FLAGS_commit_queue_max, 1, 1'000'000));
  RETURN_IF_ERROR(CheckRange("commit_queue_mb", FLAGS_commit_queue_mb, 1, 1 << 20));
  RETURN_IF_ERROR(CheckRange("stream_shards", FLAGS_stream_shards, 1, 64));
  RETURN_IF_ERROR(CheckRange("streams_max", FLAGS_streams_max, 0, 1'000'000));
  RETURN_IF_ERROR(CheckRange("idle_timeout_s", FLAGS_idle_timeout_s, 1, 86'400));
  return CheckRange("drain_timeout_s", FLAGS_drain_timeout_s, 0, 86'400);
}

// The flags whose values are words.
Status ConvertChoices(Flags* flags) {
  RETURN_IF_ERROR(Choose<AuthenticationMode>("auth", FLAGS_auth,
                                             {{"open", AuthenticationMode::kOpen},
                                              {"shape", AuthenticationMode::kShape},
                                              {"verify", AuthenticationMode::kVerify}},
                                             &flags->authentication));
  RETURN_IF_ERROR(Choose<engine::Durability>("durability", FLAGS_durability,
                                             {{"sync", engine::Durability::kSync},
                                              {"interval", engine::Durability::kInterval},
                                              {"none", engine::Durability::kNone}},
                                             &flags->durability));
  RETURN_IF_ERROR(Choose<LogLevel>("log_level", FLAGS_log_level,
                                   {{"debug", LogLevel::kDebug},
                                    {"info", LogLevel::kInfo},
                                    {"warning", LogLevel::kWarning},
                                    {"error", LogLevel::kError}},
                                   &flags->log_level));
  return Choose<bool>("clock", FLAGS_clock, {{"system", false}, {"virtual", true}},
                      &flags->virtual_clock);
}

Status Convert(Flags* flags) {
  RETURN_IF_ERROR(CheckRanges());
  RETURN_IF_ERROR(ConvertChoices(flags));
  RETURN_IF_ERROR(ConvertDurations(flags));
  RETURN_IF_ERROR(ConvertFunctionFlags(&flags->functions));
  if (FLAGS_data_dir.empty() && !FLAGS_in_memory) {
    return UsageError("--data_dir is required (or --in_memory, which keeps nothing)");
  }
  if ((flags->authentication == AuthenticationMode::kVerify) == FLAGS_credentials_file.empty()) {
    return UsageError("--auth=verify and --credentials_file go together");
  }
  if (FLAGS_tls_certificate.empty() != FLAGS_tls_key.empty()) {
    return UsageError("--tls_certificate and --tls_key go together");
  }
  if (!FLAGS_tls_client_ca.empty() && FLAGS_tls_certificate.empty()) {
    return UsageError("--tls_client_ca needs --tls_certificate and --tls_key");
  }
  if (flags->authentication != AuthenticationMode::kVerify && !FLAGS_policies_file.empty()) {
    return UsageError("--policies_file needs --auth=verify");
  }
  if (FLAGS_account.size() != 12 ||
      FLAGS_account.find_first_not_of("0123456789") != std::string::npos) {
    return UsageError("--account must be 12 digits, not '" + FLAGS_account + "'");
  }
  if (FLAGS_region.empty() || FLAGS_region.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return UsageError("--region must be a region name, not '" + FLAGS_region + "'");
  }
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  flags->host = FLAGS_host;
  flags->port = FLAGS_port;
  flags->io_threads = FLAGS_io_threads == 0 ? cores : FLAGS_io_threads;
  flags->worker_threads = FLAGS_worker_threads == 0 ? cores : FLAGS_worker_threads;
  flags->credentials_file = FLAGS_credentials_file;
  flags->policies_file = FLAGS_policies_file;
  flags->audit_log = FLAGS_audit_log;
  flags->open_to_everybody = FLAGS_i_know_this_is_open;
  flags->tls_certificate = FLAGS_tls_certificate;
  flags->tls_key = FLAGS_tls_key;
  flags->tls_client_ca = FLAGS_tls_client_ca;
  flags->core_dumps = FLAGS_core_dumps;
  flags->account = FLAGS_account;
  flags->region = FLAGS_region;
  flags->data_dir = FLAGS_data_dir;
  flags->in_memory = FLAGS_in_memory;
  flags->sync_interval_ms = FLAGS_sync_interval_ms;
  flags->block_cache_mb = FLAGS_block_cache_mb;
  flags->item_cache_mb = FLAGS_item_cache_mb;
  flags->huge_pages = FLAGS_huge_pages;
  flags->table_transition_ms = FLAGS_table_transition_ms;
  flags->stream_shards = FLAGS_stream_shards;
  flags->connections_max = FLAGS_connections_max;
  flags->in_flight_max = FLAGS_in_flight_max;
  flags->in_flight_bytes_max = FLAGS_in_flight_bytes_max;
  flags->commit_queue_max = FLAGS_commit_queue_max;
  flags->commit_queue_mb = FLAGS_commit_queue_mb;
  flags->streams_max = FLAGS_streams_max;
  flags->idle_timeout_s = FLAGS_idle_timeout_s;
  flags->drain_timeout_s = FLAGS_drain_timeout_s;
  flags->throttle = FLAGS_throttle;
  flags->log_file = FLAGS_log_file;
  return Status::Ok();
}

Status ReadAll(FlagReader* reader, int count, const char* const* arguments,
               const EnvironmentLookup& environment, Flags* flags) {
  RETURN_IF_ERROR(reader->ReadCommandLine(count, arguments));
  if (reader->help() || reader->version()) {
    return Status::Ok();
  }
  RETURN_IF_ERROR(reader->ReadEnvironment(environment));
  RETURN_IF_ERROR(reader->ReadFile());
  RETURN_IF_ERROR(reader->Apply());
  return Convert(flags);
}

}  // namespace

bool HoldsSecrets(const Flags& flags) {
  return flags.authentication == AuthenticationMode::kVerify || !flags.tls_key.empty();
}

FlagOutcome ParseFlags(int argument_count, const char* const* arguments,
                       const EnvironmentLookup& environment) {
  FlagOutcome outcome;
  FlagReader reader(OwnFlags());
  const Status status = ReadAll(&reader, argument_count, arguments, environment, &outcome.flags);
  if (!status.ok()) {
    outcome.action = FlagOutcome::Action::kUsageError;
    outcome.text = "millrace: " + std::string(status.message()) + "\nTry millrace --help.\n";
  } else if (reader.help()) {
    outcome.action = FlagOutcome::Action::kPrintAndExit;
    outcome.text = reader.HelpText();
  } else if (reader.version()) {
    outcome.action = FlagOutcome::Action::kPrintAndExit;
    outcome.text = std::string(kVersion) + "\n";
  }
  return outcome;
}

}  // namespace millrace::server
