// The page as a whole, against what Prometheus reads.
#include "server/metrics/metrics_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::server {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsPage, ShowsTheServer) {
  MetricsInput input;
  input.commits.requests = 1'234'567'890;
  input.http.replies_4xx_total = 7;
  const std::string page = MetricsPage(input);
  EXPECT_THAT(page, HasSubstr("# HELP millrace_commit_requests_total Mutations that went"));
  EXPECT_THAT(page, HasSubstr("# TYPE millrace_commit_requests_total counter\n"
                              "millrace_commit_requests_total 1234567890\n"));
  EXPECT_THAT(page, HasSubstr("# TYPE millrace_writable gauge\nmillrace_writable 1\n"));
  EXPECT_THAT(page, HasSubstr("millrace_http_replies_total{class=\"4xx\"} 7\n"));
  EXPECT_THAT(page, Not(HasSubstr("function=")));
}

TEST(MetricsPage, ShowsFunctionsAndMappings) {
  MetricsInput input;
  streams::FunctionStatistics function;
  function.name = "f";
  function.invocations = 3;
  function.duration.Add(1'500);
  function.duration.Add(700'000);
  function.duration.Add(100'000'000);
  input.invocations.functions = {function};
  streams::Mapping mapping;
  mapping.uuid = "u";
  mapping.settings.function_name = "f";
  streams::MappingFigures figures;
  figures.dropped_events = 2;
  figures.blocked_since_ms = 1'000;
  input.mappings = {{mapping, figures}};
  input.now_ms = 3'500;
  input.deliveries["f"].received = 5;
  const std::string page = MetricsPage(input);
  EXPECT_THAT(page, HasSubstr("lambda_invocations_total{function=\"f\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("lambda_duration_seconds_count{function=\"f\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("lambda_duration_seconds_bucket{function=\"f\",le=\"0.001\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("lambda_duration_seconds_bucket{function=\"f\",le=\"0.002\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("lambda_duration_seconds_bucket{function=\"f\",le=\"1\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("lambda_duration_seconds_bucket{function=\"f\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("lambda_dropped_events_total{event_source_mapping=\"u\","
                              "function=\"f\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("lambda_lane_blocked_seconds{event_source_mapping=\"u\","
                              "function=\"f\"} 2.5\n"));
  EXPECT_THAT(page, HasSubstr("lambda_async_events_received_total{source=\"f\"} 5\n"));
}

}  // namespace
}  // namespace millrace::server
