// Writing what operators see of mappings.
#include "server/admin/mapping_pages.h"

#include <algorithm>

#include "streams/sequence_number.h"

namespace millrace::server {
namespace {

using streams::FormatSequenceNumber;

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

void WriteBool(std::string_view name, bool value, json::Writer* writer) {
  writer->Key(name);
  writer->Bool(value);
}

void WritePending(const std::vector<streams::PendingBatch>& pending, json::Writer* writer) {
  writer->Key("pending");
  writer->BeginArray();
  for (const streams::PendingBatch& batch : pending) {
    writer->BeginObject();
    if (batch.closing != streams::WindowClosing::kNone) {
      WriteBool("closesWindow", true, writer);
    } else {
      writer->Member("from", FormatSequenceNumber(batch.from));
      writer->Member("to", FormatSequenceNumber(batch.to));
    }
    WriteInt("attempts", batch.attempts, writer);
    writer->EndObject();
  }
  writer->EndArray();
}

}  // namespace

std::string FunctionArnOf(const api::Services& services, const streams::Mapping& mapping) {
  return "arn:aws:lambda:" + services.region + ":" + services.account +
         ":function:" + mapping.settings.function_name +
         (mapping.settings.qualifier.empty() ? "" : ":" + mapping.settings.qualifier);
}

void WriteMapping(const api::Services& services, const streams::Mapping& mapping,
                  const streams::MappingFigures& figures, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("uuid", mapping.uuid);
  writer->Member("eventSourceArn", mapping.event_source_arn);
  writer->Member("functionArn", FunctionArnOf(services, mapping));
  WriteBool("enabled", mapping.settings.enabled, writer);
  WriteBool("paused", mapping.settings.paused, writer);
  WriteBool("changing", figures.changing, writer);
  writer->Member("lastProcessingResult", figures.last_result);
  WriteInt("polledEventCount", figures.polled_events, writer);
  WriteInt("filteredOutEventCount", figures.filtered_out_events, writer);
  WriteInt("invokedEventCount", figures.invoked_events, writer);
  WriteInt("failedInvokeEventCount", figures.failed_invoke_events, writer);
  WriteInt("droppedEventCount", figures.dropped_events, writer);
  WriteInt("deletedEventCount", figures.deleted_events, writer);
  WriteInt("trimmedRecordCount", figures.trimmed_records, writer);
  WriteInt("iteratorAgeMs", figures.iterator_age_ms, writer);
  WriteInt("checkpointLag", figures.lag_records, writer);
  WriteInt("laneBlockedSeconds",
           figures.blocked_since_ms == 0
               ? 0
               : (services.clock->NowMs() - figures.blocked_since_ms) / 1000,
           writer);
  writer->EndObject();
}

void WriteLane(const streams::LaneLag& lag, const streams::MappingView& view, int64_t now_ms,
               json::Writer* writer) {
  const auto running =
      std::find_if(view.lanes.begin(), view.lanes.end(), [&](const streams::LaneView& lane) {
        return lane.hash_range == lag.name.hash_range && lane.lane == lag.name.lane;
      });
  writer->BeginObject();
  WriteInt("hashRange", lag.name.hash_range, writer);
  WriteInt("lane", lag.name.lane, writer);
  writer->Member("position", FormatSequenceNumber(lag.checkpoint.position));
  WriteInt("recordsBehind", lag.records, writer);
  WriteBool("recordsBehindIsExact", lag.is_exact, writer);
  WriteInt("oldestRecordAgeMs", lag.oldest_ms == 0 ? 0 : now_ms - lag.oldest_ms, writer);
  WriteBool("running", running != view.lanes.end(), writer);
  if (running != view.lanes.end()) {
    WriteBool("idle", running->idle, writer);
    WriteBool("blocked", running->blocked_since_ms != 0, writer);
    WriteInt("blockedSeconds",
             running->blocked_since_ms == 0 ? 0 : (now_ms - running->blocked_since_ms) / 1000,
             writer);
  }
  if (lag.checkpoint.next_try_ms > now_ms) {
    WriteInt("nextTryMs", lag.checkpoint.next_try_ms, writer);
  }
  if (lag.checkpoint.window_start_ms >= 0) {
    WriteInt("windowStartMs", lag.checkpoint.window_start_ms, writer);
  }
  WritePending(lag.checkpoint.pending, writer);
  writer->EndObject();
}

void WriteDiscardMembers(const streams::Discard& discard, json::Writer* writer) {
  writer->Member("id", std::to_string(discard.id));
  writer->Member("condition", discard.condition);
  writer->Member("functionArn", discard.function_arn);
  writer->Member("streamArn", discard.stream_arn);
  writer->Member("shardId", discard.shard_id);
  WriteInt("lane", discard.lane, writer);
  writer->Member("startSequenceNumber", FormatSequenceNumber(discard.from));
  writer->Member("endSequenceNumber", FormatSequenceNumber(discard.to));
  WriteInt("batchSize", discard.record_count, writer);
  WriteInt("firstArrivalMs", discard.first_arrival_ms, writer);
  WriteInt("lastArrivalMs", discard.last_arrival_ms, writer);
  WriteInt("discardedMs", discard.time_ms, writer);
  WriteInt("attempts", discard.attempts, writer);
  if (!discard.request_id.empty()) {
    writer->Member("requestId", discard.request_id);
    writer->Member("executedVersion", discard.executed_version);
    writer->Member("error", discard.failure);
  }
  if (discard.redrive_count > 0) {
    writer->Key("redrive");
    writer->BeginObject();
    WriteInt("count", discard.redrive_count, writer);
    WriteInt("lastMs", discard.redriven_ms, writer);
    WriteBool("succeeded", discard.redrive_succeeded, writer);
    writer->Member("message", discard.redrive_message);
    writer->EndObject();
  }
}

}  // namespace millrace::server
