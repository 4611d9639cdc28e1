// The TableName parameter of control-plane operations, and what they say of tables that are not
// there or not ready to be changed.
#pragma once

#include <string_view>

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// The parameter is required, and a name must have 3 to 255 characters; ARNs pass.
ApiStatus CheckTableNamePresentAndLength(json::Value parameter);

// The same, then the characters of the name.
ApiStatus CheckControlTableName(json::Value parameter);

// The table of any state that the parameter (a name or an ARN) means, or
// ResourceNotFoundException.
ApiStatus FindControlTable(const Services& services, std::string_view parameter,
                           tables::TablePointer* table);

// "Requested resource not found: Table: <name> not found".
ApiStatus TableNotFound(std::string_view name);

// OK for an ACTIVE table, else the ResourceInUseException that says what is happening to it. The
// descriptor is one that the catalog hands to an edit: its state is that of the moment.
ApiStatus CheckNotInTransition(const TableDescriptor& descriptor);

}  // namespace millrace::api
