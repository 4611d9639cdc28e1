// Shapes and constraints of the members of event source mappings.
#include "api/functions/mapping_members.h"

#include <array>
#include <string>

#include "api/functions/function_request.h"

namespace millrace::api {
namespace {

using streams::MappingSettings;

constexpr size_t kPatternSizeMax = 4096;
constexpr size_t kFunctionNameSizeMax = 140;
constexpr size_t kDestinationSizeMax = 350;

constexpr std::array<ShapeMember, 1> kFilterMembers = {{{"Pattern", &kStringShape}}};
constexpr Shape kFilterShape = {ShapeKind::kStructure, "Filter", nullptr, kFilterMembers};
constexpr Shape kFiltersShape = {ShapeKind::kList, {}, &kFilterShape, {}};
constexpr std::array<ShapeMember, 1> kCriteriaMembers = {{{"Filters", &kFiltersShape}}};

constexpr std::array<ShapeMember, 1> kTargetMembers = {{{"Destination", &kStringShape}}};
constexpr Shape kOnSuccessShape = {ShapeKind::kStructure, "OnSuccess", nullptr, kTargetMembers};
constexpr Shape kOnFailureShape = {ShapeKind::kStructure, "OnFailure", nullptr, kTargetMembers};
constexpr std::array<ShapeMember, 2> kDestinationMembers = {
    {{"OnSuccess", &kOnSuccessShape}, {"OnFailure", &kOnFailureShape}}};

constexpr std::array<ShapeMember, 1> kMetricsMembers = {{{"Metrics", &kStringListShape}}};
constexpr std::array<ShapeMember, 1> kScalingMembers = {{{"MaximumConcurrency", &kIntegerShape}}};
constexpr std::array<ShapeMember, 2> kPollerMembers = {
    {{"MinimumPollers", &kIntegerShape}, {"MaximumPollers", &kIntegerShape}}};

constexpr auto kNumbers = std::to_array<NumberMember>({
    {"", "BatchSize", "batchSize", 1, 10000, &MappingSettings::batch_size},
    {"", "MaximumBatchingWindowInSeconds", "maximumBatchingWindowInSeconds", 0, 300,
     &MappingSettings::batching_window_s},
    {"", "ParallelizationFactor", "parallelizationFactor", 1, 10,
     &MappingSettings::parallelization_factor},
    {"", "MaximumRecordAgeInSeconds", "maximumRecordAgeInSeconds", -1, 604800,
     &MappingSettings::record_age_max_s},
    {"", "MaximumRetryAttempts", "maximumRetryAttempts", -1, 10000,
     &MappingSettings::retry_attempts_max},
    {"", "TumblingWindowInSeconds", "tumblingWindowInSeconds", 0, 900,
     &MappingSettings::tumbling_window_s},
    {"ScalingConfig", "MaximumConcurrency", "scalingConfig.maximumConcurrency", 2, 1000,
     &MappingSettings::concurrency_max},
    {"ProvisionedPollerConfig", "MinimumPollers", "provisionedPollerConfig.minimumPollers", 2, 200,
     &MappingSettings::pollers_min},
    {"ProvisionedPollerConfig", "MaximumPollers", "provisionedPollerConfig.maximumPollers", 2, 2000,
     &MappingSettings::pollers_max},
});

constexpr auto kOfNoSource = std::to_array<std::string_view>({
    "Queues",
    "Topics",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
});
constexpr auto kOfQueues =
    std::to_array<std::string_view>({"ScalingConfig", "ProvisionedPollerConfig"});
constexpr auto kOfStreams = std::to_array<std::string_view>({
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "TumblingWindowInSeconds",
    "DestinationConfig",
});

// The elements of a list that has one allowed value.
void CheckEnumList(json::Value list, std::string_view path, std::string_view allowed,
                   ConstraintCollector* constraints) {
  constraints->CheckLength(list, path, 0, 1);
  if (!list.present()) {
    return;
  }
  for (const json::Value element : list.elements()) {
    if (!element.IsString() || element.AsString() != allowed) {
      constraints->AddValue(
          "[" + std::string(element.IsString() ? element.AsString() : "null") + "]", path,
          "Member must satisfy constraint: [Member must satisfy enum value set: [" +
              std::string(allowed) + "]]");
    }
  }
}

void CheckFilters(json::Value filters, ConstraintCollector* constraints) {
  if (!filters.present()) {
    return;
  }
  int index = 0;
  for (const json::Value filter : filters.elements()) {
    ++index;
    if (filter.IsObject()) {
      constraints->CheckLength(
          filter.Find("Pattern"),
          "filterCriteria.filters." + std::to_string(index) + ".member.pattern", 0,
          kPatternSizeMax);
    }
  }
}

RestStatus RefuseMembers(json::Value input, std::span<const std::string_view> members) {
  for (const std::string_view member : members) {
    if (input.Find(member).present()) {
      return InvalidParameterValue(std::string(member) +
                                   " is not supported for the type of this event source.");
    }
  }
  return {};
}

}  // namespace

const Shape kAnyStructureListShape = {ShapeKind::kList, {}, &kAnyStructureShape, {}};
const Shape kFilterCriteriaShape = {ShapeKind::kStructure, "FilterCriteria", nullptr,
                                    kCriteriaMembers};
const Shape kDestinationConfigShape = {ShapeKind::kStructure, "DestinationConfig", nullptr,
                                       kDestinationMembers};
const Shape kMetricsConfigShape = {ShapeKind::kStructure, "EventSourceMappingMetricsConfig",
                                   nullptr, kMetricsMembers};
const Shape kScalingConfigShape = {ShapeKind::kStructure, "ScalingConfig", nullptr,
                                   kScalingMembers};
const Shape kProvisionedPollerConfigShape = {ShapeKind::kStructure, "ProvisionedPollerConfig",
                                             nullptr, kPollerMembers};

std::span<const NumberMember> MappingNumbers() { return kNumbers; }

json::Value FindIn(json::Value input, std::string_view structure, std::string_view member) {
  if (structure.empty()) {
    return input.Find(member);
  }
  const json::Value found = input.Find(structure);
  return found.present() ? found.Find(member) : json::Value();
}

void CheckMappingMembers(json::Value input, ConstraintCollector* constraints) {
  constraints->CheckLength(input.Find("FunctionName"), "functionName", 1, kFunctionNameSizeMax);
  for (const NumberMember& number : kNumbers) {
    const json::Value value = FindIn(input, number.structure, number.name);
    constraints->CheckIntegerMin(value, number.path, number.least);
    constraints->CheckIntegerMax(value, number.path, number.most);
  }
  CheckFilters(FindIn(input, "FilterCriteria", "Filters"), constraints);
  const json::Value destinations = input.Find("DestinationConfig");
  if (destinations.present()) {
    constraints->CheckLength(FindIn(destinations, "OnFailure", "Destination"),
                             "destinationConfig.onFailure.destination", 0, kDestinationSizeMax);
  }
  CheckEnumList(input.Find("FunctionResponseTypes"), "functionResponseTypes",
                "ReportBatchItemFailures", constraints);
  CheckEnumList(FindIn(input, "MetricsConfig", "Metrics"), "metricsConfig.metrics", "EventCount",
                constraints);
}

RestStatus CheckMembersOfSource(json::Value input, SourceKind kind) {
  RETURN_IF_REST_ERROR(RefuseMembers(input, kOfNoSource));
  return kind == SourceKind::kStream ? RefuseMembers(input, kOfQueues)
                                     : RefuseMembers(input, kOfStreams);
}

}  // namespace millrace::api
