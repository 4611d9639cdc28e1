// Members that the descriptions of tables and of indexes have in common.
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// Each writes a member, with its name, into the open object. Thread-safe.
void WriteInt(std::string_view name, int64_t value, json::Writer* writer);
void WriteTimestamp(std::string_view name, int64_t epoch_ms, json::Writer* writer);
void WriteKeySchema(const KeySchema& schema, json::Writer* writer);
void WriteProvisionedThroughput(const ProvisionedThroughput& throughput, int64_t now_ms,
                                json::Writer* writer);
// Nothing when no ceiling is set.
void WriteOnDemandThroughput(const OnDemandThroughput& throughput, json::Writer* writer);
void WriteWarmThroughput(const WarmThroughput& throughput, std::string_view status,
                         json::Writer* writer);

}  // namespace millrace::api
