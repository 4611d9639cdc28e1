// The TableDescription writer.
#include "api/operations/table_description.h"

#include <span>
#include <string_view>

#include "api/operations/description_parts.h"
#include "api/operations/index_description.h"
#include "api/operations/stream_specification.h"
#include "api/operations/table_settings.h"
#include "api/wire/arn.h"

namespace millrace::api {
namespace {

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

void WriteThroughput(const TableDescriptionInput& input, json::Writer* writer) {
  const TableDescriptor& table = *input.table;
  const bool show_previous =
      input.state == TableState::kUpdating && table.previous_throughput.has_value();
  const ProvisionedThroughput& throughput =
      show_previous ? *table.previous_throughput : table.provisioned_throughput;
  WriteProvisionedThroughput(throughput, input.now_ms, writer);
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
  WriteIndexes(services, input, writer);
  WriteOnDemandThroughput(input.on_demand_throughput != nullptr ? *input.on_demand_throughput
                                                                : table.on_demand_throughput,
                          writer);
  WriteWarmThroughput(EffectiveWarmThroughput(table),
                      input.state == TableState::kUpdating ? "UPDATING" : "ACTIVE", writer);
  WriteEncryptionAndClass(table, writer);
  WriteLatestStream(services, table, writer);
  writer->EndObject();
}

void WriteDeletedTableDescription(const Services& services, const TableDescriptionInput& input,
                                  json::Writer* writer) {
  writer->BeginObject();
  WriteCore(services, input, writer);
  writer->EndObject();
}

}  // namespace millrace::api
