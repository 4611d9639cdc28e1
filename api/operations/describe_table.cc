// DescribeTable, with live counts.
#include "api/operations/describe_table.h"

#include <array>

#include "api/operations/table_description.h"
#include "api/operations/table_lookup.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"TableName", &kStringShape}}};

ApiStatus DescribeTable(const Services& services, Call* call) {
  const json::Value name = call->input.Find("TableName");
  RETURN_IF_API_ERROR(CheckControlTableName(name));
  tables::TablePointer table;
  RETURN_IF_API_ERROR(FindControlTable(services, name.AsString(), &table));
  TableDescriptionInput input;
  input.table = &table->descriptor();
  input.now_ms = services.clock->NowMs();
  input.state = table->StateAt(input.now_ms);
  input.counters = services.items->Counters(*table);
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("Table");
  WriteTableDescription(services, input, &writer);
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kDescribeTableShape = {ShapeKind::kStructure, "DescribeTableInput", nullptr, kMembers};

void RunDescribeTable(const Services& services, Call* call) {
  const ApiStatus status = DescribeTable(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
