// Secondary indexes in the description of a table.
#pragma once

#include "api/operations/table_description.h"
#include "api/wire/services.h"
#include "storage/base/json.h"

namespace millrace::api {

// Writes LocalSecondaryIndexes and GlobalSecondaryIndexes into the open object, with live counts;
// neither when the table has none. Thread-safe.
void WriteIndexes(const Services& services, const TableDescriptionInput& input,
                  json::Writer* writer);

}  // namespace millrace::api
