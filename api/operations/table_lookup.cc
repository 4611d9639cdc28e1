// Names, look-up and states of tables for the control plane.
#include "api/operations/table_lookup.h"

#include <string>

#include "api/wire/arn.h"
#include "api/wire/constraints.h"
#include "storage/base/utf8.h"
#include "storage/model/limits.h"

namespace millrace::api {

ApiStatus CheckTableNamePresentAndLength(json::Value parameter) {
  if (!parameter.present()) {
    return ValidationError(
        "The parameter 'TableName' is required but was not present in the request");
  }
  const std::string_view text = parameter.AsString();
  if (ParseTableArn(text).has_value()) {
    return ApiStatus::Ok();
  }
  const size_t length = Utf16Length(text);
  if (length < limits::kTableNameSizeMin || length > limits::kTableNameSizeMax) {
    return ValidationError(
        "TableName must be at least 3 characters long and at most 255 characters long");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckControlTableName(json::Value parameter) {
  RETURN_IF_API_ERROR(CheckTableNamePresentAndLength(parameter));
  if (ParseTableArn(parameter.AsString()).has_value()) {
    return ApiStatus::Ok();
  }
  ConstraintCollector constraints;
  constraints.CheckNamePattern(parameter, "tableName");
  return constraints.Finish();
}

ApiStatus FindControlTable(const Services& services, std::string_view parameter,
                           tables::TablePointer* table) {
  *table = services.catalog->Find(TableNameFromParameter(services, parameter));
  if (*table == nullptr || (*table)->Gone(services.clock->NowMs())) {
    return TableNotFound(BareTableName(parameter));
  }
  return ApiStatus::Ok();
}

ApiStatus TableNotFound(std::string_view name) {
  std::string message("Requested resource not found: Table: ");
  return ApiStatus(ErrorType::kResourceNotFound, message.append(name).append(" not found"));
}

ApiStatus CheckNotInTransition(const TableDescriptor& descriptor) {
  std::string message("Attempt to change a resource which is still in use: Table is being ");
  switch (descriptor.state) {
    case TableState::kActive:
      return ApiStatus::Ok();
    case TableState::kCreating:
      message.append("created: ");
      break;
    case TableState::kUpdating:
      message.append("updated: ");
      break;
    case TableState::kDeleting:
      message.append("deleted: ");
      break;
  }
  return ApiStatus(ErrorType::kResourceInUse, message.append(descriptor.name));
}

}  // namespace millrace::api
