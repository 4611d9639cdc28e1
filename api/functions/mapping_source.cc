// Finding event sources by their ARNs.
#include "api/functions/mapping_source.h"

#include <optional>

#include "api/wire/arn.h"
#include "storage/tables/stream_catalog.h"
#include "streams/queues/queue_store.h"

namespace millrace::api {
namespace {

constexpr size_t kShownSizeMax = 256;
constexpr std::string_view kStreams = "arn:aws:dynamodb:";
constexpr std::string_view kQueues = "arn:aws:sqs:";

bool FindStream(const Services& services, std::string_view arn, MappingSource* source) {
  const std::optional<StreamArn> parsed = ParseStreamArn(arn);
  if (!parsed.has_value() || !IsLocal(services, parsed->table)) {
    return false;
  }
  const tables::StreamPointer stream =
      services.streams->Find(parsed->table.table_name, parsed->label);
  if (stream == nullptr) {
    return false;
  }
  source->stream_id = stream->descriptor.stream_id;
  return true;
}

bool FindQueue(const Services& services, std::string_view arn, MappingSource* source) {
  const streams::QueuePointer queue =
      services.queues == nullptr ? nullptr : services.queues->FindByArn(arn);
  if (queue == nullptr) {
    return false;
  }
  source->visibility_timeout_s = queue->descriptor.settings.visibility_timeout_s;
  return true;
}

}  // namespace

RestStatus ReadSourceKind(std::string_view arn, SourceKind* kind) {
  if (arn.starts_with(kStreams)) {
    *kind = SourceKind::kStream;
    return {};
  }
  if (arn.starts_with(kQueues)) {
    *kind = SourceKind::kQueue;
    return {};
  }
  return InvalidParameterValue(
      "Unrecognized event source. Event sources of this server are the streams of its tables and "
      "its queues: " +
      std::string(arn.substr(0, kShownSizeMax)));
}

RestStatus FindSource(const Services& services, std::string_view arn, MappingSource* source) {
  RETURN_IF_REST_ERROR(ReadSourceKind(arn, &source->kind));
  source->arn = arn;
  const std::string shown(arn.substr(0, kShownSizeMax));
  if (source->kind == SourceKind::kStream) {
    return FindStream(services, arn, source) ? RestStatus()
                                             : InvalidParameterValue("Stream not found: " + shown);
  }
  source->fifo = arn.ends_with(".fifo");
  return FindQueue(services, arn, source)
             ? RestStatus()
             : InvalidParameterValue(
                   "Error occurred while ReceiveMessage. SQS Error Code: "
                   "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified "
                   "queue does not exist: " +
                   shown);
}

MappingSource SourceOf(const Services& services, const streams::Mapping& mapping) {
  MappingSource source;
  source.arn = mapping.event_source_arn;
  source.stream_id = mapping.stream_id;
  if (mapping.is_of_queue()) {
    source.kind = SourceKind::kQueue;
    source.fifo = source.arn.ends_with(".fifo");
    (void)FindQueue(services, source.arn, &source);
  }
  return source;
}

}  // namespace millrace::api
