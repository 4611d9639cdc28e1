// Capacity units: what operations are charged, and how answers report it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/json.h"

namespace millrace::api {

// Units of reading `size_bytes` (an item, or the evaluated items of a page): one per 4 KiB begun,
// at least one; half of that when the read is not consistent.
double ReadUnits(uint64_t size_bytes, bool consistent);

// Units of a write whose larger image has `size_bytes`: one per KiB begun, at least one.
double WriteUnits(uint64_t size_bytes);

// The values of ReturnConsumedCapacity.
enum class CapacityMode { kNone, kTotal, kIndexes };

// Absent means kNone. The value has passed CheckReturnConsumedCapacity.
CapacityMode ParseCapacityMode(json::Value value);

// What an operation used of one index.
struct IndexUnits {
  std::string_view name;
  bool is_local = false;
  double units = 0;
};

// What an operation used of a table and its indexes.
struct ConsumedUnits {
  double table = 0;
  std::vector<IndexUnits> indexes;  // those charged, each once

  double total() const;
};

// Which way the units of a transaction went: its answers repeat them under a name that says so.
enum class CapacityDirection { kUnsaid, kRead, kWrite };

// Writes the member ConsumedCapacity for an operation on one table, into the object that is open;
// nothing for kNone. `table_name` is what the client sent. Thread-safe.
void WriteConsumedCapacity(CapacityMode mode, std::string_view table_name, double units,
                           json::Writer* writer);
void WriteConsumedCapacity(CapacityMode mode, std::string_view table_name,
                           const ConsumedUnits& units, json::Writer* writer);

// Writes the object that is the value of ConsumedCapacity, or an element of it in batch operations;
// `mode` is not kNone.
void WriteCapacityObject(CapacityMode mode, std::string_view table_name, double units,
                         json::Writer* writer);
void WriteCapacityObject(CapacityMode mode, std::string_view table_name, const ConsumedUnits& units,
                         CapacityDirection direction, json::Writer* writer);

}  // namespace millrace::api
