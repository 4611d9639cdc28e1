// A request names few tables, so they are found by looking at each.
#include "api/operations/table_capacity.h"

#include <algorithm>

#include "api/operations/index_keys.h"

namespace millrace::api {

TableCapacity::Entry& TableCapacity::Find(std::string_view table_name) {
  for (Entry& entry : entries_) {
    if (entry.table_name == table_name) {
      return entry;
    }
  }
  return entries_.emplace_back(Entry{table_name, {}});
}

void TableCapacity::Add(std::string_view table_name, double units) {
  Find(table_name).units.table += units;
}

void TableCapacity::AddIndexes(std::string_view table_name, const tables::Table& table,
                               std::span<const tables::IndexCharge> charges) {
  AddIndexUnits(table, charges, &Find(table_name).units);
}

void TableCapacity::Write(CapacityMode mode, CapacityDirection direction, json::Writer* writer) {
  if (mode == CapacityMode::kNone || entries_.empty()) {
    return;
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.table_name < b.table_name; });
  writer->Key("ConsumedCapacity");
  writer->BeginArray();
  for (const Entry& entry : entries_) {
    WriteCapacityObject(mode, entry.table_name, entry.units, direction, writer);
  }
  writer->EndArray();
}

void TableCapacity::WriteBatch(CapacityMode mode, json::Writer* writer) {
  Write(mode, CapacityDirection::kUnsaid, writer);
}

void TableCapacity::WriteTransaction(CapacityMode mode, UnitKind kind, json::Writer* writer) {
  Write(mode, kind == UnitKind::kRead ? CapacityDirection::kRead : CapacityDirection::kWrite,
        writer);
}

}  // namespace millrace::api
