// The load generator: named workloads against a DynamoDB endpoint over plain HTTP/1.1, with every
// reply checked. It shares no code with the server, so that neither flatters the other. The parts
// are in bench/load; this file holds the settings and the order of events.

#include <sys/types.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "bench/load/driver.h"
#include "bench/load/flags.h"
#include "bench/load/process_sample.h"
#include "bench/load/report.h"
#include "bench/load/simple_client.h"
#include "bench/load/workload.h"

namespace millrace::bench {
namespace {

constexpr int64_t kTableBytesDefault = 64 << 20;
constexpr int64_t kItemCountDefaultMax = 100'000;
constexpr int kFillConnections = 64;

struct Settings {
  std::string endpoint;
  std::vector<std::string> workloads;
  std::vector<int64_t> item_bytes;
  std::vector<int64_t> connections;
  int64_t items = 0;
  double seconds = 0;
  double warmup_seconds = 0;
  int64_t runs = 0;
  double rate = 0;
  bool busy_poll = false;
  int64_t threads = 0;
  int64_t server_pid = 0;
  std::vector<int64_t> server_cpu;
  std::vector<int64_t> load_cpu;
  std::string access_key;
  std::string table_prefix;
  std::string payload;
  bool fills_tables = true;
  bool fills_only = false;
  int64_t seed = 0;
  std::string json;
};

std::string WorkloadHelp() {
  std::string help = "comma-separated names:";
  for (const WorkloadKind& kind : AllWorkloads()) {
    help += "\n        " + std::string(kind.name) + ": " + std::string(kind.summary);
  }
  return help;
}

Settings ReadSettings(int argc, char** argv) {
  Flags flags(argc, argv, "Loads a DynamoDB endpoint and measures it; see bench/README.md.");
  Settings settings;
  settings.endpoint = flags.Text("endpoint", "http://127.0.0.1:8000", "address of the server");
  settings.workloads = flags.Words("workloads", "get,put", WorkloadHelp());
  settings.item_bytes = flags.Integers("item_bytes", "200", "item sizes as DynamoDB counts them");
  settings.connections = flags.Integers("connections", "64", "numbers of connections");
  settings.items = flags.Integer("items", 0, "items in a table; 0: 64 MB of them, at most 100000");
  settings.seconds = flags.Number("seconds", 5, "length of a run");
  settings.warmup_seconds = flags.Number("warmup_seconds", 1, "load before the first run");
  settings.runs = flags.Integer("runs", 3, "measured runs of each configuration");
  settings.rate = flags.Number("rate", 0, "intended requests per second; 0: closed loop");
  settings.busy_poll =
      flags.Boolean("busy_poll", false, "poll for replies; wants processors of its own");
  settings.threads = flags.Integer("threads", 1, "threads of the load generator");
  settings.server_pid = flags.Integer("server_pid", 0, "server process to watch; 0: none");
  settings.server_cpu = flags.Integers("server_cpu", "", "bind the server process to these");
  settings.load_cpu = flags.Integers("load_cpu", "", "bind the load generator to these");
  settings.table_prefix = flags.Text("table_prefix", "bench", "start of table names");
  settings.access_key = flags.Text("access_key", "", "ID:SECRET to sign requests with");
  settings.payload = flags.Text("payload", "random", "random: letters; words: compresses");
  settings.fills_tables = !flags.Boolean("skip_load", false, "tables are there from before");
  settings.fills_only = flags.Boolean("load_only", false, "fill the tables, then end");
  settings.seed = flags.Integer("seed", 1, "seed of all random choices");
  settings.json = flags.Text("json", "", "file for the JSON report");
  flags.Finish();
  return settings;
}

uint64_t ItemCount(const Settings& settings, int64_t item_bytes) {
  int64_t count = settings.items;
  if (count <= 0) count = std::min(kItemCountDefaultMax, kTableBytesDefault / item_bytes);
  // Whole partitions, so that every partition of a range table is full.
  const auto per_partition = static_cast<int64_t>(kItemsPerPartition);
  return static_cast<uint64_t>((count + per_partition - 1) / per_partition * per_partition);
}

void FillTable(const Settings& settings, const Endpoint& endpoint, WorkloadSettings workload) {
  SimpleClient(endpoint).CreateTable(*workload.table);
  workload.connections = kFillConnections;
  Driver driver(endpoint, kFillConnections, static_cast<int>(settings.threads), 1);
  const std::unique_ptr<Workload> filler = MakeTableFiller(workload);
  const RunResult result = driver.Run(*filler, RunPlan{});
  if (result.errors > 0 || result.operations != workload.item_count) {
    Fail("filling " + workload.table->name() + ": " + result.first_problem);
  }
  std::fprintf(stderr, "filled %s with %llu items in %.1f s\n", workload.table->name().c_str(),
               static_cast<unsigned long long>(workload.item_count),
               static_cast<double>(result.elapsed_ns) / 1e9);
}

std::optional<ProcessSample> SampleServer(const Settings& settings) {
  if (settings.server_pid == 0) return std::nullopt;
  auto sample = SampleProcess(static_cast<pid_t>(settings.server_pid));
  if (!sample) Fail("cannot watch process " + std::to_string(settings.server_pid));
  return sample;
}

Configuration Measure(const Settings& settings, const Endpoint& endpoint, const WorkloadKind& kind,
                      const WorkloadSettings& workload_settings) {
  Configuration configuration;
  configuration.workload = kind.name;
  configuration.item_bytes = workload_settings.item_bytes;
  configuration.item_count = workload_settings.item_count;
  configuration.connections = workload_settings.connections;
  configuration.rate = settings.rate;
  const std::unique_ptr<Workload> workload = kind.make(workload_settings);
  Driver driver(endpoint, workload_settings.connections, static_cast<int>(settings.threads),
                static_cast<uint64_t>(settings.seed));
  if (settings.warmup_seconds > 0) {
    const RunPlan plan{settings.warmup_seconds, settings.rate, settings.busy_poll};
    const RunResult warmup = driver.Run(*workload, plan);
    if (warmup.errors > 0) configuration.stored_problem = "warm-up: " + warmup.first_problem;
  }
  for (int64_t i = 0; i < settings.runs; i++) {
    MeasuredRun run;
    run.server_before = SampleServer(settings);
    const uint64_t load_cpu_before = OwnCpuNanoseconds();
    run.load = driver.Run(*workload, {settings.seconds, settings.rate, settings.busy_poll});
    run.load_cpu_ns = OwnCpuNanoseconds() - load_cpu_before;
    run.server_after = SampleServer(settings);
    configuration.runs.push_back(std::move(run));
  }
  if (workload_settings.table != nullptr && configuration.stored_problem.empty()) {
    SimpleClient client(endpoint);
    configuration.stored_problem = workload->CheckStored(client);
  }
  return configuration;
}

void PrintProblems(const Configuration& configuration) {
  if (!configuration.stored_problem.empty()) {
    std::printf("  wrong: %s\n", configuration.stored_problem.c_str());
  }
  for (const MeasuredRun& run : configuration.runs) {
    if (run.load.errors == 0) continue;
    std::printf("  wrong: %llu replies, the first: %s\n",
                static_cast<unsigned long long>(run.load.errors), run.load.first_problem.c_str());
  }
}

void CheckSettings(const Settings& settings) {
  for (const std::string& name : settings.workloads) {
    if (FindWorkload(name) == nullptr) Fail("there is no workload '" + name + "'");
  }
  for (const int64_t connections : settings.connections) {
    if (connections < 1) Fail("--connections must be positive");
    for (const int64_t item_bytes : settings.item_bytes) {
      if (static_cast<uint64_t>(connections) > ItemCount(settings, item_bytes)) {
        Fail("there must be at least one item for each connection");
      }
    }
  }
  if (settings.payload != "random" && settings.payload != "words") {
    Fail("--payload is random or words");
  }
  if (settings.runs < 1 || settings.seconds <= 0) Fail("--runs and --seconds must be positive");
  if (!settings.load_cpu.empty() && !PinProcess(0, settings.load_cpu)) Fail("--load_cpu failed");
  if (!settings.server_cpu.empty() &&
      !PinProcess(static_cast<pid_t>(settings.server_pid), settings.server_cpu)) {
    Fail("--server_cpu failed; it needs --server_pid");
  }
}

WorkloadSettings PrepareTable(const Settings& settings, const Endpoint& endpoint,
                              const WorkloadKind& kind, int64_t item_bytes,
                              std::set<std::string>* filled) {
  WorkloadSettings workload;
  workload.item_bytes = item_bytes;
  workload.item_count = ItemCount(settings, item_bytes);
  if (kind.shape == TableShape::kNone) return workload;
  const Payload payload = settings.payload == "words" ? Payload::kWords : Payload::kRandom;
  workload.table =
      std::make_shared<BenchTable>(settings.table_prefix, kind.shape, item_bytes, payload);
  if (settings.fills_tables && filled->insert(workload.table->name()).second) {
    FillTable(settings, endpoint, workload);
  }
  return workload;
}

Endpoint EndpointOf(const Settings& settings) {
  Endpoint endpoint = ParseEndpoint(settings.endpoint);
  if (settings.access_key.empty()) return endpoint;
  const size_t colon = settings.access_key.find(':');
  if (colon == std::string::npos) Fail("--access_key is ID:SECRET");
  endpoint.access_key_id = settings.access_key.substr(0, colon);
  endpoint.secret = settings.access_key.substr(colon + 1);
  return endpoint;
}

int RunAll(const Settings& settings) {
  CheckSettings(settings);
  const Endpoint endpoint = EndpointOf(settings);
  std::vector<Configuration> configurations;
  std::set<std::string> filled;
  bool is_right = true;
  if (!settings.fills_only) std::printf("%s", TableHeader().c_str());
  for (const std::string& name : settings.workloads) {
    const WorkloadKind& kind = *FindWorkload(name);
    for (const int64_t item_bytes : settings.item_bytes) {
      WorkloadSettings workload = PrepareTable(settings, endpoint, kind, item_bytes, &filled);
      if (settings.fills_only) continue;
      for (const int64_t connections : settings.connections) {
        workload.connections = static_cast<int>(connections);
        configurations.push_back(Measure(settings, endpoint, kind, workload));
        is_right = is_right && !configurations.back().HasProblem();
        std::printf("%s", TableLine(configurations.back()).c_str());
        PrintProblems(configurations.back());
        std::fflush(stdout);
      }
    }
  }
  if (!settings.json.empty()) {
    std::ofstream file(settings.json);
    file << JsonReport(configurations);
    if (!file.flush()) Fail("cannot write " + settings.json);
  }
  return is_right ? 0 : 1;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::RunAll(millrace::bench::ReadSettings(argc, argv));
}
