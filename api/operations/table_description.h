// TableDescription: a table as the control plane's answers show it.
#pragma once

#include <cstdint>

#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/engine/engine.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

struct TableDescriptionInput {
  const TableDescriptor* table = nullptr;
  TableState state = TableState::kActive;  // as of now, or as of the change that is being answered
  int64_t now_ms = 0;
  engine::TableCounters counters;
  // Shown instead of the stored ceilings: the answer of UpdateTable echoes a removal as -1.
  const OnDemandThroughput* on_demand_throughput = nullptr;
  // Shown beside the table's indexes, in the answer of UpdateTable: one that it has deleted.
  const IndexDescriptor* deleted_index = nullptr;
};

// Writes the object. Members and defaults are those of AWS; members without a value are left out.
// Thread-safe.
void WriteTableDescription(const Services& services, const TableDescriptionInput& input,
                           json::Writer* writer);

// Writes the few members that DeleteTable answers with.
void WriteDeletedTableDescription(const Services& services, const TableDescriptionInput& input,
                                  json::Writer* writer);

}  // namespace millrace::api
