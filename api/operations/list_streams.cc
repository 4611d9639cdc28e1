// ListStreams.
#include "api/operations/list_streams.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "api/operations/stream_request.h"
#include "api/wire/arn.h"
#include "api/wire/constraints.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr size_t kStreamsPageMax = 100;

constexpr std::array<ShapeMember, 3> kMembers = {{
    {"TableName", &kStringShape},
    {"Limit", &kIntegerShape},
    {"ExclusiveStartStreamArn", &kStringShape},
}};

ApiStatus CheckConstraints(json::Value input) {
  ConstraintCollector constraints;
  constraints.CheckLength(input.Find("ExclusiveStartStreamArn"), "exclusiveStartStreamArn",
                          kStreamArnSizeMin, limits::kTableArnSizeMax);
  const json::Value table = input.Find("TableName");
  if (table.present() && !ParseTableArn(table.AsString()).has_value()) {
    constraints.CheckNamePattern(table, "tableName");
    constraints.CheckLength(table, "tableName", limits::kTableNameSizeMin,
                            limits::kTableNameSizeMax);
  }
  constraints.CheckIntegerMin(input.Find("Limit"), "limit", 1);
  constraints.CheckIntegerMax(input.Find("Limit"), "limit", kStreamsPageMax);
  return constraints.Finish();
}

void WriteStreams(const Services& services, const std::vector<tables::StreamPointer>& streams,
                  bool more, json::Writer* writer) {
  std::string arn;
  writer->BeginObject();
  writer->Key("Streams");
  writer->BeginArray();
  for (const tables::StreamPointer& stream : streams) {
    const StreamDescriptor& descriptor = stream->descriptor;
    arn = FormatStreamArn(services, descriptor.table_name, descriptor.label);
    writer->BeginObject();
    writer->Member("StreamArn", arn);
    writer->Member("TableName", descriptor.table_name);
    writer->Member("StreamLabel", descriptor.label);
    writer->EndObject();
  }
  writer->EndArray();
  if (more && !streams.empty()) {
    writer->Member("LastEvaluatedStreamArn", arn);
  }
  writer->EndObject();
}

ApiStatus ListStreams(const Services& services, Call* call) {
  RETURN_IF_API_ERROR(CheckConstraints(call->input));
  std::optional<StreamArn> start;
  if (const json::Value arn = call->input.Find("ExclusiveStartStreamArn"); arn.present()) {
    start = ParseStreamArn(arn.AsString());
    if (!start.has_value()) {
      return ValidationError("Invalid StreamArn");
    }
  }
  const json::Value limit = call->input.Find("Limit");
  const size_t count = limit.present() ? static_cast<size_t>(limit.AsInt64()) : kStreamsPageMax;
  const json::Value table = call->input.Find("TableName");
  std::string_view name;
  bool more = false;
  std::vector<tables::StreamPointer> streams;
  if (table.present()) {
    name = TableNameFromParameter(services, table.AsString());
  }
  // The table of another account has no streams here.
  if (!table.present() || !name.empty()) {
    streams = services.streams->List(
        name, start.has_value() ? start->table.table_name : std::string_view(),
        start.has_value() ? start->label : std::string_view(), count, &more);
  }
  json::Writer writer(&call->body);
  WriteStreams(services, streams, more, &writer);
  return ApiStatus::Ok();
}

}  // namespace

const Shape kListStreamsShape = {ShapeKind::kStructure, "ListStreamsInput", nullptr, kMembers};

void RunListStreams(const Services& services, Call* call) {
  const ApiStatus status = ListStreams(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
