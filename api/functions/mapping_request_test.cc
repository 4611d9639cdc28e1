// Settings of event source mappings: ranges, what does not fit together, and states between states.
#include "api/functions/mapping_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/functions/destination.h"
#include "api/functions/mapping_members.h"
#include "api/functions/mapping_transitions.h"
#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

using testing::HasSubstr;

// What is said of the members of a request; empty if they are fine.
std::string Violations(std::string_view text) {
  const ParsedJson parsed(text);
  EXPECT_TRUE(parsed.valid()) << text;
  ConstraintCollector constraints;
  CheckMappingMembers(parsed.root(), &constraints);
  return FromApi(constraints.Finish()).message();
}

RestStatus Read(std::string_view text, streams::MappingSettings* settings) {
  const ParsedJson parsed(text);
  EXPECT_TRUE(parsed.valid()) << text;
  SettingsEdit edit;
  MappingSource source;
  source.stream_id = 1;
  RETURN_IF_REST_ERROR(ReadSettings(Services(), source, parsed.root(), &edit));
  return FromFunctionStore(edit(settings));
}

TEST(MappingRequest, Ranges) {
  for (const char* text :
       {"{}", R"({"BatchSize":1})", R"({"BatchSize":10000})",
        R"({"MaximumBatchingWindowInSeconds":0})", R"({"MaximumBatchingWindowInSeconds":300})",
        R"({"ParallelizationFactor":10})", R"({"MaximumRecordAgeInSeconds":-1})",
        R"({"MaximumRetryAttempts":-1})", R"({"MaximumRetryAttempts":10000})",
        R"({"TumblingWindowInSeconds":900})", R"({"FunctionResponseTypes":[]})",
        R"({"FunctionResponseTypes":["ReportBatchItemFailures"]})",
        R"({"MetricsConfig":{"Metrics":["EventCount"]}})", R"({"MetricsConfig":{}})"}) {
    EXPECT_EQ(Violations(text), "") << text;
  }
  const std::pair<const char*, const char*> cases[] = {
      {R"({"BatchSize":0})",
       "Value '0' at 'batchSize' failed to satisfy constraint: Member must "
       "have value greater than or equal to 1"},
      {R"({"BatchSize":10001})", "less than or equal to 10000"},
      {R"({"MaximumBatchingWindowInSeconds":301})", "'maximumBatchingWindowInSeconds'"},
      {R"({"ParallelizationFactor":0})", "'parallelizationFactor'"},
      {R"({"ParallelizationFactor":11})", "'parallelizationFactor'"},
      {R"({"MaximumRecordAgeInSeconds":-2})", "'maximumRecordAgeInSeconds'"},
      {R"({"MaximumRecordAgeInSeconds":604801})", "'maximumRecordAgeInSeconds'"},
      {R"({"MaximumRetryAttempts":10001})", "'maximumRetryAttempts'"},
      {R"({"TumblingWindowInSeconds":901})", "'tumblingWindowInSeconds'"},
      {R"({"FunctionResponseTypes":["Other"]})", "'functionResponseTypes'"},
      {R"({"MetricsConfig":{"Metrics":["Other"]}})", "'metricsConfig.metrics'"},
      {R"({"FunctionName":""})", "'functionName'"},
  };
  for (const auto& [text, violation] : cases) {
    EXPECT_THAT(Violations(text), HasSubstr(violation)) << text;
  }
  const std::string pattern(4097, ' ');
  EXPECT_THAT(Violations(R"({"FilterCriteria":{"Filters":[{"Pattern":")" + pattern + "\"}]}}"),
              HasSubstr("'filterCriteria.filters.1.member.pattern'"));
}

TEST(MappingRequest, WhatIsNotGivenStays) {
  streams::MappingSettings settings;
  settings.batch_size = 7;
  settings.filters = {R"({"a":[1]})"};
  settings.on_failure_arn = "old";
  const streams::MappingSettings before = settings;
  ASSERT_TRUE(Read("{}", &settings).ok());
  EXPECT_EQ(settings, before);
  ASSERT_TRUE(Read(R"({"FilterCriteria":{},"DestinationConfig":{"OnFailure":{}},
                       "MetricsConfig":{"Metrics":["EventCount"]},
                       "FunctionResponseTypes":["ReportBatchItemFailures"],"Enabled":false,
                       "BisectBatchOnFunctionError":true,"BatchSize":9})",
                   &settings)
                  .ok());
  EXPECT_TRUE(settings.filters.empty());
  EXPECT_EQ(settings.on_failure_arn, "");
  EXPECT_TRUE(settings.count_events);
  EXPECT_TRUE(settings.report_item_failures);
  EXPECT_TRUE(settings.bisect_on_error);
  EXPECT_FALSE(settings.enabled);
  EXPECT_EQ(settings.batch_size, 9);
  ASSERT_TRUE(Read(R"({"FunctionResponseTypes":[],"MetricsConfig":{}})", &settings).ok());
  EXPECT_FALSE(settings.report_item_failures);
  EXPECT_FALSE(settings.count_events);
}

TEST(MappingRequest, WhatDoesNotFit) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"MaximumRecordAgeInSeconds":59})", "MaximumRecordAgeInSeconds"},
      {R"({"TumblingWindowInSeconds":1,"ParallelizationFactor":2})", "TumblingWindowInSeconds"},
      {R"({"FilterCriteria":{"Filters":[{"Pattern":"{}"}]}})",
       "Invalid filter pattern definition."},
      {R"({"FilterCriteria":{"Filters":[{"Pattern":"{"}]}})", "Invalid filter pattern definition."},
      {R"({"FilterCriteria":{"Filters":[{}]}})", "Invalid filter pattern definition."},
      {R"({"FilterCriteria":{"Filters":[{},{},{},{},{},{}]}})", "Too many filters"},
      {R"({"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:sqs:us-east-1:1:q"}}})",
       "OnSuccess"},
      {R"({"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sns:us-east-1:1:t"}}})",
       "topics"},
  };
  for (const auto& [text, message] : cases) {
    streams::MappingSettings settings;
    const RestStatus status = Read(text, &settings);
    EXPECT_EQ(status.type(), RestErrorType::kInvalidParameterValue) << text;
    EXPECT_THAT(status.message(), HasSubstr(message)) << text;
  }
  // A window on a mapping that has several lanes already.
  streams::MappingSettings settings;
  settings.parallelization_factor = 2;
  EXPECT_FALSE(Read(R"({"TumblingWindowInSeconds":1})", &settings).ok());
}

TEST(MappingRequest, MembersOfOtherSources) {
  for (const char* member :
       {"ScalingConfig", "ProvisionedPollerConfig", "Queues", "Topics", "SelfManagedEventSource",
        "SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig", "SourceAccessConfigurations"}) {
    const ParsedJson parsed("{\"" + std::string(member) + "\":{}}");
    EXPECT_EQ(CheckMembersOfSource(parsed.root(), SourceKind::kStream).type(),
              RestErrorType::kInvalidParameterValue)
        << member;
  }
}

TEST(Destination, QueuesAndFunctionsOnly) {
  const Services services;
  for (const char* arn : {"", "arn:aws:sqs:us-east-1:000000000000:q-1_a",
                          "arn:aws:lambda:us-east-1:000000000000:function:f",
                          "arn:aws:lambda:us-east-1:000000000000:function:f:live"}) {
    EXPECT_TRUE(CheckDestination(services, arn).ok()) << arn;
  }
  for (const char* arn :
       {"q", "arn:aws:sqs:us-east-1:000000000000:", "arn:aws:sqs:us-east-1:000000000000:a b",
        "arn:aws:sqs:eu-west-1:000000000000:q", "arn:aws:sqs:us-east-1:000000000001:q",
        "arn:aws:sqs:us-east-1:000000000000:q.fifo", "arn:aws:s3:::bucket",
        "arn:aws:sns:us-east-1:000000000000:t", "arn:aws:lambda:us-east-1:000000000000:layer:f",
        "arn:aws:events:us-east-1:000000000000:event-bus/default"}) {
    EXPECT_FALSE(CheckDestination(services, arn).ok()) << arn;
  }
}

TEST(MappingTransitions, ShowForTheirTimeAndWhileTheEngineIsAtThem) {
  ManualClock clock(1000);
  MappingTransitions transitions(&clock, 100);
  streams::Mapping mapping;
  mapping.uuid = "a";
  EXPECT_EQ(transitions.Current("a", false), std::nullopt);
  EXPECT_EQ(transitions.Current("a", true), MappingChange::kUpdating);
  transitions.Begin(mapping, MappingChange::kDisabling);
  EXPECT_EQ(transitions.Current("a", false), MappingChange::kDisabling);
  clock.AdvanceMs(100);
  EXPECT_EQ(transitions.Current("a", false), std::nullopt);
  EXPECT_EQ(transitions.Current("a", true), MappingChange::kDisabling);
  EXPECT_EQ(transitions.Deleted("a"), std::nullopt);
  transitions.Begin(mapping, MappingChange::kDeleting);
  EXPECT_TRUE(transitions.Deleted("a").has_value());
  EXPECT_EQ(transitions.Current("a", false), MappingChange::kDeleting);
  clock.AdvanceMs(100);
  EXPECT_EQ(transitions.Deleted("a"), std::nullopt);
}

TEST(MappingTransitions, OneClaimAtATime) {
  ManualClock clock(1000);
  MappingTransitions transitions(&clock, 0);
  EXPECT_TRUE(transitions.Claim("x"));
  EXPECT_FALSE(transitions.Claim("x"));
  EXPECT_TRUE(transitions.Claim("y"));
  transitions.Release("x");
  EXPECT_TRUE(transitions.Claim("x"));
}

}  // namespace
}  // namespace millrace::api
