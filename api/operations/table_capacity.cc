// A request names few tables, so they are found by looking at each.
#include "api/operations/table_capacity.h"

#include <algorithm>

namespace millrace::api {
namespace {

void WriteTransactionObject(CapacityMode mode, std::string_view table_name, double units,
                            UnitKind kind, json::Writer* writer) {
  const auto write_units = [&] {
    writer->Key("CapacityUnits");
    writer->Double(units);
    writer->Key(kind == UnitKind::kRead ? "ReadCapacityUnits" : "WriteCapacityUnits");
    writer->Double(units);
  };
  writer->BeginObject();
  writer->Member("TableName", table_name);
  write_units();
  if (mode == CapacityMode::kIndexes) {
    writer->Key("Table");
    writer->BeginObject();
    write_units();
    writer->EndObject();
  }
  writer->EndObject();
}

}  // namespace

void TableCapacity::Add(std::string_view table_name, double units) {
  for (Entry& entry : entries_) {
    if (entry.table_name == table_name) {
      entry.units += units;
      return;
    }
  }
  entries_.push_back({table_name, units});
}

template <typename WriteEntry>
void TableCapacity::Write(CapacityMode mode, json::Writer* writer, WriteEntry write_entry) {
  if (mode == CapacityMode::kNone) {
    return;
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.table_name < b.table_name; });
  writer->Key("ConsumedCapacity");
  writer->BeginArray();
  for (const Entry& entry : entries_) {
    write_entry(entry);
  }
  writer->EndArray();
}

void TableCapacity::WriteBatch(CapacityMode mode, json::Writer* writer) {
  Write(mode, writer, [&](const Entry& entry) {
    WriteCapacityObject(mode, entry.table_name, entry.units, writer);
  });
}

void TableCapacity::WriteTransaction(CapacityMode mode, UnitKind kind, json::Writer* writer) {
  Write(mode, writer, [&](const Entry& entry) {
    WriteTransactionObject(mode, entry.table_name, entry.units, kind, writer);
  });
}

}  // namespace millrace::api
