// UpdateEventSourceMapping.
#include <array>
#include <utility>

#include "api/functions/function_request.h"
#include "api/functions/invocation_operation_list.h"
#include "api/functions/mapping_members.h"
#include "api/functions/mapping_names.h"
#include "api/functions/mapping_reply.h"
#include "api/functions/mapping_request.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"FunctionName", &kStringShape},
    {"Enabled", &kBooleanShape},
    {"BatchSize", &kIntegerShape},
    {"FilterCriteria", &kFilterCriteriaShape},
    {"MaximumBatchingWindowInSeconds", &kIntegerShape},
    {"DestinationConfig", &kDestinationConfigShape},
    {"MaximumRecordAgeInSeconds", &kIntegerShape},
    {"BisectBatchOnFunctionError", &kBooleanShape},
    {"MaximumRetryAttempts", &kIntegerShape},
    {"ParallelizationFactor", &kIntegerShape},
    {"SourceAccessConfigurations", &kAnyStructureListShape},
    {"TumblingWindowInSeconds", &kIntegerShape},
    {"FunctionResponseTypes", &kStringListShape},
    {"ScalingConfig", &kScalingConfigShape},
    {"AmazonManagedKafkaEventSourceConfig", &kAnyStructureShape},
    {"SelfManagedKafkaEventSourceConfig", &kAnyStructureShape},
    {"DocumentDBEventSourceConfig", &kAnyStructureShape},
    {"KMSKeyArn", &kStringShape},
    {"MetricsConfig", &kMetricsConfigShape},
    {"ProvisionedPollerConfig", &kProvisionedPollerConfigShape},
    {"NumericAttributeMatching", &kBooleanShape},
});

// What kind of change it is, as the state shows it.
MappingChange KindOf(bool was_enabled, bool is_enabled) {
  return was_enabled == is_enabled ? MappingChange::kUpdating
         : is_enabled              ? MappingChange::kEnabling
                                   : MappingChange::kDisabling;
}

RestStatus ReadUpdate(const Services& services, const streams::Mapping& mapping, json::Value input,
                      SettingsEdit* edit) {
  ConstraintCollector constraints;
  CheckMappingMembers(input, &constraints);
  RETURN_IF_REST_ERROR(FromApi(constraints.Finish()));
  const MappingSource source = SourceOf(services, mapping);
  RETURN_IF_REST_ERROR(CheckMembersOfSource(input, source.kind));
  RETURN_IF_REST_ERROR(ReadSettings(services, source, input, edit));
  streams::MappingSettings settings = mapping.settings;
  RETURN_IF_REST_ERROR(FromFunctionStore((*edit)(&settings)));
  RETURN_IF_REST_ERROR(CheckSettings(services, source, settings));
  const std::optional<std::string> same =
      FindSameMapping(services, mapping.event_source_arn, settings, mapping.uuid);
  return same.has_value() ? MappingExists(services, mapping.event_source_arn, settings, *same)
                          : RestStatus();
}

}  // namespace

const Shape kUpdateEventSourceMappingShape = {ShapeKind::kStructure,
                                              "UpdateEventSourceMappingRequest", nullptr, kMembers};

void RunUpdateEventSourceMapping(const Services& services, RestCall* call) {
  streams::Mapping mapping;
  SettingsEdit edit;
  RestStatus status = FindQuietMapping(services, call->segment(0), "update", &mapping);
  if (status.ok()) {
    status = ReadUpdate(services, mapping, call->input(), &edit);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string_view last_result = StatusOf(services, mapping).last_result;
  const bool was_enabled = mapping.settings.enabled;
  services.mappings->Update(
      mapping.uuid,
      [edit = std::move(edit)](streams::Mapping* changed) { return edit(&changed->settings); },
      [&services, last_result, was_enabled, call](const Result<streams::Mapping>& updated) {
        if (!updated.ok()) {
          call->Fail(FromFunctionStore(updated.status()));
          return;
        }
        const MappingChange change = KindOf(was_enabled, updated.value().settings.enabled);
        NoteChange(services, updated.value(), change);
        ReplyMapping(services, 202, updated.value(), {change, last_result}, call);
      });
}

}  // namespace millrace::api
