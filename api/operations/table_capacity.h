// The ConsumedCapacity of operations on several items: one figure for each table.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/wire/capacity.h"
#include "storage/base/json.h"
#include "storage/tables/index_change.h"
#include "storage/tables/table.h"

namespace millrace::api {

// Which of its two kinds the units of a transaction are: its answers say it beside every figure.
enum class UnitKind { kRead, kWrite };

// Collects units by table. The names are what the client sent and must outlive the object. Not
// thread-safe.
class TableCapacity {
 public:
  void Add(std::string_view table_name, double units);
  // Adds what the changes of index entries cost. `table` must outlive the object.
  void AddIndexes(std::string_view table_name, const tables::Table& table,
                  std::span<const tables::IndexCharge> charges);

  // Writes the member ConsumedCapacity, an array in the order of the names, into the object that is
  // open; nothing for kNone, or when no table was charged.
  void WriteBatch(CapacityMode mode, json::Writer* writer);
  void WriteTransaction(CapacityMode mode, UnitKind kind, json::Writer* writer);

 private:
  struct Entry {
    std::string_view table_name;
    ConsumedUnits units;
  };
  Entry& Find(std::string_view table_name);
  void Write(CapacityMode mode, CapacityDirection direction, json::Writer* writer);

  std::vector<Entry> entries_;
};

}  // namespace millrace::api
