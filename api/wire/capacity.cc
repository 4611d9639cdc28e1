// Rounding of capacity units and the ConsumedCapacity member.
#include "api/wire/capacity.h"

#include <algorithm>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

uint64_t UnitsBegun(uint64_t size_bytes, uint64_t unit_size) {
  return std::max<uint64_t>(1, (size_bytes + unit_size - 1) / unit_size);
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

void WriteCapacityObject(CapacityMode mode, std::string_view table_name, double units,
                         json::Writer* writer) {
  writer->BeginObject();
  writer->Member("TableName", table_name);
  writer->Key("CapacityUnits");
  writer->Double(units);
  if (mode == CapacityMode::kIndexes) {
    writer->Key("Table");
    writer->BeginObject();
    writer->Key("CapacityUnits");
    writer->Double(units);
    writer->EndObject();
  }
  writer->EndObject();
}

void WriteConsumedCapacity(CapacityMode mode, std::string_view table_name, double units,
                           json::Writer* writer) {
  if (mode == CapacityMode::kNone) {
    return;
  }
  writer->Key("ConsumedCapacity");
  WriteCapacityObject(mode, table_name, units, writer);
}

}  // namespace millrace::api
