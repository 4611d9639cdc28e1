// What an UpdateTable request asks for, and what it makes of a table.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/operations/index_updates.h"
#include "api/operations/stream_specification.h"
#include "api/operations/table_settings.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// A validated request. Views into the request's document: valid until the call is finished.
struct TableChange {
  json::Value input;
  int64_t now_ms = 0;
  std::optional<BillingMode> billing_mode;
  std::optional<CapacityUnits> throughput;
  OnDemandThroughput on_demand_throughput;  // as sent: -1 removes a ceiling
  std::optional<TableClass> table_class;
  std::optional<bool> deletion_protection;
  EncryptionRequest encryption;
  WarmThroughputRequest warm_throughput;
  std::optional<StreamRequest> stream;
  std::vector<IndexUpdate> index_updates;
  std::vector<KeyAttribute> definitions;
  // The index that the change deletes, as it was; set when it is applied.
  std::optional<IndexDescriptor> deleted_index;

  // Whether the table shows UPDATING for a while; settings without an effect on serving do not do
  // that.
  bool to_updating() const;
};

// Checks that need no table, in AWS's order; fills `*change`.
ApiStatus ReadTableChange(const Services& services, json::Value input, TableChange* change);

// Checks against the table as it is, in AWS's order, and changes `*changed`, which is a copy of it.
// Pure.
ApiStatus ApplyTableChange(const TableChange& change, const TableDescriptor& current,
                           TableDescriptor* changed);

}  // namespace millrace::api
