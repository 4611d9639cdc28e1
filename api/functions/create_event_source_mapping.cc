// CreateEventSourceMapping.
#include <array>
#include <cmath>
#include <utility>

#include "api/functions/function_request.h"
#include "api/functions/invocation_operation_list.h"
#include "api/functions/json_values.h"
#include "api/functions/mapping_members.h"
#include "api/functions/mapping_names.h"
#include "api/functions/mapping_reply.h"
#include "api/functions/mapping_request.h"
#include "api/functions/tag_map.h"
#include "storage/base/random.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"EventSourceArn", &kStringShape},
    {"FunctionName", &kStringShape},
    {"Enabled", &kBooleanShape},
    {"BatchSize", &kIntegerShape},
    {"FilterCriteria", &kFilterCriteriaShape},
    {"MaximumBatchingWindowInSeconds", &kIntegerShape},
    {"ParallelizationFactor", &kIntegerShape},
    {"StartingPosition", &kStringShape},
    {"StartingPositionTimestamp", &kDoubleShape},
    {"DestinationConfig", &kDestinationConfigShape},
    {"MaximumRecordAgeInSeconds", &kIntegerShape},
    {"BisectBatchOnFunctionError", &kBooleanShape},
    {"MaximumRetryAttempts", &kIntegerShape},
    {"Tags", &kStringMapShape},
    {"TumblingWindowInSeconds", &kIntegerShape},
    {"Topics", &kStringListShape},
    {"Queues", &kStringListShape},
    {"SourceAccessConfigurations", &kAnyStructureListShape},
    {"SelfManagedEventSource", &kAnyStructureShape},
    {"FunctionResponseTypes", &kStringListShape},
    {"AmazonManagedKafkaEventSourceConfig", &kAnyStructureShape},
    {"SelfManagedKafkaEventSourceConfig", &kAnyStructureShape},
    {"ScalingConfig", &kScalingConfigShape},
    {"DocumentDBEventSourceConfig", &kAnyStructureShape},
    {"KMSKeyArn", &kStringShape},
    {"MetricsConfig", &kMetricsConfigShape},
    {"ProvisionedPollerConfig", &kProvisionedPollerConfigShape},
    {"NumericAttributeMatching", &kBooleanShape},
});

RestStatus CheckMembers(json::Value input) {
  constexpr std::array<std::string_view, 3> kPositions = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"};
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("FunctionName"), "functionName");
  constraints.CheckEnum(input.Find("StartingPosition"), "startingPosition",
                        "[TRIM_HORIZON, LATEST, AT_TIMESTAMP]", kPositions);
  CheckMappingMembers(input, &constraints);
  return FromApi(constraints.Finish());
}

RestStatus ReadPosition(json::Value input, streams::Mapping* mapping) {
  const json::Value position = input.Find("StartingPosition");
  const json::Value time = input.Find("StartingPositionTimestamp");
  if (!position.present()) {
    ConstraintCollector constraints;
    constraints.AddNull("startingPosition");
    return FromApi(constraints.Finish());
  }
  const bool at_time = position.AsString() == "AT_TIMESTAMP";
  mapping->starting_position = at_time ? streams::StartingPosition::kAtTimestamp
                               : position.AsString() == "LATEST"
                                   ? streams::StartingPosition::kLatest
                                   : streams::StartingPosition::kTrimHorizon;
  if (at_time != time.present()) {
    return InvalidParameterValue(
        "StartingPositionTimestamp must be given with the starting position AT_TIMESTAMP, and "
        "only with it.");
  }
  if (at_time) {
    constexpr double kSecondsMax = 253402300799;  // the end of the year 9999
    const double seconds = time.IsNumber() ? DoubleOf(time) : -1;
    if (!(seconds >= 0 && seconds <= kSecondsMax)) {
      return InvalidParameterValue("StartingPositionTimestamp is not a time.");
    }
    mapping->starting_timestamp_ms = std::llround(seconds * 1000);
  }
  return {};
}

// Queues have no position to start from.
RestStatus RefusePosition(json::Value input) {
  if (!input.Find("StartingPosition").present() &&
      !input.Find("StartingPositionTimestamp").present()) {
    return {};
  }
  return InvalidParameterValue("Unsupported starting position for arn type: " +
                               std::string(input.Find("EventSourceArn").AsString()));
}

RestStatus ReadMapping(const Services& services, json::Value input, streams::Mapping* mapping) {
  RETURN_IF_REST_ERROR(CheckMembers(input));
  const json::Value arn = input.Find("EventSourceArn");
  MappingSource source;
  RETURN_IF_REST_ERROR(ReadSourceKind(arn.present() ? arn.AsString() : "", &source.kind));
  RETURN_IF_REST_ERROR(CheckMembersOfSource(input, source.kind));
  RETURN_IF_REST_ERROR(source.kind == SourceKind::kStream ? ReadPosition(input, mapping)
                                                          : RefusePosition(input));
  RETURN_IF_REST_ERROR(FindSource(services, arn.AsString(), &source));
  mapping->event_source_arn = source.arn;
  mapping->stream_id = source.stream_id;
  mapping->settings = DefaultSettings(source.kind);
  SettingsEdit edit;
  RETURN_IF_REST_ERROR(ReadSettings(services, source, input, &edit));
  RETURN_IF_REST_ERROR(FromFunctionStore(edit(&mapping->settings)));
  RETURN_IF_REST_ERROR(CheckSettings(services, source, mapping->settings));
  return ReadTagMap(input.Find("Tags"), &mapping->tags);
}

// Names the source and the function: there may be one mapping between them.
std::string PairOf(const streams::Mapping& mapping) {
  return mapping.event_source_arn + " " + mapping.settings.function_name + ":" +
         mapping.settings.qualifier;
}

RestStatus Reserve(const Services& services, const streams::Mapping& mapping) {
  if (services.mapping_transitions != nullptr &&
      !services.mapping_transitions->Claim(PairOf(mapping))) {
    return {RestErrorType::kResourceConflict,
            "Such an event source mapping is being created by another request."};
  }
  const std::optional<std::string> same =
      FindSameMapping(services, mapping.event_source_arn, mapping.settings, {});
  if (!same.has_value()) {
    return {};
  }
  if (services.mapping_transitions != nullptr) {
    services.mapping_transitions->Release(PairOf(mapping));
  }
  return MappingExists(services, mapping.event_source_arn, mapping.settings, *same);
}

// On a thread of the engine.
void Answer(const Services& services, const std::string& pair,
            const Result<streams::Mapping>& created, RestCall* call) {
  if (services.mapping_transitions != nullptr) {
    services.mapping_transitions->Release(pair);
  }
  if (created.status().code() == StatusCode::kNotFound) {
    call->Fail(InvalidParameterValue("The event source has just been deleted."));
    return;
  }
  if (!created.ok()) {
    call->Fail(FromFunctionStore(created.status()));
    return;
  }
  NoteChange(services, created.value(), MappingChange::kCreating);
  ReplyMapping(services, 202, created.value(), {MappingChange::kCreating, "No records processed"},
               call);
}

}  // namespace

const Shape kCreateEventSourceMappingShape = {ShapeKind::kStructure,
                                              "CreateEventSourceMappingRequest", nullptr, kMembers};

void RunCreateEventSourceMapping(const Services& services, RestCall* call) {
  streams::Mapping mapping;
  RestStatus status = ReadMapping(services, call->input(), &mapping);
  if (status.ok()) {
    status = Reserve(services, mapping);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  mapping.uuid = NewUuid(services.random);
  std::string pair = PairOf(mapping);
  services.mappings->Create(std::move(mapping), [&services, pair = std::move(pair),
                                                 call](const Result<streams::Mapping>& created) {
    Answer(services, pair, created, call);
  });
}

}  // namespace millrace::api
