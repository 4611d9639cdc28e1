// UpdateTable: shape and run. The request is read in update_table_change.cc and applied in
// update_table_apply.cc.
#include "api/operations/update_table.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "api/operations/catalog_change.h"
#include "api/operations/table_description.h"
#include "api/operations/table_lookup.h"
#include "api/operations/table_shapes.h"
#include "api/operations/update_table_change.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 4> kUpdateActionMembers = {{
    {"IndexName", &kStringShape},
    {"ProvisionedThroughput", &kProvisionedThroughputShape},
    {"OnDemandThroughput", &kOnDemandThroughputShape},
    {"WarmThroughput", &kWarmThroughputShape},
}};
constexpr Shape kUpdateActionShape = {ShapeKind::kStructure, "UpdateGlobalSecondaryIndexAction",
                                      nullptr, kUpdateActionMembers};
constexpr std::array<ShapeMember, 6> kCreateActionMembers = {{
    {"IndexName", &kStringShape},
    {"KeySchema", &kKeySchemaShape},
    {"Projection", &kProjectionShape},
    {"ProvisionedThroughput", &kProvisionedThroughputShape},
    {"OnDemandThroughput", &kOnDemandThroughputShape},
    {"WarmThroughput", &kWarmThroughputShape},
}};
constexpr Shape kCreateActionShape = {ShapeKind::kStructure, "CreateGlobalSecondaryIndexAction",
                                      nullptr, kCreateActionMembers};
constexpr std::array<ShapeMember, 1> kDeleteActionMembers = {{{"IndexName", &kStringShape}}};
constexpr Shape kDeleteActionShape = {ShapeKind::kStructure, "DeleteGlobalSecondaryIndexAction",
                                      nullptr, kDeleteActionMembers};
constexpr std::array<ShapeMember, 3> kIndexUpdateMembers = {{
    {"Update", &kUpdateActionShape},
    {"Create", &kCreateActionShape},
    {"Delete", &kDeleteActionShape},
}};
constexpr Shape kIndexUpdateShape = {ShapeKind::kStructure, "GlobalSecondaryIndexUpdate", nullptr,
                                     kIndexUpdateMembers};
constexpr Shape kIndexUpdateListShape = {ShapeKind::kList, {}, &kIndexUpdateShape, {}};
// Replica updates are refused, so their members do not matter yet.
constexpr Shape kReplicaUpdateShape = {
    ShapeKind::kStructure, "ReplicationGroupUpdate", nullptr, {}};
constexpr Shape kReplicaUpdateListShape = {ShapeKind::kList, {}, &kReplicaUpdateShape, {}};

constexpr std::array<ShapeMember, 12> kMembers = {{
    {"AttributeDefinitions", &kAttributeDefinitionsShape},
    {"TableName", &kStringShape},
    {"BillingMode", &kStringShape},
    {"ProvisionedThroughput", &kProvisionedThroughputShape},
    {"GlobalSecondaryIndexUpdates", &kIndexUpdateListShape},
    {"StreamSpecification", &kStreamSpecificationShape},
    {"SSESpecification", &kEncryptionShape},
    {"ReplicaUpdates", &kReplicaUpdateListShape},
    {"TableClass", &kStringShape},
    {"DeletionProtectionEnabled", &kBooleanShape},
    {"OnDemandThroughput", &kOnDemandThroughputShape},
    {"WarmThroughput", &kWarmThroughputShape},
}};

// The ceilings that the answer shows: the table's, removals echoed as they were asked for.
OnDemandThroughput EchoedCeilings(const TableChange& change, const TableDescriptor& table) {
  OnDemandThroughput shown = table.on_demand_throughput;
  if (change.on_demand_throughput.max_read_request_units.has_value()) {
    shown.max_read_request_units = change.on_demand_throughput.max_read_request_units;
  }
  if (change.on_demand_throughput.max_write_request_units.has_value()) {
    shown.max_write_request_units = change.on_demand_throughput.max_write_request_units;
  }
  return shown;
}

void WriteAnswer(const Services& services, const TableChange& change, const tables::Table& table,
                 Call* call) {
  const OnDemandThroughput ceilings = EchoedCeilings(change, table.descriptor());
  TableDescriptionInput input;
  input.table = &table.descriptor();
  input.state = change.to_updating() ? TableState::kUpdating : TableState::kActive;
  input.now_ms = services.clock->NowMs();
  input.counters = services.items->Counters(table);
  input.on_demand_throughput = &ceilings;
  input.deleted_index = change.deleted_index.has_value() ? &*change.deleted_index : nullptr;
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TableDescription");
  WriteTableDescription(services, input, &writer);
  writer.EndObject();
}

}  // namespace

const Shape kUpdateTableShape = {ShapeKind::kStructure, "UpdateTableInput", nullptr, kMembers};

void RunUpdateTable(const Services& services, Call* call) {
  const auto change = std::make_shared<TableChange>();
  ApiStatus status = ReadTableChange(services, call->input, change.get());
  tables::TablePointer table;
  if (status.ok()) {
    status = FindControlTable(services, call->input.Find("TableName").AsString(), &table);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string& name = table->descriptor().name;
  ChangeAnswers answers;
  answers.changed = [&services, change](const tables::Table& changed, Call* answered) {
    WriteAnswer(services, *change, changed, answered);
  };
  answers.not_found = [name] { return TableNotFound(name); };
  UpdateThroughCatalog(
      services, call, name,
      [change](const TableDescriptor& current, TableDescriptor* changed) {
        ApiStatus status = ApplyTableChange(*change, current, changed);
        for (const IndexDescriptor& index : changed->indexes) {
          if (index.state == IndexState::kDeleting) {
            change->deleted_index = index;
          }
        }
        return status;
      },
      change->to_updating(), std::move(answers));
}

}  // namespace millrace::api
