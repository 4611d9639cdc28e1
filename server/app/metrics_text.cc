// Writing metrics.
#include "server/app/metrics_text.h"

#include <cstdint>
#include <string_view>

namespace millrace::server {
namespace {

class TextWriter {
 public:
  void Counter(std::string_view name, std::string_view help, uint64_t value) {
    Describe(name, help, "counter");
    Sample(name, value);
  }
  void Gauge(std::string_view name, std::string_view help, uint64_t value) {
    Describe(name, help, "gauge");
    Sample(name, value);
  }
  void Describe(std::string_view name, std::string_view help, std::string_view type) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }
  void Sample(std::string_view name, uint64_t value) {
    text_.append(name).append(" ").append(std::to_string(value)).append("\n");
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string MetricsText(const engine::CommitStatistics& commits, bool writable,
                        uint64_t expired_items, const HttpStatistics& http) {
  TextWriter writer;
  writer.Counter("millrace_commit_groups_total", "Write batches committed.", commits.groups);
  writer.Counter("millrace_commit_requests_total", "Mutations that went through the committer.",
                 commits.requests);
  writer.Counter("millrace_commit_refusals_total", "Mutations refused, for example by a condition.",
                 commits.refusals);
  writer.Gauge("millrace_commit_queued_requests", "Mutations waiting for the committer.",
               commits.queued_requests);
  writer.Counter("millrace_commit_sequence", "The last commit sequence.", commits.last_sequence);
  writer.Gauge("millrace_writable", "1 while writes are accepted.", writable ? 1 : 0);
  writer.Counter("millrace_expired_items_total", "Items deleted because their time was over.",
                 expired_items);
  writer.Gauge("millrace_http_connections", "Open connections.",
               static_cast<uint64_t>(http.connections));
  writer.Counter("millrace_http_connections_total", "Connections accepted.",
                 http.connections_total);
  writer.Gauge("millrace_http_in_flight_requests", "Requests being read, run or answered.",
               static_cast<uint64_t>(http.in_flight_requests));
  writer.Gauge("millrace_http_in_flight_bytes", "Bytes of the bodies of those.",
               static_cast<uint64_t>(http.in_flight_bytes));
  writer.Gauge("millrace_http_streams", "Replies that are produced over time.",
               static_cast<uint64_t>(http.streams));
  writer.Counter("millrace_http_requests_total", "Request heads received.", http.requests_total);
  writer.Counter("millrace_http_refused_total", "Requests refused because of a bound.",
                 http.refused_total);
  writer.Counter("millrace_http_timeouts_total", "Connections closed for waiting too long.",
                 http.timeouts_total);
  writer.Describe("millrace_http_replies_total", "Replies by class of status.", "counter");
  writer.Sample("millrace_http_replies_total{class=\"2xx\"}", http.replies_2xx_total);
  writer.Sample("millrace_http_replies_total{class=\"4xx\"}", http.replies_4xx_total);
  writer.Sample("millrace_http_replies_total{class=\"5xx\"}", http.replies_5xx_total);
  return writer.Take();
}

}  // namespace millrace::server
