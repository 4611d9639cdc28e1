// Streams in requests and answers of the control plane. A view type cannot be changed: the stream
// is disabled, and the next one is another stream.
#include "api/operations/stream_specification.h"

#include <string>
#include <string_view>

#include "api/wire/arn.h"
#include "api/wire/shape.h"
#include "streams/change_json.h"

namespace millrace::api {
namespace {

StreamViewType ReadViewType(std::string_view name) {
  for (const StreamViewType type :
       {StreamViewType::kKeysOnly, StreamViewType::kNewImage, StreamViewType::kOldImage}) {
    if (name == streams::ViewTypeName(type)) {
      return type;
    }
  }
  return StreamViewType::kNewAndOldImages;
}

}  // namespace

ApiStatus ReadStreamSpecification(const Services& services, json::Value input,
                                  std::optional<StreamRequest>* request) {
  const json::Value specification = input.Find("StreamSpecification");
  if (!specification.present()) {
    return ApiStatus::Ok();
  }
  StreamRequest& read = request->emplace();
  read.enabled = BooleanOf(specification.Find("StreamEnabled"));
  const json::Value view_type = specification.Find("StreamViewType");
  if (!read.enabled && view_type.present()) {
    return ValidationError(
        "One or more parameter values were invalid: Table is being created with a stream disabled, "
        "UpdateViewType should not be specified");
  }
  if (read.enabled && !view_type.present()) {
    return ValidationError(
        "One or more parameter values were invalid: Table is being created with a stream enabled, "
        "StreamViewType must be specified");
  }
  if (read.enabled) {
    read.stream.enabled = true;
    read.stream.view_type = ReadViewType(view_type.AsString());
    read.stream.hash_range_count = services.stream_shards;
  }
  return ApiStatus::Ok();
}

ApiStatus CheckStreamRequest(const std::optional<StreamRequest>& request,
                             const TableDescriptor& current) {
  if (!request.has_value()) {
    return ApiStatus::Ok();
  }
  const bool has_stream = current.stream.has_value() && current.stream->enabled;
  if (request->enabled && has_stream) {
    return ValidationError("Table already has an enabled stream: TableName: " + current.name);
  }
  if (!request->enabled && !has_stream) {
    return ValidationError("Table has no stream to disable: TableName: " + current.name);
  }
  return ApiStatus::Ok();
}

void ApplyStreamRequest(const std::optional<StreamRequest>& request, TableDescriptor* table) {
  if (!request.has_value()) {
    return;
  }
  if (request->enabled) {
    table->stream = request->stream;
  } else {
    table->stream->enabled = false;
  }
}

void WriteLatestStream(const Services& services, const TableDescriptor& table,
                       json::Writer* writer) {
  if (!table.stream.has_value()) {
    return;
  }
  const TableStream& stream = *table.stream;
  if (stream.enabled) {
    writer->Key("StreamSpecification");
    writer->BeginObject();
    writer->Key("StreamEnabled");
    writer->Bool(true);
    writer->Member("StreamViewType", streams::ViewTypeName(stream.view_type));
    writer->EndObject();
  }
  writer->Member("LatestStreamLabel", stream.label);
  writer->Member("LatestStreamArn", FormatStreamArn(services, table.name, stream.label));
}

}  // namespace millrace::api
