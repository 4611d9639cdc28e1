// Figures are derived here, in one place, from what the runs counted; the table and the JSON show
// the same ones.

#include "bench/load/report.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "bench/load/monotonic_clock.h"

namespace millrace::bench {
namespace {

/// A figure of one run. Absent figures (no server process given) are not printed.
struct Figure {
  const char* name;
  std::function<std::optional<double>(const MeasuredRun& run)> value;
};

double Seconds(const MeasuredRun& run) {
  return static_cast<double>(run.load.elapsed_ns) / static_cast<double>(kNanosecondsPerSecond);
}

double Operations(const MeasuredRun& run) {
  return static_cast<double>(std::max<uint64_t>(1, run.load.operations));
}

Figure LatencyFigure(const char* name, double percent) {
  return {name, [percent](const MeasuredRun& run) -> std::optional<double> {
            return static_cast<double>(run.load.latency_ns.Percentile(percent)) / 1000.0;
          }};
}

Figure ServerFigure(const char* name,
                    double (*value)(const MeasuredRun& run, const ProcessSample& before,
                                    const ProcessSample& after)) {
  return {name, [value](const MeasuredRun& run) -> std::optional<double> {
            if (!run.server_before || !run.server_after) return std::nullopt;
            return value(run, *run.server_before, *run.server_after);
          }};
}

const std::vector<Figure>& Figures() {
  using Sample = ProcessSample;
  static const auto* const figures = new std::vector<Figure>{
      {"operations_per_second",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load.operations) / Seconds(run);
       }},
      LatencyFigure("latency_us_p50", 50),
      LatencyFigure("latency_us_p90", 90),
      LatencyFigure("latency_us_p99", 99),
      LatencyFigure("latency_us_p999", 99.9),
      LatencyFigure("latency_us_max", 100),
      {"latency_us_mean",
       [](const MeasuredRun& run) -> std::optional<double> {
         return run.load.latency_ns.Mean() / 1000.0;
       }},
      ServerFigure("server_cpu_us_per_operation",
                   [](const MeasuredRun& run, const Sample& before, const Sample& after) {
                     return static_cast<double>(after.cpu_ns - before.cpu_ns) / 1000.0 /
                            Operations(run);
                   }),
      ServerFigure("server_cpu_share",
                   [](const MeasuredRun& run, const Sample& before, const Sample& after) {
                     return static_cast<double>(after.cpu_ns - before.cpu_ns) /
                            static_cast<double>(std::max<uint64_t>(1, run.load.elapsed_ns));
                   }),
      ServerFigure("server_write_bytes_per_operation",
                   [](const MeasuredRun& run, const Sample& before, const Sample& after) {
                     return static_cast<double>(after.write_bytes - before.write_bytes) /
                            Operations(run);
                   }),
      ServerFigure("server_resident_bytes",
                   [](const MeasuredRun&, const Sample&, const Sample& after) {
                     return static_cast<double>(after.resident_bytes);
                   }),
      ServerFigure("server_resident_bytes_max",
                   [](const MeasuredRun&, const Sample&, const Sample& after) {
                     return static_cast<double>(after.resident_bytes_max);
                   }),
      {"load_cpu_share",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load_cpu_ns) /
                static_cast<double>(std::max<uint64_t>(1, run.load.elapsed_ns));
       }},
      {"reply_body_bytes_mean",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load.reply_bytes) / Operations(run);
       }},
      {"operations",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load.operations);
       }},
      {"errors",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load.errors);
       }},
      {"unsent",
       [](const MeasuredRun& run) -> std::optional<double> {
         return static_cast<double>(run.load.unsent);
       }},
      {"seconds", [](const MeasuredRun& run) -> std::optional<double> { return Seconds(run); }},
  };
  return *figures;
}

std::vector<double> ValuesOf(const Figure& figure, const Configuration& configuration) {
  std::vector<double> values;
  for (const MeasuredRun& run : configuration.runs) {
    const std::optional<double> value = figure.value(run);
    if (value) values.push_back(*value);
  }
  std::sort(values.begin(), values.end());
  return values;
}

double Median(const std::vector<double>& sorted) {
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// The median of a figure by name as text, "-" when no run has it.
std::string MedianText(const Configuration& configuration, const std::string& name, double divisor,
                       const char* format) {
  for (const Figure& figure : Figures()) {
    if (name != figure.name) continue;
    const std::vector<double> values = ValuesOf(figure, configuration);
    if (values.empty()) return "-";
    char text[64];
    std::snprintf(text, sizeof text, format, Median(values) / divisor);
    return text;
  }
  return "?";
}

std::string NumberText(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

constexpr const char* kLineFormat = "%-16s %7s %5s %9s %17s %9s %9s %9s %8s %9s %7s %5s %s\n";

std::string FormatLine(const std::vector<std::string>& cells) {
  char line[512];
  std::snprintf(line, sizeof line, kLineFormat, cells[0].c_str(), cells[1].c_str(),
                cells[2].c_str(), cells[3].c_str(), cells[4].c_str(), cells[5].c_str(),
                cells[6].c_str(), cells[7].c_str(), cells[8].c_str(), cells[9].c_str(),
                cells[10].c_str(), cells[11].c_str(), cells[12].c_str());
  return line;
}

std::string JsonRun(const MeasuredRun& run) {
  std::string json = "{";
  for (const Figure& figure : Figures()) {
    const std::optional<double> value = figure.value(run);
    if (!value) continue;
    if (json.size() > 1) json += ",";
    json += JsonString(figure.name) + ":" + NumberText(*value);
  }
  if (!run.load.first_problem.empty()) {
    json += ",\"first_problem\":" + JsonString(run.load.first_problem);
  }
  return json + "}";
}

std::string JsonMedians(const Configuration& configuration) {
  std::string json = "{";
  for (const Figure& figure : Figures()) {
    const std::vector<double> values = ValuesOf(figure, configuration);
    if (values.empty()) continue;
    if (json.size() > 1) json += ",";
    json += JsonString(figure.name) + ":{\"median\":" + NumberText(Median(values)) +
            ",\"min\":" + NumberText(values.front()) + ",\"max\":" + NumberText(values.back()) +
            "}";
  }
  return json + "}";
}

}  // namespace

bool Configuration::HasProblem() const {
  return !stored_problem.empty() ||
         std::any_of(runs.begin(), runs.end(),
                     [](const MeasuredRun& run) { return run.load.errors > 0; });
}

std::string JsonString(const std::string& text) {
  std::string json = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') json += '\\';
    if (code >= 0x20 && code < 0x7F) {
      json += letter;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", code);
      json += escape;
    }
  }
  return json + "\"";
}

std::string TableHeader() {
  return FormatLine({"workload", "item B", "conn", "op/s", "(range)", "p50 us", "p99 us",
                     "p99.9 us", "cpu us", "wrote B", "rss MB", "load", "verdict"});
}

std::string TableLine(const Configuration& configuration) {
  const std::vector<double> throughput = ValuesOf(Figures().front(), configuration);
  char range[64];
  std::snprintf(range, sizeof range, "(%.0f-%.0f)", throughput.front(), throughput.back());
  const auto median = [&](const char* name, double divisor, const char* format) {
    return MedianText(configuration, name, divisor, format);
  };
  const bool is_overloaded = std::any_of(configuration.runs.begin(), configuration.runs.end(),
                                         [](const auto& run) { return run.load.unsent > 0; });
  const char* verdict = configuration.HasProblem() ? "WRONG" : is_overloaded ? "overload" : "ok";
  return FormatLine(
      {configuration.workload, std::to_string(configuration.item_bytes),
       std::to_string(configuration.connections), median("operations_per_second", 1, "%.0f"), range,
       median("latency_us_p50", 1, "%.1f"), median("latency_us_p99", 1, "%.1f"),
       median("latency_us_p999", 1, "%.1f"), median("server_cpu_us_per_operation", 1, "%.2f"),
       median("server_write_bytes_per_operation", 1, "%.0f"),
       median("server_resident_bytes", 1 << 20, "%.1f"), median("load_cpu_share", 0.01, "%.0f%%"),
       verdict});
}

std::string JsonReport(const std::vector<Configuration>& configurations) {
  std::string json = "{\"configurations\":[";
  for (size_t i = 0; i < configurations.size(); i++) {
    const Configuration& configuration = configurations[i];
    json += i == 0 ? "\n" : ",\n";
    json += "{\"workload\":" + JsonString(configuration.workload);
    json += ",\"item_bytes\":" + std::to_string(configuration.item_bytes);
    json += ",\"item_count\":" + std::to_string(configuration.item_count);
    json += ",\"connections\":" + std::to_string(configuration.connections);
    json += ",\"rate\":" + NumberText(configuration.rate);
    json += std::string(",\"right\":") + (configuration.HasProblem() ? "false" : "true");
    json += ",\"stored_problem\":" + JsonString(configuration.stored_problem);
    json += ",\"figures\":" + JsonMedians(configuration) + ",\"runs\":[";
    for (size_t run = 0; run < configuration.runs.size(); run++) {
      json += (run == 0 ? "" : ",") + JsonRun(configuration.runs[run]);
    }
    json += "]}";
  }
  return json + "\n]}\n";
}

}  // namespace millrace::bench
