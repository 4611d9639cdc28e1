// Reading settings of event source mappings.
#include "api/functions/mapping_request.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/functions/destination.h"
#include "api/functions/function_target.h"
#include "api/functions/mapping_members.h"
#include "api/wire/shape.h"
#include "streams/functions/function_catalog.h"
#include "streams/mappings/mapping_start.h"

namespace millrace::api {
namespace {

constexpr size_t kFilterCountMax = 5;
constexpr int64_t kRecordAgeMin = 60;
constexpr int64_t kQueueBatchSize = 10;  // the default, and the most without a window
constexpr size_t kNumberCount = 9;

std::string_view TextOf(json::Value value) {
  return value.present() ? value.AsString() : std::string_view();
}

Status Refuse(std::string message) {
  return Status(StatusCode::kInvalidArgument, std::move(message));
}

// Rules that hold between settings.
Status CheckTogether(const MappingSource& source, const streams::MappingSettings& settings) {
  if (source.kind == SourceKind::kStream) {
    return settings.tumbling_window_s > 0 && settings.parallelization_factor > 1
               ? Refuse("TumblingWindowInSeconds requires a ParallelizationFactor of 1.")
               : Status::Ok();
  }
  if (source.fifo && settings.batching_window_s > 0) {
    return Refuse("Batching window is not supported for FIFO queues.");
  }
  if (source.fifo && settings.batch_size > kQueueBatchSize) {
    return Refuse("Batch size must be 10 or less for FIFO queues.");
  }
  if (settings.batch_size > kQueueBatchSize && settings.batching_window_s < 1) {
    return Refuse(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
        "than 10");
  }
  if (settings.pollers_max != 0 && settings.pollers_min > settings.pollers_max) {
    return Refuse("MinimumPollers must not be greater than MaximumPollers.");
  }
  return Status::Ok();
}

// Settings that a request gives, each if it does.
struct GivenSettings {
  MappingSource source;
  std::array<std::optional<int64_t>, kNumberCount> numbers;
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
  for (size_t index = 0; index < kNumberCount; ++index) {
    Assign(numbers[index], &(settings->*MappingNumbers()[index].setting));
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
  return CheckTogether(source, *settings);
}

RestStatus ReadNumbers(json::Value input, GivenSettings* given) {
  for (size_t index = 0; index < kNumberCount; ++index) {
    const NumberMember& member = MappingNumbers()[index];
    const json::Value number = FindIn(input, member.structure, member.name);
    if (number.present()) {
      given->numbers[index] = number.AsInt64();
    } else if (!member.structure.empty() && input.Find(member.structure).present()) {
      given->numbers[index] = 0;  // a structure replaces the old one as a whole
    }
  }
  const json::Value age = input.Find("MaximumRecordAgeInSeconds");
  return age.present() && age.AsInt64() != -1 && age.AsInt64() < kRecordAgeMin
             ? InvalidParameterValue(
                   "MaximumRecordAgeInSeconds must be -1, or at least 60 and at most 604800.")
             : RestStatus();
}

RestStatus ReadFilters(json::Value criteria, GivenSettings* given) {
  if (!criteria.present()) {
    return {};
  }
  given->filters.emplace();
  const json::Value list = criteria.Find("Filters");
  if (!list.present()) {
    return {};
  }
  if (list.size() > kFilterCountMax) {
    return InvalidParameterValue("Too many filters: there may be at most " +
                                 std::to_string(kFilterCountMax) + ".");
  }
  bool valid = true;
  for (const json::Value filter : list.elements()) {
    const json::Value pattern = filter.IsObject() ? filter.Find("Pattern") : json::Value();
    valid = valid && pattern.present();
    given->filters->emplace_back(TextOf(pattern));
  }
  streams::Mapping mapping;
  mapping.stream_id = given->source.stream_id;
  mapping.settings.filters = *given->filters;
  mapping.settings.numeric_attributes = given->numeric_attributes.value_or(false);
  return valid && streams::CheckFilter(mapping).ok()
             ? RestStatus()
             : InvalidParameterValue("Invalid filter pattern definition.");
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

RestStatus ReadSettings(const Services& services, const MappingSource& source, json::Value input,
                        SettingsEdit* edit) {
  GivenSettings given;
  given.source = source;
  RETURN_IF_REST_ERROR(ReadNumbers(input, &given));
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
  RETURN_IF_REST_ERROR(ReadFilters(input.Find("FilterCriteria"), &given));
  RETURN_IF_REST_ERROR(ReadDestinations(services, input.Find("DestinationConfig"), &given));
  RETURN_IF_REST_ERROR(ReadFunction(services, input.Find("FunctionName"), &given));
  *edit = [given = std::move(given)](streams::MappingSettings* settings) {
    return given.ApplyTo(settings);
  };
  return {};
}

streams::MappingSettings DefaultSettings(SourceKind kind) {
  streams::MappingSettings settings;
  if (kind == SourceKind::kQueue) {
    settings.batch_size = kQueueBatchSize;
  }
  return settings;
}

RestStatus CheckSettings(const Services& services, const MappingSource& source,
                         const streams::MappingSettings& settings) {
  if (source.kind != SourceKind::kQueue) {
    return {};
  }
  const streams::RunnableFunctionPointer function =
      services.functions->Resolve(settings.function_name, settings.qualifier);
  if (function == nullptr || source.visibility_timeout_s * 1000 >= function->timeout_ms) {
    return {};
  }
  return InvalidParameterValue("Invalid request provided: Queue visibility timeout: " +
                               std::to_string(source.visibility_timeout_s) +
                               " seconds is less than Function timeout: " +
                               std::to_string(function->timeout_ms / 1000) + " seconds");
}

}  // namespace millrace::api
