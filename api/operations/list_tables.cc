// ListTables.
#include "api/operations/list_tables.h"

#include <array>
#include <string>
#include <vector>

#include "api/wire/constraints.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ExclusiveStartTableName", &kStringShape},
    {"Limit", &kIntegerShape},
}};

ApiStatus CheckConstraints(json::Value start, json::Value limit) {
  ConstraintCollector constraints;
  constraints.CheckNamePattern(start, "exclusiveStartTableName");
  constraints.CheckLength(start, "exclusiveStartTableName", limits::kTableNameSizeMin,
                          limits::kTableNameSizeMax);
  constraints.CheckIntegerMin(limit, "limit", 1);
  constraints.CheckIntegerMax(limit, "limit", limits::kListTablesPageMax);
  return constraints.Finish();
}

ApiStatus ListTables(const Services& services, Call* call) {
  const json::Value start = call->input.Find("ExclusiveStartTableName");
  const json::Value limit = call->input.Find("Limit");
  RETURN_IF_API_ERROR(CheckConstraints(start, limit));
  const size_t count =
      limit.present() ? static_cast<size_t>(limit.AsInt64()) : limits::kListTablesPageMax;
  bool more = false;
  const std::vector<std::string> names =
      services.catalog->List(start.present() ? start.AsString() : std::string_view(), count, &more);
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TableNames");
  writer.BeginArray();
  for (const std::string& name : names) {
    writer.String(name);
  }
  writer.EndArray();
  if (more && !names.empty()) {
    writer.Member("LastEvaluatedTableName", names.back());
  }
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kListTablesShape = {ShapeKind::kStructure, "ListTablesInput", nullptr, kMembers};

void RunListTables(const Services& services, Call* call) {
  const ApiStatus status = ListTables(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
