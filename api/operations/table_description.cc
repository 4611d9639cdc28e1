// The TableDescription writer.
#include "api/operations/table_description.h"

#include <span>
#include <string_view>

#include "api/operations/table_settings.h"
#include "api/wire/arn.h"

namespace millrace::api {
namespace {

constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;

std::string_view StateName(TableState state) {
  switch (state) {
    case TableState::kCreating:
      return "CREATING";
    case TableState::kActive:
      return "ACTIVE";
    case TableState::kUpdating:
      return "UPDATING";
    case TableState::kDeleting:
      return "DELETING";
  }
  return "ACTIVE";
}

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

void WriteTimestamp(std::string_view name, int64_t epoch_ms, json::Writer* writer) {
  writer->Key(name);
  writer->TimestampMs(epoch_ms);
}

void WriteDefinitions(std::span<const KeyAttribute> definitions, json::Writer* writer) {
  writer->Key("AttributeDefinitions");
  writer->BeginArray();
  for (const KeyAttribute& definition : definitions) {
    writer->BeginObject();
    writer->Member("AttributeName", definition.name);
    writer->Member("AttributeType", AttributeTypeName(definition.type));
    writer->EndObject();
  }
  writer->EndArray();
}

void WriteKeyElements(std::span<const KeyAttribute> attributes, std::string_view type,
                      json::Writer* writer) {
  for (const KeyAttribute& attribute : attributes) {
    writer->BeginObject();
    writer->Member("AttributeName", attribute.name);
    writer->Member("KeyType", type);
    writer->EndObject();
  }
}

void WriteKeySchema(const KeySchema& schema, json::Writer* writer) {
  writer->Key("KeySchema");
  writer->BeginArray();
  WriteKeyElements(schema.partition, "HASH", writer);
  WriteKeyElements(schema.sort, "RANGE", writer);
  writer->EndArray();
}

void WriteThroughput(const TableDescriptionInput& input, json::Writer* writer) {
  const TableDescriptor& table = *input.table;
  const bool show_previous =
      input.state == TableState::kUpdating && table.previous_throughput.has_value();
  const ProvisionedThroughput& throughput =
      show_previous ? *table.previous_throughput : table.provisioned_throughput;
  writer->Key("ProvisionedThroughput");
  writer->BeginObject();
  if (throughput.last_increase_ms != 0) {
    WriteTimestamp("LastIncreaseDateTime", throughput.last_increase_ms, writer);
  }
  if (throughput.last_decrease_ms != 0) {
    WriteTimestamp("LastDecreaseDateTime", throughput.last_decrease_ms, writer);
  }
  const bool today = throughput.last_decrease_ms / kDayMs == input.now_ms / kDayMs;
  WriteInt("NumberOfDecreasesToday", today ? throughput.decreases_today : 0, writer);
  WriteInt("ReadCapacityUnits", throughput.read_capacity_units, writer);
  WriteInt("WriteCapacityUnits", throughput.write_capacity_units, writer);
  writer->EndObject();
}

void WriteBilling(const TableDescriptionInput& input, json::Writer* writer) {
  const TableDescriptor& table = *input.table;
  const bool on_demand = table.billing_mode == BillingMode::kPayPerRequest;
  if (!on_demand && table.last_update_to_pay_per_request_ms == 0) {
    return;
  }
  writer->Key("BillingModeSummary");
  writer->BeginObject();
  writer->Member("BillingMode", on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
  if (table.last_update_to_pay_per_request_ms != 0 && input.state != TableState::kCreating) {
    WriteTimestamp("LastUpdateToPayPerRequestDateTime", table.last_update_to_pay_per_request_ms,
                   writer);
  }
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

void WriteWarmThroughput(const TableDescriptionInput& input, json::Writer* writer) {
  const WarmThroughput warm = EffectiveWarmThroughput(*input.table);
  writer->Key("WarmThroughput");
  writer->BeginObject();
  WriteInt("ReadUnitsPerSecond", warm.read_units_per_second, writer);
  WriteInt("WriteUnitsPerSecond", warm.write_units_per_second, writer);
  writer->Member("Status", input.state == TableState::kUpdating ? "UPDATING" : "ACTIVE");
  writer->EndObject();
}

void WriteEncryptionAndClass(const TableDescriptor& table, json::Writer* writer) {
  if (table.encryption_enabled) {
    writer->Key("SSEDescription");
    writer->BeginObject();
    writer->Member("Status", "ENABLED");
    writer->Member("SSEType", "KMS");
    writer->Member("KMSMasterKeyArn", table.kms_key_arn);
    writer->EndObject();
  }
  if (table.table_class.has_value()) {
    writer->Key("TableClassSummary");
    writer->BeginObject();
    writer->Member("TableClass", *table.table_class == TableClass::kStandard
                                     ? "STANDARD"
                                     : "STANDARD_INFREQUENT_ACCESS");
    writer->EndObject();
  }
}

// What every description has, the deleted table's too.
void WriteCore(const Services& services, const TableDescriptionInput& input, json::Writer* writer) {
  const TableDescriptor& table = *input.table;
  writer->Member("TableName", table.name);
  writer->Member("TableStatus", StateName(input.state));
  WriteThroughput(input, writer);
  WriteInt("TableSizeBytes", input.counters.size_bytes, writer);
  WriteInt("ItemCount", input.counters.item_count, writer);
  writer->Member("TableArn", FormatTableArn(services, table.name));
  writer->Member("TableId", table.uuid);
  WriteBilling(input, writer);
  writer->Key("DeletionProtectionEnabled");
  writer->Bool(table.deletion_protection_enabled);
}

}  // namespace

void WriteTableDescription(const Services& services, const TableDescriptionInput& input,
                           json::Writer* writer) {
  const TableDescriptor& table = *input.table;
  writer->BeginObject();
  WriteDefinitions(table.attribute_definitions, writer);
  WriteKeySchema(table.key_schema, writer);
  WriteTimestamp("CreationDateTime", table.creation_ms, writer);
  WriteCore(services, input, writer);
  WriteOnDemandThroughput(input.on_demand_throughput != nullptr ? *input.on_demand_throughput
                                                                : table.on_demand_throughput,
                          writer);
  WriteWarmThroughput(input, writer);
  WriteEncryptionAndClass(table, writer);
  writer->EndObject();
}

void WriteDeletedTableDescription(const Services& services, const TableDescriptionInput& input,
                                  json::Writer* writer) {
  writer->BeginObject();
  WriteCore(services, input, writer);
  writer->EndObject();
}

}  // namespace millrace::api
