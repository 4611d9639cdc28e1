// Names, meanings and labels of the metrics.
#include "server/metrics/metrics_page.h"

#include "server/metrics/metric_list.h"

namespace millrace::server {
namespace {

constexpr double kMsPerSecond = 1000;
constexpr double kUsPerSecond = 1'000'000;

// One metric without labels each.
template <typename Value>
void AddCounter(const char* name, const char* help, Value value, MetricList* list) {
  list->Counter(name, help);
  list->Add(static_cast<double>(value));
}

template <typename Value>
void AddGauge(const char* name, const char* help, Value value, MetricList* list) {
  list->Gauge(name, help);
  list->Add(static_cast<double>(value));
}

void AddStorage(const MetricsInput& input, MetricList* list) {
  const engine::CommitStatistics& commits = input.commits;
  AddCounter("millrace_commit_groups_total", "Write batches committed.", commits.groups, list);
  AddCounter("millrace_commit_requests_total", "Mutations that went through the committer.",
             commits.requests, list);
  AddCounter("millrace_commit_refusals_total", "Mutations refused, for example by a condition.",
             commits.refusals, list);
  AddGauge("millrace_commit_queued_requests", "Mutations waiting for the committer.",
           commits.queued_requests, list);
  AddCounter("millrace_commit_sequence", "The last commit sequence.", commits.last_sequence, list);
  AddGauge("millrace_writable", "1 while writes are accepted.", input.writable ? 1 : 0, list);
  AddCounter("millrace_expired_items_total", "Items deleted because their time was over.",
             input.expired_items, list);
}

void AddHttp(const HttpStatistics& http, MetricList* list) {
  AddGauge("millrace_http_connections", "Open connections.", http.connections, list);
  AddCounter("millrace_http_connections_total", "Connections accepted.", http.connections_total,
             list);
  AddGauge("millrace_http_in_flight_requests", "Requests being read, run or answered.",
           http.in_flight_requests, list);
  AddGauge("millrace_http_in_flight_bytes", "Bytes of the bodies of those.", http.in_flight_bytes,
           list);
  AddGauge("millrace_http_streams", "Replies that are produced over time.", http.streams, list);
  AddCounter("millrace_http_requests_total", "Request heads received.", http.requests_total, list);
  AddCounter("millrace_http_refused_total", "Requests refused because of a bound.",
             http.refused_total, list);
  AddCounter("millrace_http_timeouts_total", "Connections closed for waiting too long.",
             http.timeouts_total, list);
  list->Counter("millrace_http_replies_total", "Replies by class of status.");
  list->Add(static_cast<double>(http.replies_2xx_total), {{"class", "2xx"}});
  list->Add(static_cast<double>(http.replies_4xx_total), {{"class", "4xx"}});
  list->Add(static_cast<double>(http.replies_5xx_total), {{"class", "5xx"}});
}

// One figure per function.
template <typename Member>
void AddFunctions(const streams::InvokeStatistics& statistics, Member member, MetricList* list) {
  for (const streams::FunctionStatistics& function : statistics.functions) {
    list->Add(static_cast<double>(function.*member), {{"function", function.name}});
  }
}

void AddDurations(const streams::InvokeStatistics& statistics, MetricList* list) {
  list->Histogram("lambda_duration_seconds", "Time that handlers took.");
  for (const streams::FunctionStatistics& function : statistics.functions) {
    MetricList::Buckets buckets;
    uint64_t count = 0;
    for (size_t i = 0; i < streams::DurationHistogram::kBoundsMs.size(); ++i) {
      count += static_cast<uint64_t>(function.duration.counts[i]);
      buckets.cumulative.emplace_back(
          static_cast<double>(streams::DurationHistogram::kBoundsMs[i]) / kMsPerSecond, count);
    }
    buckets.count = static_cast<uint64_t>(function.duration.count);
    buckets.sum = static_cast<double>(function.duration.sum_us) / kUsPerSecond;
    list->Add(buckets, {{"function", function.name}});
  }
}

void AddInvocations(const streams::InvokeStatistics& statistics, MetricList* list) {
  using Function = streams::FunctionStatistics;
  list->Counter("lambda_invocations_total", "Events handed to handlers.");
  AddFunctions(statistics, &Function::invocations, list);
  list->Counter("lambda_errors_total", "Invocations that ended in a function error.");
  AddFunctions(statistics, &Function::errors, list);
  list->Counter("lambda_throttles_total", "Invocations refused for concurrency.");
  AddFunctions(statistics, &Function::throttles, list);
  list->Counter("lambda_cold_starts_total", "Environments started.");
  AddFunctions(statistics, &Function::cold_starts, list);
  list->Gauge("lambda_concurrent_executions", "Invocations that run now.");
  AddFunctions(statistics, &Function::running, list);
  AddDurations(statistics, list);
  AddGauge("lambda_unreserved_concurrent_executions",
           "Invocations that run now of functions without a reservation.",
           statistics.running_unreserved, list);
  AddGauge("lambda_environments", "Execution environments.", statistics.environments, list);
  AddGauge("lambda_waiting_invocations", "Invocations that wait for a place on this machine.",
           statistics.waiting, list);
}

// One figure per mapping.
template <typename Figure>
void AddMappings(const MetricsInput& input, Figure figure, MetricList* list) {
  for (const auto& [mapping, figures] : input.mappings) {
    list->Add(figure(figures), {{"event_source_mapping", mapping.uuid},
                                {"function", mapping.settings.function_name}});
  }
}

void AddMappingCounter(const char* name, const char* help, const MetricsInput& input,
                       int64_t streams::MappingFigures::*member, MetricList* list) {
  list->Counter(name, help);
  AddMappings(
      input,
      [member](const streams::MappingFigures& figures) {
        return static_cast<double>(figures.*member);
      },
      list);
}

void AddMappings(const MetricsInput& input, MetricList* list) {
  using Figures = streams::MappingFigures;
  AddMappingCounter("lambda_polled_events_total", "Records and messages looked at.", input,
                    &Figures::polled_events, list);
  AddMappingCounter("lambda_filtered_out_events_total", "Of those, the ones no filter wanted.",
                    input, &Figures::filtered_out_events, list);
  AddMappingCounter("lambda_invoked_events_total", "Of those, the ones handed to the function.",
                    input, &Figures::invoked_events, list);
  AddMappingCounter("lambda_failed_invoke_events_total",
                    "Of those, the ones whose invocation failed.", input,
                    &Figures::failed_invoke_events, list);
  AddMappingCounter("lambda_dropped_events_total", "Records given up; see the discard ledger.",
                    input, &Figures::dropped_events, list);
  AddMappingCounter("lambda_deleted_events_total", "Messages deleted from queues.", input,
                    &Figures::deleted_events, list);
  AddMappingCounter("lambda_trimmed_records_total",
                    "Records that left the stream before they were delivered, at most.", input,
                    &Figures::trimmed_records, list);
  list->Gauge("lambda_iterator_age_seconds",
              "Age of the last record of the last batch when it was handed over.");
  AddMappings(
      input,
      [](const Figures& figures) {
        return static_cast<double>(figures.iterator_age_ms) / kMsPerSecond;
      },
      list);
  list->Gauge("lambda_checkpoint_lag_records",
              "About how many records are still to be delivered; stops counting at 1000 a shard.");
  AddMappings(
      input, [](const Figures& figures) { return static_cast<double>(figures.lag_records); }, list);
  list->Gauge("lambda_lane_blocked_seconds",
              "How long the batch has failed that fails for the longest time.");
  AddMappings(
      input,
      [now_ms = input.now_ms](const Figures& figures) {
        return figures.blocked_since_ms == 0
                   ? 0.0
                   : static_cast<double>(now_ms - figures.blocked_since_ms) / kMsPerSecond;
      },
      list);
}

void AddDeliveryCounter(const char* name, const char* help, const MetricsInput& input,
                        int64_t streams::DeliveryFigures::*member, MetricList* list) {
  list->Counter(name, help);
  for (const auto& [source, figures] : input.deliveries) {
    list->Add(static_cast<double>(figures.*member), {{"source", source}});
  }
}

void AddDeliveries(const MetricsInput& input, MetricList* list) {
  using Figures = streams::DeliveryFigures;
  AddDeliveryCounter("lambda_async_events_received_total", "Asynchronous events taken.", input,
                     &Figures::received, list);
  AddDeliveryCounter("lambda_async_events_dropped_total",
                     "Asynchronous events given up without success.", input, &Figures::dropped,
                     list);
  AddDeliveryCounter("lambda_recursive_invocations_dropped_total",
                     "Of those, the ones at the end of a chain that was too long.", input,
                     &Figures::recursive, list);
  AddDeliveryCounter("lambda_dead_letter_errors_total",
                     "Attempts to send a dead letter that failed.", input,
                     &Figures::dead_letter_errors, list);
  AddDeliveryCounter("lambda_destination_delivery_failures_total",
                     "Attempts to tell a destination that failed.", input,
                     &Figures::destination_failures, list);
  list->Counter("lambda_async_event_age_seconds_sum",
                "How long asynchronous events had waited when they were tried, in all.");
  for (const auto& [source, figures] : input.deliveries) {
    list->Add(static_cast<double>(figures.age_sum_ms) / kMsPerSecond, {{"source", source}});
  }
  AddDeliveryCounter("lambda_async_event_age_seconds_count", "How many that were.", input,
                     &Figures::age_count, list);
}

}  // namespace

std::string MetricsPage(const MetricsInput& input) {
  MetricList list;
  AddStorage(input, &list);
  AddHttp(input.http, &list);
  AddInvocations(input.invocations, &list);
  AddMappings(input, &list);
  AddDeliveries(input, &list);
  return list.Text();
}

}  // namespace millrace::server
