// DescribeTimeToLive.
#include "api/operations/describe_time_to_live.h"

#include <array>
#include <string_view>

#include "api/operations/table_lookup.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"TableName", &kStringShape}}};

std::string_view StatusOf(const TimeToLive* time_to_live) {
  if (time_to_live == nullptr) {
    return "DISABLED";
  }
  return time_to_live->state == TimeToLiveState::kEnabling ? "ENABLING" : "ENABLED";
}

ApiStatus DescribeTimeToLive(const Services& services, Call* call) {
  const json::Value name = call->input.Find("TableName");
  RETURN_IF_API_ERROR(CheckControlTableName(name));
  tables::TablePointer table;
  RETURN_IF_API_ERROR(FindControlTable(services, name.AsString(), &table));
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TimeToLiveDescription");
  writer.BeginObject();
  writer.Key("TimeToLiveStatus");
  writer.String(StatusOf(table->time_to_live()));
  if (table->time_to_live() != nullptr) {
    writer.Key("AttributeName");
    writer.String(table->time_to_live()->attribute_name);
  }
  writer.EndObject();
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kDescribeTimeToLiveShape = {ShapeKind::kStructure, "DescribeTimeToLiveInput", nullptr,
                                        kMembers};

void RunDescribeTimeToLive(const Services& services, Call* call) {
  const ApiStatus status = DescribeTimeToLive(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
