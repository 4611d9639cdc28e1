// Reading the ARNs of event sources.
#include "api/functions/mapping_source.h"

#include <optional>
#include <string>

#include "api/wire/arn.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::api {
namespace {

constexpr size_t kShownSizeMax = 256;

}  // namespace

RestStatus ReadSourceKind(std::string_view arn, SourceKind* kind) {
  if (arn.starts_with("arn:aws:dynamodb:")) {
    *kind = SourceKind::kStream;
    return {};
  }
  if (arn.starts_with("arn:aws:sqs:")) {
    *kind = SourceKind::kQueue;
    return {};
  }
  return InvalidParameterValue(
      "Unrecognized event source. Event sources of this server are the "
      "streams of its tables and its queues: " +
      std::string(arn.substr(0, kShownSizeMax)));
}

RestStatus FindSourceStream(const Services& services, std::string_view arn, uint32_t* stream_id) {
  const std::optional<StreamArn> parsed = ParseStreamArn(arn);
  if (parsed.has_value() && IsLocal(services, parsed->table)) {
    const tables::StreamPointer stream =
        services.streams->Find(parsed->table.table_name, parsed->label);
    if (stream != nullptr) {
      *stream_id = stream->descriptor.stream_id;
      return {};
    }
  }
  return InvalidParameterValue("Stream not found: " + std::string(arn.substr(0, kShownSizeMax)));
}

}  // namespace millrace::api
