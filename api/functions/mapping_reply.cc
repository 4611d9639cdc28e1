// Writing event source mappings.
#include "api/functions/mapping_reply.h"

#include <utility>

#include "api/functions/mapping_names.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

constexpr std::string_view kNothingProcessed = "No records processed";

std::string_view PositionText(streams::StartingPosition position) {
  switch (position) {
    case streams::StartingPosition::kTrimHorizon:
      return "TRIM_HORIZON";
    case streams::StartingPosition::kLatest:
      return "LATEST";
    case streams::StartingPosition::kAtTimestamp:
      break;
  }
  return "AT_TIMESTAMP";
}

void WriteNumber(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

void WriteList(std::string_view name, bool is_there, std::string_view element,
               json::Writer* writer) {
  writer->Key(name);
  writer->BeginArray();
  if (is_there) {
    writer->String(element);
  }
  writer->EndArray();
}

void WriteOnFailure(const streams::MappingSettings& settings, json::Writer* writer) {
  writer->Key("DestinationConfig");
  writer->BeginObject();
  writer->Key("OnFailure");
  writer->BeginObject();
  if (!settings.on_failure_arn.empty()) {
    writer->Member("Destination", settings.on_failure_arn);
  }
  writer->EndObject();
  writer->EndObject();
}

void WriteFilters(const streams::MappingSettings& settings, json::Writer* writer) {
  if (settings.filters.empty()) {
    return;
  }
  writer->Key("FilterCriteria");
  writer->BeginObject();
  writer->Key("Filters");
  writer->BeginArray();
  for (const std::string& filter : settings.filters) {
    writer->BeginObject();
    writer->Member("Pattern", filter);
    writer->EndObject();
  }
  writer->EndArray();
  writer->EndObject();
}

// The settings that only mappings of streams have.
void WriteStreamSettings(const streams::Mapping& mapping, json::Writer* writer) {
  const streams::MappingSettings& settings = mapping.settings;
  writer->Member("StartingPosition", PositionText(mapping.starting_position));
  if (mapping.starting_position == streams::StartingPosition::kAtTimestamp) {
    writer->Key("StartingPositionTimestamp");
    writer->TimestampMs(mapping.starting_timestamp_ms);
  }
  WriteNumber("ParallelizationFactor", settings.parallelization_factor, writer);
  WriteNumber("MaximumRecordAgeInSeconds", settings.record_age_max_s, writer);
  WriteNumber("MaximumRetryAttempts", settings.retry_attempts_max, writer);
  writer->Key("BisectBatchOnFunctionError");
  writer->Bool(settings.bisect_on_error);
  WriteNumber("TumblingWindowInSeconds", settings.tumbling_window_s, writer);
  WriteOnFailure(settings, writer);
}

// Likewise of queues.
void WriteQueueSettings(const streams::MappingSettings& settings, json::Writer* writer) {
  if (settings.concurrency_max != 0) {
    writer->Key("ScalingConfig");
    writer->BeginObject();
    WriteNumber("MaximumConcurrency", settings.concurrency_max, writer);
    writer->EndObject();
  }
  if (settings.pollers_min != 0 || settings.pollers_max != 0) {
    writer->Key("ProvisionedPollerConfig");
    writer->BeginObject();
    if (settings.pollers_min != 0) {
      WriteNumber("MinimumPollers", settings.pollers_min, writer);
    }
    if (settings.pollers_max != 0) {
      WriteNumber("MaximumPollers", settings.pollers_max, writer);
    }
    writer->EndObject();
  }
}

void WriteSettings(const streams::Mapping& mapping, json::Writer* writer) {
  const streams::MappingSettings& settings = mapping.settings;
  WriteNumber("BatchSize", settings.batch_size, writer);
  WriteNumber("MaximumBatchingWindowInSeconds", settings.batching_window_s, writer);
  if (mapping.is_of_queue()) {
    WriteQueueSettings(settings, writer);
  } else {
    WriteStreamSettings(mapping, writer);
  }
  WriteList("FunctionResponseTypes", settings.report_item_failures, "ReportBatchItemFailures",
            writer);
  WriteFilters(settings, writer);
  if (settings.numeric_attributes) {
    writer->Key("NumericAttributeMatching");
    writer->Bool(true);
  }
  if (settings.count_events) {
    writer->Key("MetricsConfig");
    writer->BeginObject();
    WriteList("Metrics", true, "EventCount", writer);
    writer->EndObject();
  }
  if (!settings.key_arn.empty()) {
    writer->Member("KMSKeyArn", settings.key_arn);
  }
}

std::string_view StateText(const streams::Mapping& mapping, const MappingStatus& status) {
  if (status.change.has_value()) {
    return MappingChangeText(*status.change);
  }
  return mapping.settings.enabled ? "Enabled" : "Disabled";
}

}  // namespace

MappingStatus StatusOf(const Services& services, const streams::Mapping& mapping) {
  return StatusOf(services, mapping, services.mappings->Figures(mapping.uuid));
}

MappingStatus StatusOf(const Services& services, const streams::Mapping& mapping,
                       const std::optional<streams::MappingFigures>& figures) {
  MappingStatus status;
  status.last_result = figures.has_value() ? figures->last_result : kNothingProcessed;
  const bool changing = figures.has_value() && figures->changing;
  if (services.mapping_transitions != nullptr) {
    status.change = services.mapping_transitions->Current(mapping.uuid, changing);
  } else if (changing) {
    status.change = MappingChange::kUpdating;
  }
  return status;
}

RestStatus FindQuietMapping(const Services& services, const std::string& uuid,
                            std::string_view what, streams::Mapping* mapping) {
  std::optional<streams::Mapping> found = services.mappings->Find(uuid);
  if (!found.has_value() && services.mapping_transitions != nullptr) {
    found = services.mapping_transitions->Deleted(uuid);
  }
  if (!found.has_value()) {
    return MappingNotFound();
  }
  const std::optional<MappingChange> change = StatusOf(services, *found).change;
  if (change.has_value() && *change != MappingChange::kEnabling &&
      *change != MappingChange::kDisabling) {
    return {RestErrorType::kResourceInUse,
            "Cannot " + std::string(what) + " the event source mapping because it is in use."};
  }
  *mapping = std::move(*found);
  return {};
}

void NoteChange(const Services& services, const streams::Mapping& mapping, MappingChange change) {
  if (services.mapping_transitions != nullptr) {
    services.mapping_transitions->Begin(mapping, change);
  }
}

void WriteMapping(const Services& services, const streams::Mapping& mapping,
                  const MappingStatus& status, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("UUID", mapping.uuid);
  writer->Member("EventSourceMappingArn", MappingArn(services, mapping.uuid));
  writer->Member("EventSourceArn", mapping.event_source_arn);
  writer->Member("FunctionArn", MappingFunctionArn(services, mapping.settings));
  WriteSettings(mapping, writer);
  writer->Member("State", StateText(mapping, status));
  writer->Member("StateTransitionReason", "User action");
  writer->Key("LastModified");
  writer->TimestampMs(mapping.modified_ms);
  writer->Member("LastProcessingResult", status.last_result);
  writer->EndObject();
}

void ReplyMapping(const Services& services, int http_status, const streams::Mapping& mapping,
                  const MappingStatus& status, RestCall* call) {
  std::string body;
  json::Writer writer(&body);
  WriteMapping(services, mapping, status, &writer);
  call->Reply(http_status, std::move(body));
}

}  // namespace millrace::api
