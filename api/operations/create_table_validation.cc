// CreateTable's checks: the table name alone, then collected constraints, then semantic checks one
// at a time.
#include "api/operations/create_table_validation.h"

#include <optional>
#include <string>
#include <vector>

#include "api/operations/index_definition.h"
#include "api/operations/index_validation.h"
#include "api/operations/key_schema_request.h"
#include "api/operations/resource_policy.h"
#include "api/operations/stream_specification.h"
#include "api/operations/table_constraints.h"
#include "api/operations/table_lookup.h"
#include "api/operations/table_settings.h"
#include "api/operations/table_tags.h"
#include "api/operations/unsupported.h"
#include "api/wire/arn.h"
#include "api/wire/shape.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr size_t kTableKeysMax = 2;

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(
      std::string("One or more parameter values were invalid: ").append(sentence));
}

ApiStatus CheckTableName(const Services& services, json::Value parameter) {
  if (!parameter.present()) {
    return ValidationError(
        "The parameter 'TableName' is required but was not present in the request");
  }
  const std::optional<TableArn> arn = ParseTableArn(parameter.AsString());
  if (arn.has_value()) {
    return IsLocal(services, *arn) ? ApiStatus::Ok() : TableNotFound(arn->table_name);
  }
  ConstraintCollector constraints;
  constraints.CheckNamePattern(parameter, "tableName");
  constraints.CheckLength(parameter, "tableName", limits::kTableNameSizeMin,
                          limits::kTableNameSizeMax);
  return constraints.Finish();
}

ApiStatus CheckConstraints(json::Value input) {
  ConstraintCollector constraints;
  CheckBillingModeConstraint(input, &constraints);
  CheckThroughputConstraints(input.Find("ProvisionedThroughput"), "provisionedThroughput",
                             &constraints);
  CheckKeySchemaConstraints(input.Find("KeySchema"), "keySchema", kTableKeysMax, &constraints);
  CheckDefinitionConstraints(input.Find("AttributeDefinitions"), &constraints);
  CheckLocalIndexConstraints(input.Find("LocalSecondaryIndexes"), &constraints);
  CheckGlobalIndexConstraints(input.Find("GlobalSecondaryIndexes"), &constraints);
  CheckTableClassConstraint(input, &constraints);
  CheckStreamAndEncryptionConstraints(input, &constraints);
  CheckTagConstraints(input.Find("Tags"), &constraints);
  return constraints.Finish();
}

ApiStatus CheckBilling(BillingMode mode, const std::optional<CapacityUnits>& units) {
  if (mode == BillingMode::kPayPerRequest && units.has_value()) {
    return RefuseUnitsOnDemand();
  }
  if (units.has_value()) {
    return CheckUnitsInBounds(*units);
  }
  if (mode == BillingMode::kProvisioned) {
    return Invalid(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckDefinitionsDistinct(const std::vector<KeyAttribute>& definitions) {
  for (const KeyAttribute& definition : definitions) {
    if (FindDefinition(definitions, definition.name) != &definition) {
      return Invalid("Cannot redefine existing attribute: " + definition.name);
    }
  }
  return ApiStatus::Ok();
}

ApiStatus CheckSchema(json::Value input, BillingMode mode, const std::vector<KeyElement>& keys,
                      const std::vector<KeyAttribute>& definitions) {
  RETURN_IF_API_ERROR(CheckTableKeysDefined(keys, definitions));
  RETURN_IF_API_ERROR(CheckSimpleKeySchema(keys));
  const bool has_indexes = input.Find("LocalSecondaryIndexes").present() ||
                           input.Find("GlobalSecondaryIndexes").present();
  if (!has_indexes && keys.size() != definitions.size()) {
    return Invalid(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  RETURN_IF_API_ERROR(CheckIndexes(input, keys, definitions, mode));
  return CheckDefinitionsDistinct(definitions);
}

ApiStatus CheckOnDemandThroughput(BillingMode mode, const OnDemandThroughput& throughput) {
  if (throughput == OnDemandThroughput()) {
    return ApiStatus::Ok();
  }
  if (mode == BillingMode::kProvisioned) {
    return Invalid(std::string(FirstOnDemandMember(throughput)) +
                   " for OnDemandThroughput cannot be specified when table BillingMode is "
                   "PROVISIONED.");
  }
  return CheckOnDemandRange(throughput, false);
}

// The policy is kept as it was sent.
ApiStatus ReadResourcePolicy(json::Value policy, std::string* stored) {
  if (!policy.present()) {
    return ApiStatus::Ok();
  }
  RETURN_IF_API_ERROR(CheckResourcePolicy(policy.AsString()));
  *stored = policy.AsString();
  return ApiStatus::Ok();
}

ApiStatus FillSettings(const Services& services, json::Value input, TableDescriptor* table) {
  RETURN_IF_API_ERROR(ApplyWarmThroughput(ReadWarmThroughput(input), table));
  EncryptionRequest encryption;
  RETURN_IF_API_ERROR(ReadEncryption(services, input, &encryption));
  ApplyEncryption(encryption, table);
  RETURN_IF_API_ERROR(ReadResourcePolicy(input.Find("ResourcePolicy"), &table->resource_policy));
  std::vector<Tag> tags;
  RETURN_IF_API_ERROR(ReadTags(input.Find("Tags"), &tags));
  RETURN_IF_API_ERROR(MergeTags(tags, &table->tags));
  table->table_class = ReadTableClass(input);
  table->deletion_protection_enabled = BooleanOf(input.Find("DeletionProtectionEnabled"));
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus MakeTableDescriptor(const Services& services, json::Value input,
                              TableDescriptor* descriptor) {
  RETURN_IF_API_ERROR(CheckTableName(services, input.Find("TableName")));
  RETURN_IF_API_ERROR(CheckConstraints(input));
  const BillingMode mode = ReadBillingMode(input).value_or(BillingMode::kProvisioned);
  const std::optional<CapacityUnits> units = ReadThroughput(input);
  RETURN_IF_API_ERROR(CheckBilling(mode, units));
  const std::vector<KeyElement> keys = ReadKeySchema(input.Find("KeySchema"));
  std::vector<KeyAttribute> definitions =
      ReadAttributeDefinitions(input.Find("AttributeDefinitions"));
  RETURN_IF_API_ERROR(CheckSchema(input, mode, keys, definitions));
  std::optional<StreamRequest> stream;
  RETURN_IF_API_ERROR(ReadStreamSpecification(services, input, &stream));
  const OnDemandThroughput on_demand = ReadOnDemandThroughput(input);
  RETURN_IF_API_ERROR(CheckOnDemandThroughput(mode, on_demand));

  descriptor->name = BareTableName(input.Find("TableName").AsString());
  descriptor->key_schema = MakeKeySchema(keys, definitions);
  descriptor->indexes = MakeIndexes(input, definitions);
  descriptor->attribute_definitions = std::move(definitions);
  descriptor->billing_mode = mode;
  descriptor->on_demand_throughput = on_demand;
  if (units.has_value()) {
    descriptor->provisioned_throughput.read_capacity_units = units->read;
    descriptor->provisioned_throughput.write_capacity_units = units->write;
  }
  if (mode == BillingMode::kPayPerRequest) {
    descriptor->last_update_to_pay_per_request_ms = services.clock->NowMs();
  }
  if (stream.has_value() && stream->enabled) {
    descriptor->stream = stream->stream;
  }
  RETURN_IF_API_ERROR(FillSettings(services, input, descriptor));
  return RefuseUnsupported(input);
}

}  // namespace millrace::api
