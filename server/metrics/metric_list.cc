// Thin calls into prometheus-cpp.
#include "server/metrics/metric_list.h"

#include <prometheus/text_serializer.h>

#include <limits>

namespace millrace::server {

void MetricList::Begin(const char* name, const char* help, prometheus::MetricType type) {
  families_.push_back({name, help, type, {}});
}

void MetricList::Counter(const char* name, const char* help) {
  Begin(name, help, prometheus::MetricType::Counter);
}

void MetricList::Gauge(const char* name, const char* help) {
  Begin(name, help, prometheus::MetricType::Gauge);
}

void MetricList::Histogram(const char* name, const char* help) {
  Begin(name, help, prometheus::MetricType::Histogram);
}

prometheus::ClientMetric* MetricList::Append(const MetricLabels& labels) {
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  for (const auto& [name, value] : labels) {
    metric.label.push_back({name, value});
  }
  return &metric;
}

void MetricList::Add(double value, const MetricLabels& labels) {
  const bool counts = families_.back().type == prometheus::MetricType::Counter;
  prometheus::ClientMetric* const metric = Append(labels);
  (counts ? metric->counter.value : metric->gauge.value) = value;
}

void MetricList::Add(const Buckets& buckets, const MetricLabels& labels) {
  prometheus::ClientMetric::Histogram& histogram = Append(labels)->histogram;
  histogram.sample_count = buckets.count;
  histogram.sample_sum = buckets.sum;
  for (const auto& [bound, count] : buckets.cumulative) {
    histogram.bucket.push_back({count, bound});
  }
  histogram.bucket.push_back({buckets.count, std::numeric_limits<double>::infinity()});
}

std::string MetricList::Text() const { return prometheus::TextSerializer().Serialize(families_); }

}  // namespace millrace::server
