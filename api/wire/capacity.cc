// Rounding of capacity units and the ConsumedCapacity member.
#include "api/wire/capacity.h"

#include <algorithm>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

uint64_t UnitsBegun(uint64_t size_bytes, uint64_t unit_size) {
  return std::max<uint64_t>(1, (size_bytes + unit_size - 1) / unit_size);
}

// The members that say how many units, into the open object.
void WriteUnitMembers(double units, CapacityDirection direction, json::Writer* writer) {
  writer->Key("CapacityUnits");
  writer->Double(units);
  if (direction != CapacityDirection::kUnsaid) {
    writer->Key(direction == CapacityDirection::kRead ? "ReadCapacityUnits" : "WriteCapacityUnits");
    writer->Double(units);
  }
}

void WriteArm(double units, CapacityDirection direction, json::Writer* writer) {
  writer->BeginObject();
  WriteUnitMembers(units, direction, writer);
  writer->EndObject();
}

void WriteIndexArms(std::string_view name, const ConsumedUnits& units, bool local,
                    CapacityDirection direction, json::Writer* writer) {
  bool open = false;
  for (const IndexUnits& index : units.indexes) {
    if (index.is_local != local) {
      continue;
    }
    if (!open) {
      writer->Key(name);
      writer->BeginObject();
      open = true;
    }
    writer->Key(index.name);
    WriteArm(index.units, direction, writer);
  }
  if (open) {
    writer->EndObject();
  }
}

}  // namespace

double ReadUnits(uint64_t size_bytes, bool consistent) {
  const double units = static_cast<double>(UnitsBegun(size_bytes, limits::kReadUnitSize));
  return consistent ? units : units / 2;
}

double WriteUnits(uint64_t size_bytes) {
  return static_cast<double>(UnitsBegun(size_bytes, limits::kWriteUnitSize));
}

CapacityMode ParseCapacityMode(json::Value value) {
  if (!value.present()) {
    return CapacityMode::kNone;
  }
  const std::string_view text = value.AsString();
  if (text == "TOTAL") {
    return CapacityMode::kTotal;
  }
  return text == "INDEXES" ? CapacityMode::kIndexes : CapacityMode::kNone;
}

double ConsumedUnits::total() const {
  double sum = table;
  for (const IndexUnits& index : indexes) {
    sum += index.units;
  }
  return sum;
}

void WriteCapacityObject(CapacityMode mode, std::string_view table_name, double units,
                         json::Writer* writer) {
  WriteCapacityObject(mode, table_name, ConsumedUnits{units, {}}, CapacityDirection::kUnsaid,
                      writer);
}

void WriteCapacityObject(CapacityMode mode, std::string_view table_name, const ConsumedUnits& units,
                         CapacityDirection direction, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("TableName", table_name);
  WriteUnitMembers(units.total(), direction, writer);
  if (mode == CapacityMode::kIndexes) {
    writer->Key("Table");
    WriteArm(units.table, direction, writer);
    WriteIndexArms("LocalSecondaryIndexes", units, true, direction, writer);
    WriteIndexArms("GlobalSecondaryIndexes", units, false, direction, writer);
  }
  writer->EndObject();
}

void WriteConsumedCapacity(CapacityMode mode, std::string_view table_name, double units,
                           json::Writer* writer) {
  WriteConsumedCapacity(mode, table_name, ConsumedUnits{units, {}}, writer);
}

void WriteConsumedCapacity(CapacityMode mode, std::string_view table_name,
                           const ConsumedUnits& units, json::Writer* writer) {
  if (mode == CapacityMode::kNone) {
    return;
  }
  writer->Key("ConsumedCapacity");
  WriteCapacityObject(mode, table_name, units, CapacityDirection::kUnsaid, writer);
}

}  // namespace millrace::api
