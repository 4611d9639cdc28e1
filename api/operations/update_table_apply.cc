// UpdateTable's effects on a table: the checks that need its present settings, then the change.
// Runs on the committer thread.
#include <algorithm>
#include <string>

#include "api/operations/table_lookup.h"
#include "api/operations/unsupported.h"
#include "api/operations/update_table_change.h"

namespace millrace::api {
namespace {

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(
      std::string("One or more parameter values were invalid: ").append(sentence));
}

ApiStatus CheckBilling(const TableChange& change, const TableDescriptor& current) {
  if (change.billing_mode == BillingMode::kProvisioned && !change.throughput.has_value()) {
    return Invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  if (change.throughput.has_value() && !change.billing_mode.has_value() &&
      current.billing_mode == BillingMode::kPayPerRequest) {
    return RefuseUnitsOnDemand();
  }
  const BillingMode mode = change.billing_mode.value_or(current.billing_mode);
  if (change.on_demand_throughput == OnDemandThroughput()) {
    return ApiStatus::Ok();
  }
  if (mode == BillingMode::kProvisioned) {
    return Invalid(std::string(FirstOnDemandMember(change.on_demand_throughput)) +
                   " for OnDemandThroughput cannot be specified when the table BillingMode is "
                   "PROVISIONED");
  }
  return CheckOnDemandRange(change.on_demand_throughput, true);
}

ApiStatus CheckUnitsDiffer(const TableChange& change, const TableDescriptor& current) {
  if (!change.throughput.has_value()) {
    return ApiStatus::Ok();
  }
  const ProvisionedThroughput& now = current.provisioned_throughput;
  if (change.throughput->read != now.read_capacity_units ||
      change.throughput->write != now.write_capacity_units) {
    return ApiStatus::Ok();
  }
  const std::string read = std::to_string(now.read_capacity_units);
  const std::string write = std::to_string(now.write_capacity_units);
  return ValidationError(
      "The provisioned throughput for the table will not change. The requested value equals the "
      "current value. Current ReadCapacityUnits provisioned for the table: " +
      read + ". Requested ReadCapacityUnits: " + read +
      ". Current WriteCapacityUnits provisioned for the table: " + write +
      ". Requested WriteCapacityUnits: " + write +
      ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
      "limits.");
}

void ApplyThroughput(const CapacityUnits& units, int64_t now_ms, TableDescriptor* table) {
  ProvisionedThroughput& throughput = table->provisioned_throughput;
  ProvisionedThroughput previous = throughput;
  ApplyUnits(units, now_ms, &throughput);
  // While UPDATING the old units are shown, with the dates of the change.
  previous.last_increase_ms = throughput.last_increase_ms;
  previous.last_decrease_ms = throughput.last_decrease_ms;
  previous.decreases_today = throughput.decreases_today;
  table->previous_throughput = previous;
}

void ApplyBilling(const TableChange& change, TableDescriptor* table) {
  table->previous_throughput.reset();
  if (change.billing_mode == BillingMode::kPayPerRequest &&
      table->billing_mode != BillingMode::kPayPerRequest) {
    table->billing_mode = BillingMode::kPayPerRequest;
    table->last_update_to_pay_per_request_ms = change.now_ms;
    table->provisioned_throughput.read_capacity_units = 0;
    table->provisioned_throughput.write_capacity_units = 0;
    for (IndexDescriptor& index : table->indexes) {
      index.provisioned_throughput.read_capacity_units = 0;
      index.provisioned_throughput.write_capacity_units = 0;
    }
  }
  if (change.billing_mode == BillingMode::kProvisioned) {
    table->billing_mode = BillingMode::kProvisioned;
    table->on_demand_throughput = OnDemandThroughput();
    for (IndexDescriptor& index : table->indexes) {
      index.on_demand_throughput = OnDemandThroughput();
    }
  }
  if (change.throughput.has_value()) {
    ApplyThroughput(*change.throughput, change.now_ms, table);
  }
}

}  // namespace

ApiStatus ApplyTableChange(const TableChange& change, const TableDescriptor& current,
                           TableDescriptor* changed) {
  RETURN_IF_API_ERROR(CheckNotInTransition(current));
  RETURN_IF_API_ERROR(CheckBilling(change, current));
  RETURN_IF_API_ERROR(CheckUnitsDiffer(change, current));
  const IndexUpdateContext context = {change.definitions, current,
                                      change.billing_mode.value_or(current.billing_mode),
                                      change.billing_mode == BillingMode::kProvisioned &&
                                          current.billing_mode != BillingMode::kProvisioned};
  RETURN_IF_API_ERROR(CheckIndexUpdates(change.index_updates, context));
  RETURN_IF_API_ERROR(CheckStreamRequest(change.stream, current));
  RETURN_IF_API_ERROR(RefuseUnsupported(change.input));
  ApplyBilling(change, changed);
  ApplyOnDemandThroughput(change.on_demand_throughput, &changed->on_demand_throughput);
  RETURN_IF_API_ERROR(ApplyWarmThroughput(change.warm_throughput, changed));
  RETURN_IF_API_ERROR(
      ApplyIndexUpdates(change.index_updates, change.definitions, change.now_ms, changed));
  ApplyEncryption(change.encryption, changed);
  ApplyStreamRequest(change.stream, changed);
  if (change.table_class.has_value()) {
    changed->table_class = change.table_class;
  }
  if (change.deletion_protection.has_value()) {
    changed->deletion_protection_enabled = *change.deletion_protection;
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api
