// Reading settings of event source mappings.
#include "api/functions/mapping_request.h"

#include <algorithm>
#include <array>

#include "api/functions/destination.h"
#include "api/functions/function_request.h"
#include "streams/change_filter.h"
#include "streams/functions/function_catalog.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

constexpr size_t kFilterCountMax = 5;
constexpr size_t kPatternSizeMax = 4096;
constexpr int64_t kRecordAgeMin = 60;
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

// Numbers, their ranges, and where they go.
struct NumberMember {
  std::string_view name;
  std::string_view path;
  int64_t least;
  int64_t most;
  int64_t streams::MappingSettings::*setting;
};
constexpr std::array<NumberMember, 6> kNumbers = {{
    {"BatchSize", "batchSize", 1, 10000, &streams::MappingSettings::batch_size},
    {"MaximumBatchingWindowInSeconds", "maximumBatchingWindowInSeconds", 0, 300,
     &streams::MappingSettings::batching_window_s},
    {"ParallelizationFactor", "parallelizationFactor", 1, 10,
     &streams::MappingSettings::parallelization_factor},
    {"MaximumRecordAgeInSeconds", "maximumRecordAgeInSeconds", -1, 604800,
     &streams::MappingSettings::record_age_max_s},
    {"MaximumRetryAttempts", "maximumRetryAttempts", -1, 10000,
     &streams::MappingSettings::retry_attempts_max},
    {"TumblingWindowInSeconds", "tumblingWindowInSeconds", 0, 900,
     &streams::MappingSettings::tumbling_window_s},
}};

// Members of other kinds of sources.
constexpr std::array<std::string_view, 9> kNotForStreams = {"ScalingConfig",
                                                            "ProvisionedPollerConfig",
                                                            "Queues",
                                                            "Topics",
                                                            "SourceAccessConfigurations",
                                                            "SelfManagedEventSource",
                                                            "SelfManagedKafkaEventSourceConfig",
                                                            "AmazonManagedKafkaEventSourceConfig",
                                                            "DocumentDBEventSourceConfig"};
constexpr std::array<std::string_view, 6> kNotForQueues = {
    "ParallelizationFactor",      "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
    "BisectBatchOnFunctionError", "TumblingWindowInSeconds",   "DestinationConfig"};

// The elements of a list with one allowed value.
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

json::Value FindIn(json::Value input, std::string_view structure, std::string_view member) {
  const json::Value found = input.Find(structure);
  return found.present() ? found.Find(member) : json::Value();
}

std::string_view TextOf(json::Value value) {
  return value.present() ? value.AsString() : std::string_view();
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

RestStatus ReadFilters(json::Value criteria, bool numeric_attributes,
                       std::vector<std::string>* filters) {
  const json::Value list = criteria.Find("Filters");
  if (!list.present()) {
    return {};
  }
  if (list.size() > kFilterCountMax) {
    return InvalidParameterValue("Too many filters: there may be at most " +
                                 std::to_string(kFilterCountMax) + ".");
  }
  for (const json::Value filter : list.elements()) {
    const json::Value pattern = filter.IsObject() ? filter.Find("Pattern") : json::Value();
    if (!pattern.present()) {
      return InvalidParameterValue("Invalid filter pattern definition.");
    }
    filters->emplace_back(pattern.AsString());
  }
  streams::PatternOptions options;
  options.numeric_attributes = numeric_attributes;
  if (!streams::ChangeFilter::Compile(*filters, options).ok()) {
    return InvalidParameterValue("Invalid filter pattern definition.");
  }
  return {};
}

// Rules that hold between settings.
Status CheckTogether(const streams::MappingSettings& settings) {
  if (settings.tumbling_window_s > 0 && settings.parallelization_factor > 1) {
    return Status(StatusCode::kInvalidArgument,
                  "TumblingWindowInSeconds requires a ParallelizationFactor of 1.");
  }
  return Status::Ok();
}

// Settings that a request gives, each if it does.
struct GivenSettings {
  std::array<std::optional<int64_t>, kNumbers.size()> numbers;
  std::optional<FunctionTarget> function;
  std::optional<bool> enabled;
  std::optional<bool> bisect;
  std::optional<bool> numeric_attributes;
  std::optional<bool> report_item_failures;
  std::optional<bool> count_events;
  std::optional<std::vector<std::string>> filters;
  std::optional<std::string> on_failure_arn;
  std::optional<std::string> key_arn;

  Status ApplyTo(streams::MappingSettings* settings) const;
};

template <typename Setting>
void Assign(const std::optional<Setting>& given, Setting* setting) {
  if (given.has_value()) {
    *setting = *given;
  }
}

Status GivenSettings::ApplyTo(streams::MappingSettings* settings) const {
  for (size_t index = 0; index < kNumbers.size(); ++index) {
    Assign(numbers[index], &(settings->*kNumbers[index].setting));
  }
  if (function.has_value()) {
    settings->function_name = function->name;
    settings->qualifier = function->qualifier;
  }
  Assign(enabled, &settings->enabled);
  Assign(bisect, &settings->bisect_on_error);
  Assign(numeric_attributes, &settings->numeric_attributes);
  Assign(report_item_failures, &settings->report_item_failures);
  Assign(count_events, &settings->count_events);
  Assign(filters, &settings->filters);
  Assign(on_failure_arn, &settings->on_failure_arn);
  Assign(key_arn, &settings->key_arn);
  return CheckTogether(*settings);
}

RestStatus ReadFunction(const Services& services, json::Value name, GivenSettings* given) {
  if (!name.present()) {
    return {};
  }
  FunctionTarget target;
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, name.AsString(), {}, &target));
  if (services.functions->Resolve(target.name, target.qualifier) == nullptr) {
    return InvalidParameterValue("Function does not exist");
  }
  given->function = std::move(target);
  return {};
}

RestStatus ReadDestinations(const Services& services, json::Value config, GivenSettings* given) {
  if (!config.present()) {
    return {};
  }
  if (!TextOf(FindIn(config, "OnSuccess", "Destination")).empty()) {
    return InvalidParameterValue(
        "OnSuccess destinations are not supported for event source mappings.");
  }
  given->on_failure_arn = TextOf(FindIn(config, "OnFailure", "Destination"));
  return CheckDestination(services, *given->on_failure_arn);
}

std::optional<bool> ReadBoolean(json::Value value) {
  return value.present() ? std::optional<bool>(BooleanOf(value)) : std::nullopt;
}

// Whether a list that may be absent has elements.
std::optional<bool> HasElements(json::Value list) {
  return list.present() ? std::optional<bool>(list.size() > 0) : std::nullopt;
}

}  // namespace

const Shape kAnyStructureListShape = {ShapeKind::kList, {}, &kAnyStructureShape, {}};
const Shape kFilterCriteriaShape = {ShapeKind::kStructure, "FilterCriteria", nullptr,
                                    kCriteriaMembers};
const Shape kDestinationConfigShape = {ShapeKind::kStructure, "DestinationConfig", nullptr,
                                       kDestinationMembers};
const Shape kMetricsConfigShape = {ShapeKind::kStructure, "EventSourceMappingMetricsConfig",
                                   nullptr, kMetricsMembers};

void CheckMappingMembers(json::Value input, ConstraintCollector* constraints) {
  constraints->CheckLength(input.Find("FunctionName"), "functionName", 1, kFunctionNameSizeMax);
  for (const NumberMember& number : kNumbers) {
    constraints->CheckIntegerMin(input.Find(number.name), number.path, number.least);
    constraints->CheckIntegerMax(input.Find(number.name), number.path, number.most);
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
  const std::span<const std::string_view> refused =
      kind == SourceKind::kStream ? std::span<const std::string_view>(kNotForStreams)
                                  : std::span<const std::string_view>(kNotForQueues);
  for (const std::string_view member : refused) {
    if (input.Find(member).present()) {
      return InvalidParameterValue(std::string(member) +
                                   " is not supported for the type of this event source.");
    }
  }
  return {};
}

RestStatus ReadSettings(const Services& services, json::Value input, SettingsEdit* edit) {
  GivenSettings given;
  for (size_t index = 0; index < kNumbers.size(); ++index) {
    const json::Value number = input.Find(kNumbers[index].name);
    if (number.present()) {
      given.numbers[index] = number.AsInt64();
    }
  }
  const json::Value age = input.Find("MaximumRecordAgeInSeconds");
  if (age.present() && age.AsInt64() != -1 && age.AsInt64() < kRecordAgeMin) {
    return InvalidParameterValue(
        "MaximumRecordAgeInSeconds must be -1, or at least 60 and at most 604800.");
  }
  given.enabled = ReadBoolean(input.Find("Enabled"));
  given.bisect = ReadBoolean(input.Find("BisectBatchOnFunctionError"));
  given.numeric_attributes = ReadBoolean(input.Find("NumericAttributeMatching"));
  given.report_item_failures = HasElements(input.Find("FunctionResponseTypes"));
  if (input.Find("MetricsConfig").present()) {
    given.count_events = HasElements(FindIn(input, "MetricsConfig", "Metrics")).value_or(false);
  }
  if (input.Find("KMSKeyArn").present()) {
    given.key_arn = input.Find("KMSKeyArn").AsString();
  }
  if (const json::Value criteria = input.Find("FilterCriteria"); criteria.present()) {
    given.filters.emplace();
    RETURN_IF_REST_ERROR(
        ReadFilters(criteria, given.numeric_attributes.value_or(false), &*given.filters));
  }
  RETURN_IF_REST_ERROR(ReadDestinations(services, input.Find("DestinationConfig"), &given));
  RETURN_IF_REST_ERROR(ReadFunction(services, input.Find("FunctionName"), &given));
  *edit = [given = std::move(given)](streams::MappingSettings* settings) {
    return given.ApplyTo(settings);
  };
  return {};
}

std::string MappingArn(const Services& services, std::string_view uuid) {
  return std::string("arn:aws:lambda:")
      .append(services.region)
      .append(":")
      .append(services.account)
      .append(":event-source-mapping:")
      .append(uuid);
}

std::string MappingFunctionArn(const Services& services, const streams::MappingSettings& settings) {
  return FunctionArn(services, settings.function_name, settings.qualifier);
}

RestStatus MappingNotFound() { return RestNotFound("The resource you requested does not exist."); }

std::optional<std::string> FindSameMapping(const Services& services,
                                           std::string_view event_source_arn,
                                           const streams::MappingSettings& settings,
                                           std::string_view except) {
  for (const streams::Mapping& mapping : services.mappings->List()) {
    if (mapping.event_source_arn == event_source_arn && mapping.uuid != except &&
        mapping.settings.function_name == settings.function_name &&
        mapping.settings.qualifier == settings.qualifier) {
      return mapping.uuid;
    }
  }
  return std::nullopt;
}

RestStatus MappingExists(const Services& services, std::string_view event_source_arn,
                         const streams::MappingSettings& settings, const std::string& uuid) {
  return {RestErrorType::kResourceConflict,
          "An event source mapping with event source arn (\" " + std::string(event_source_arn) +
              " \") and function name (\" " + MappingFunctionArn(services, settings) +
              " \") already exists. Please update or delete the existing mapping with UUID " +
              uuid};
}

}  // namespace millrace::api
