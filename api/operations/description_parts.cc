// Writers of the members that tables and indexes share.
#include "api/operations/description_parts.h"

#include <span>

namespace millrace::api {
namespace {

constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;

void WriteKeyElements(std::span<const KeyAttribute> attributes, std::string_view type,
                      json::Writer* writer) {
  for (const KeyAttribute& attribute : attributes) {
    writer->BeginObject();
    writer->Member("AttributeName", attribute.name);
    writer->Member("KeyType", type);
    writer->EndObject();
  }
}

}  // namespace

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

void WriteTimestamp(std::string_view name, int64_t epoch_ms, json::Writer* writer) {
  writer->Key(name);
  writer->TimestampMs(epoch_ms);
}

void WriteKeySchema(const KeySchema& schema, json::Writer* writer) {
  writer->Key("KeySchema");
  writer->BeginArray();
  WriteKeyElements(schema.partition, "HASH", writer);
  WriteKeyElements(schema.sort, "RANGE", writer);
  writer->EndArray();
}

void WriteProvisionedThroughput(const ProvisionedThroughput& throughput, int64_t now_ms,
                                json::Writer* writer) {
  writer->Key("ProvisionedThroughput");
  writer->BeginObject();
  if (throughput.last_increase_ms != 0) {
    WriteTimestamp("LastIncreaseDateTime", throughput.last_increase_ms, writer);
  }
  if (throughput.last_decrease_ms != 0) {
    WriteTimestamp("LastDecreaseDateTime", throughput.last_decrease_ms, writer);
  }
  const bool today = throughput.last_decrease_ms / kDayMs == now_ms / kDayMs;
  WriteInt("NumberOfDecreasesToday", today ? throughput.decreases_today : 0, writer);
  WriteInt("ReadCapacityUnits", throughput.read_capacity_units, writer);
  WriteInt("WriteCapacityUnits", throughput.write_capacity_units, writer);
  writer->EndObject();
}

void WriteOnDemandThroughput(const OnDemandThroughput& throughput, json::Writer* writer) {
  if (!throughput.max_read_request_units.has_value() &&
      !throughput.max_write_request_units.has_value()) {
    return;
  }
  writer->Key("OnDemandThroughput");
  writer->BeginObject();
  if (throughput.max_read_request_units.has_value()) {
    WriteInt("MaxReadRequestUnits", *throughput.max_read_request_units, writer);
  }
  if (throughput.max_write_request_units.has_value()) {
    WriteInt("MaxWriteRequestUnits", *throughput.max_write_request_units, writer);
  }
  writer->EndObject();
}

void WriteWarmThroughput(const WarmThroughput& throughput, std::string_view status,
                         json::Writer* writer) {
  writer->Key("WarmThroughput");
  writer->BeginObject();
  WriteInt("ReadUnitsPerSecond", throughput.read_units_per_second, writer);
  WriteInt("WriteUnitsPerSecond", throughput.write_units_per_second, writer);
  writer->Member("Status", status);
  writer->EndObject();
}

}  // namespace millrace::api
