// What a configuration measured, and how it is shown: one line of a table for people, one object of
// a JSON list for programs.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/driver.h"
#include "bench/load/process_sample.h"

namespace millrace::bench {

/// One measured run.
struct MeasuredRun {
  RunResult load;
  /// The server before and after; absent without --server_pid.
  std::optional<ProcessSample> server_before;
  std::optional<ProcessSample> server_after;
  /// Processor time the load generator itself spent, nanoseconds.
  uint64_t load_cpu_ns = 0;
};

/// All runs of one configuration.
struct Configuration {
  std::string workload;
  int64_t item_bytes = 0;
  uint64_t item_count = 0;
  int connections = 0;
  double rate = 0;
  std::vector<MeasuredRun> runs;
  /// What Workload::CheckStored found wrong.
  std::string stored_problem;

  /// True when any reply or any stored item was wrong.
  bool HasProblem() const;
};

/// The column names of the table.
std::string TableHeader();

/// The configuration's line: medians over its runs, and the range of the throughput.
std::string TableLine(const Configuration& configuration);

/// The whole report as one JSON object.
std::string JsonReport(const std::vector<Configuration>& configurations);

/// `text` as a JSON string with its quotes.
std::string JsonString(const std::string& text);

}  // namespace millrace::bench
