// Gathers figures as metrics of prometheus-cpp, which writes them in the format that Prometheus
// reads.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace millrace::server {

// Labels of one figure: names and values.
using MetricLabels = std::vector<std::pair<const char*, std::string>>;

// Figures of one metric follow one another. Not thread-safe.
class MetricList {
 public:
  // Begins a metric: its name, without labels, and what it says.
  void Counter(const char* name, const char* help);
  void Gauge(const char* name, const char* help);
  void Histogram(const char* name, const char* help);

  // Adds a figure to the metric begun last.
  void Add(double value, const MetricLabels& labels = {});
  // The same for a histogram: how many were at most as large as each bound, and how many in all.
  struct Buckets {
    std::vector<std::pair<double, uint64_t>> cumulative;  // upper bound, count
    uint64_t count = 0;
    double sum = 0;
  };
  void Add(const Buckets& buckets, const MetricLabels& labels = {});

  // The whole page.
  std::string Text() const;

 private:
  void Begin(const char* name, const char* help, prometheus::MetricType type);
  prometheus::ClientMetric* Append(const MetricLabels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace millrace::server
