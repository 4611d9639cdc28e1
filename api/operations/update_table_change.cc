// UpdateTable's request: constraints, then the checks that need no table.
#include "api/operations/update_table_change.h"

#include <array>

#include "api/operations/key_schema_request.h"
#include "api/operations/table_constraints.h"
#include "api/operations/table_lookup.h"
#include "api/wire/arn.h"
#include "api/wire/shape.h"

namespace millrace::api {
namespace {

ApiStatus CheckConstraints(json::Value input) {
  const json::Value name = input.Find("TableName");
  RETURN_IF_API_ERROR(CheckTableNamePresentAndLength(name));
  ConstraintCollector collected;
  if (!ParseTableArn(name.AsString()).has_value()) {
    collected.CheckNamePattern(name, "tableName");
  }
  CheckThroughputConstraints(input.Find("ProvisionedThroughput"), "provisionedThroughput",
                             &collected);
  CheckIndexUpdateConstraints(input.Find("GlobalSecondaryIndexUpdates"), &collected);
  const json::Value definitions = input.Find("AttributeDefinitions");
  if (definitions.present()) {
    CheckDefinitionConstraints(definitions, &collected);
  }
  RETURN_IF_API_ERROR(collected.Finish());
  // The enums are reported singly.
  for (const auto check : {CheckBillingModeConstraint, CheckTableClassConstraint,
                           CheckStreamAndEncryptionConstraints}) {
    ConstraintCollector single;
    check(input, &single);
    RETURN_IF_API_ERROR(single.Finish());
  }
  return ApiStatus::Ok();
}

// Whether the request asks for anything at all.
ApiStatus CheckAsksForChange(json::Value input) {
  constexpr std::array<std::string_view, 9> kChanges = {
      "ProvisionedThroughput",     "BillingMode",    "StreamSpecification",
      "DeletionProtectionEnabled", "TableClass",     "OnDemandThroughput",
      "SSESpecification",          "WarmThroughput", "ReplicaUpdates"};
  for (const std::string_view name : kChanges) {
    if (input.Find(name).present()) {
      return ApiStatus::Ok();
    }
  }
  const json::Value updates = input.Find("GlobalSecondaryIndexUpdates");
  if (updates.present() && updates.size() > 0) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
      "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
}

}  // namespace

bool TableChange::to_updating() const {
  return billing_mode.has_value() || !index_updates.empty() || throughput.has_value() ||
         on_demand_throughput != OnDemandThroughput() || table_class.has_value() ||
         encryption.present || stream.has_value() || warm_throughput.read.has_value() ||
         warm_throughput.write.has_value();
}

ApiStatus ReadTableChange(const Services& services, json::Value input, TableChange* change) {
  RETURN_IF_API_ERROR(CheckConstraints(input));
  change->input = input;
  change->now_ms = services.clock->NowMs();
  change->billing_mode = ReadBillingMode(input);
  change->throughput = ReadThroughput(input);
  if (change->billing_mode == BillingMode::kPayPerRequest && change->throughput.has_value()) {
    return RefuseUnitsOnDemand();
  }
  if (change->throughput.has_value()) {
    RETURN_IF_API_ERROR(CheckUnitsInBounds(*change->throughput));
  }
  RETURN_IF_API_ERROR(CheckAsksForChange(input));
  RETURN_IF_API_ERROR(
      ReadIndexUpdates(input.Find("GlobalSecondaryIndexUpdates"), &change->index_updates));
  change->definitions = ReadAttributeDefinitions(input.Find("AttributeDefinitions"));
  change->on_demand_throughput = ReadOnDemandThroughput(input);
  change->table_class = ReadTableClass(input);
  change->warm_throughput = ReadWarmThroughput(input);
  const json::Value protection = input.Find("DeletionProtectionEnabled");
  if (protection.present()) {
    change->deletion_protection = BooleanOf(protection);
  }
  RETURN_IF_API_ERROR(ReadStreamSpecification(services, input, &change->stream));
  return ReadEncryption(services, input, &change->encryption);
}

}  // namespace millrace::api
