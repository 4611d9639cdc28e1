// DeleteTable.
#include "api/operations/delete_table.h"

#include <array>
#include <string>

#include "api/operations/catalog_change.h"
#include "api/operations/table_description.h"
#include "api/operations/table_lookup.h"
#include "api/wire/arn.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"TableName", &kStringShape}}};

ApiStatus CheckDeletable(const TableDescriptor& table) {
  if (table.deletion_protection_enabled) {
    return ValidationError(
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.");
  }
  return CheckNotInTransition(table);
}

void WriteAnswer(const Services& services, const tables::Table& table, Call* call) {
  TableDescriptionInput input;
  input.table = &table.descriptor();
  input.state = TableState::kDeleting;
  input.now_ms = services.clock->NowMs();
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TableDescription");
  WriteDeletedTableDescription(services, input, &writer);
  writer.EndObject();
}

}  // namespace

const Shape kDeleteTableShape = {ShapeKind::kStructure, "DeleteTableInput", nullptr, kMembers};

void RunDeleteTable(const Services& services, Call* call) {
  const json::Value parameter = call->input.Find("TableName");
  ApiStatus status = CheckControlTableName(parameter);
  tables::TablePointer table;
  if (status.ok()) {
    status = FindControlTable(services, parameter.AsString(), &table);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string& name = table->descriptor().name;
  ChangeAnswers answers;
  answers.changed = [&services](const tables::Table& deleted, Call* answered) {
    WriteAnswer(services, deleted, answered);
  };
  answers.not_found = [name] { return TableNotFound(name); };
  DeleteThroughCatalog(
      services, call, name,
      [](const TableDescriptor& current, TableDescriptor*) { return CheckDeletable(current); },
      std::move(answers));
}

}  // namespace millrace::api
