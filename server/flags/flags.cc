// Definitions of the flags, and reading them. gflags' own parser is not used: it exits the process
// on errors and prints the flags of every library that was linked.
#include "server/flags/flags.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

#include "storage/base/status.h"

DEFINE_string(data_dir, "",
              "Folder of the database; made if it is missing. Required unless "
              "--in_memory.");
DEFINE_bool(in_memory, false, "Keep nothing on disk: for throw-away test runs.");
DEFINE_string(host, "127.0.0.1", "Address to listen on.");
DEFINE_int32(port, 8000, "Port to listen on; 0 takes a free one.");
DEFINE_int32(io_threads, 0, "Threads that serve connections; 0: one per core.");
DEFINE_int32(worker_threads, 0, "Threads for scans and long queries; 0: one per core.");
DEFINE_string(auth, "open",
              "open: any credentials, loopback addresses only. shape: complete and "
              "current credentials, signatures not checked.");
DEFINE_string(account, "000000000000", "Account id in ARNs, 12 digits.");
DEFINE_string(region, "us-east-1", "Region in ARNs and credentials.");
DEFINE_string(durability, "sync",
              "When a write is acknowledged. sync: on disk. interval: disk "
              "follows every --sync_interval_ms. none: left to the system.");
DEFINE_int64(sync_interval_ms, 100, "For --durability=interval.");
DEFINE_int64(block_cache_mb, 256, "Memory for cached blocks, in MiB.");
DEFINE_int64(item_cache_mb, 64, "Memory for single items read lately, in MiB; 0 for none.");
DEFINE_int64(table_transition_ms, 0, "How long a table shows CREATING, UPDATING or DELETING.");
DEFINE_bool(throttle, false,
            "Enforce provisioned throughput and on-demand maximums of tables and indexes.");
DEFINE_int64(connections_max, 10000, "Connections at a time; more are answered 503.");
DEFINE_int64(in_flight_max, 10000, "Requests at a time; more are answered 503.");
DEFINE_int64(in_flight_bytes_max, 1073741824,
             "Bytes of request bodies at a time; more are "
             "answered 503.");
DEFINE_int64(idle_timeout_s, 120, "A connection without requests is closed after this time.");
DEFINE_int64(drain_timeout_s, 10, "At shutdown, how long requests may take to finish.");
DEFINE_string(log_level, "info", "debug, info, warning or error.");
DEFINE_string(log_file, "", "File for log lines; empty: stderr.");

namespace millrace::server {
namespace {

constexpr char kVersion[] = "millrace 0.1.0";
constexpr std::string_view kEnvironmentPrefix = "MILLRACE_";

// The flags above, which are those defined in this file.
std::vector<google::CommandLineFlagInfo> OwnFlags() {
  std::vector<google::CommandLineFlagInfo> all;
  std::vector<google::CommandLineFlagInfo> own;
  google::GetAllFlags(&all);
  for (const google::CommandLineFlagInfo& flag : all) {
    if (flag.filename.ends_with("server/flags/flags.cc")) {
      own.push_back(flag);
    }
  }
  return own;
}

const google::CommandLineFlagInfo* FindFlag(const std::vector<google::CommandLineFlagInfo>& flags,
                                            std::string_view name) {
  const auto found = std::find_if(flags.begin(), flags.end(),
                                  [name](const auto& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

Status UsageError(const std::string& text) { return Status(StatusCode::kInvalidArgument, text); }

std::string EnvironmentName(std::string_view flag) {
  std::string name(kEnvironmentPrefix);
  for (const char c : flag) {
    name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string HelpText(const std::vector<google::CommandLineFlagInfo>& flags) {
  std::string text =
      "millrace: a DynamoDB-compatible storage server.\n\n"
      "Every flag is written --name=value. Flags may also come from the environment, as\n"
      "MILLRACE_NAME, and from a file with one flag per line, --flagfile=FILE. The command line\n"
      "wins over the environment, the environment over the file.\n\n";
  for (const google::CommandLineFlagInfo& flag : flags) {
    const std::string value =
        flag.type == "string" ? "\"" + flag.default_value + "\"" : flag.default_value;
    text += "  --" + flag.name + " (" + value + ")\n      " + flag.description + "\n";
  }
  text += "  --version\n      Print the version and exit.\n";
  return text;
}

// Collects settings from all sources and gives them to gflags.
class Reader {
 public:
  Reader() : flags_(OwnFlags()) {
    for (const google::CommandLineFlagInfo& flag : flags_) {
      google::SetCommandLineOption(flag.name.c_str(), flag.default_value.c_str());
    }
  }

  Status ReadCommandLine(int count, const char* const* arguments) {
    for (int i = 1; i < count; ++i) {
      std::string_view argument = arguments[i];
      if (argument == "--help" || argument == "-h" || argument == "-help") {
        help_ = true;
        continue;
      }
      if (argument == "--version") {
        version_ = true;
        continue;
      }
      const bool has_value = argument.find('=') != std::string_view::npos;
      const google::CommandLineFlagInfo* const flag =
          argument.starts_with("--") && !has_value ? FindFlag(flags_, argument.substr(2)) : nullptr;
      // A value may also be the next word, except for switches.
      if ((argument == "--flagfile" || (flag != nullptr && flag->type != "bool")) &&
          i + 1 < count) {
        RETURN_IF_ERROR(Add(std::string(argument) + "=" + arguments[++i], "", &command_line_));
        continue;
      }
      RETURN_IF_ERROR(Add(argument, "", &command_line_));
    }
    return Status::Ok();
  }

  Status ReadEnvironment(const EnvironmentLookup& environment) {
    for (const google::CommandLineFlagInfo& flag : flags_) {
      if (const char* const value = environment(EnvironmentName(flag.name).c_str())) {
        environment_.push_back({flag.name, value, "environment: "});
      }
    }
    const char* const file = environment("MILLRACE_FLAGFILE");
    if (file_.empty() && file != nullptr) {
      file_ = file;
    }
    return Status::Ok();
  }

  Status ReadFile() {
    if (file_.empty()) {
      return Status::Ok();
    }
    std::ifstream stream(file_);
    if (!stream) {
      return UsageError("cannot read the flag file " + file_);
    }
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number) {
      const size_t begin = line.find_first_not_of(" \t\r");
      if (begin == std::string::npos || line[begin] == '#') {
        continue;
      }
      const size_t end = line.find_last_not_of(" \t\r");
      RETURN_IF_ERROR(Add(line.substr(begin, end - begin + 1),
                          file_ + ":" + std::to_string(number) + ": ", &file_settings_));
    }
    return Status::Ok();
  }

  // The later a source is applied, the more it counts.
  Status Apply() const {
    for (const std::vector<Setting>* source : {&file_settings_, &environment_, &command_line_}) {
      for (const Setting& setting : *source) {
        if (google::SetCommandLineOption(setting.name.c_str(), setting.value.c_str()).empty()) {
          return UsageError(setting.where + "bad value for --" + setting.name + ": '" +
                            setting.value + "'");
        }
      }
    }
    return Status::Ok();
  }

  bool help() const { return help_; }
  bool version() const { return version_; }
  const std::vector<google::CommandLineFlagInfo>& flags() const { return flags_; }

 private:
  struct Setting {
    std::string name;
    std::string value;
    std::string where;
  };

  // Adds "--name=value", "--name" or "--noname".
  Status Add(std::string_view text, const std::string& where, std::vector<Setting>* settings) {
    if (!text.starts_with("--")) {
      return UsageError(where + "not a flag: '" + std::string(text) + "'");
    }
    text.remove_prefix(2);
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    if (name == "flagfile" && equals != std::string_view::npos && settings == &command_line_) {
      file_ = text.substr(equals + 1);
      return Status::Ok();
    }
    const google::CommandLineFlagInfo* flag = FindFlag(flags_, name);
    if (flag != nullptr && equals != std::string_view::npos) {
      settings->push_back({flag->name, std::string(text.substr(equals + 1)), where});
      return Status::Ok();
    }
    if (flag != nullptr && flag->type == "bool") {
      settings->push_back({flag->name, "true", where});
      return Status::Ok();
    }
    if (flag != nullptr) {
      return UsageError(where + "--" + flag->name + " needs a value");
    }
    flag = name.starts_with("no") ? FindFlag(flags_, name.substr(2)) : nullptr;
    if (flag != nullptr && flag->type == "bool" && equals == std::string_view::npos) {
      settings->push_back({flag->name, "false", where});
      return Status::Ok();
    }
    return UsageError(where + "unknown flag --" + std::string(name));
  }

  const std::vector<google::CommandLineFlagInfo> flags_;
  std::vector<Setting> command_line_;
  std::vector<Setting> environment_;
  std::vector<Setting> file_settings_;
  std::string file_;
  bool help_ = false;
  bool version_ = false;
};

Status CheckRange(const char* name, int64_t value, int64_t min, int64_t max) {
  if (value < min || value > max) {
    return UsageError("--" + std::string(name) + " must be between " + std::to_string(min) +
                      " and " + std::to_string(max) + ", not " + std::to_string(value));
  }
  return Status::Ok();
}

// Sets `*result` to the value that belongs to `text`.
template <typename T>
Status Choose(const char* name, const std::string& text,
              std::initializer_list<std::pair<std::string_view, T>> choices, T* result) {
  std::string allowed;
  for (const auto& [choice, value] : choices) {
    if (choice == text) {
      *result = value;
      return Status::Ok();
    }
    allowed += allowed.empty() ? "" : ", ";
    allowed += choice;
  }
  return UsageError("--" + std::string(name) + " must be one of " + allowed + ", not '" + text +
                    "'");
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
  RETURN_IF_ERROR(CheckRange("idle_timeout_s", FLAGS_idle_timeout_s, 1, 86'400));
  return CheckRange("drain_timeout_s", FLAGS_drain_timeout_s, 0, 86'400);
}

Status Convert(Flags* flags) {
  RETURN_IF_ERROR(CheckRanges());
  RETURN_IF_ERROR(Choose<AuthenticationMode>(
      "auth", FLAGS_auth,
      {{"open", AuthenticationMode::kOpen}, {"shape", AuthenticationMode::kShape}},
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
  if (FLAGS_data_dir.empty() && !FLAGS_in_memory) {
    return UsageError("--data_dir is required (or --in_memory, which keeps nothing)");
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
  flags->account = FLAGS_account;
  flags->region = FLAGS_region;
  flags->data_dir = FLAGS_data_dir;
  flags->in_memory = FLAGS_in_memory;
  flags->sync_interval_ms = FLAGS_sync_interval_ms;
  flags->block_cache_mb = FLAGS_block_cache_mb;
  flags->item_cache_mb = FLAGS_item_cache_mb;
  flags->table_transition_ms = FLAGS_table_transition_ms;
  flags->connections_max = FLAGS_connections_max;
  flags->in_flight_max = FLAGS_in_flight_max;
  flags->in_flight_bytes_max = FLAGS_in_flight_bytes_max;
  flags->idle_timeout_s = FLAGS_idle_timeout_s;
  flags->drain_timeout_s = FLAGS_drain_timeout_s;
  flags->throttle = FLAGS_throttle;
  flags->log_file = FLAGS_log_file;
  return Status::Ok();
}

Status ReadAll(Reader* reader, int count, const char* const* arguments,
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

FlagOutcome ParseFlags(int argument_count, const char* const* arguments,
                       const EnvironmentLookup& environment) {
  FlagOutcome outcome;
  Reader reader;
  const Status status = ReadAll(&reader, argument_count, arguments, environment, &outcome.flags);
  if (!status.ok()) {
    outcome.action = FlagOutcome::Action::kUsageError;
    outcome.text = "millrace: " + std::string(status.message()) + "\nTry millrace --help.\n";
  } else if (reader.help()) {
    outcome.action = FlagOutcome::Action::kPrintAndExit;
    outcome.text = HelpText(reader.flags());
  } else if (reader.version()) {
    outcome.action = FlagOutcome::Action::kPrintAndExit;
    outcome.text = std::string(kVersion) + "\n";
  }
  return outcome;
}

}  // namespace millrace::server
