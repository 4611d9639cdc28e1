// Reading, checking and storing the settings of tables.
#include "api/operations/table_settings.h"

#include "api/wire/shape.h"

namespace millrace::api {
namespace {

constexpr int64_t kCapacityUnitsMax = 1'000'000'000'000;
constexpr int64_t kWarmReadOnDemand = 12000;
constexpr int64_t kWarmWriteOnDemand = 4000;
constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr int64_t kRemoveCeiling = -1;

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(
      std::string("One or more parameter values were invalid: ").append(sentence));
}

std::optional<int64_t> ReadInteger(json::Value structure, std::string_view member) {
  const json::Value value = structure.Find(member);
  return value.present() ? std::optional<int64_t>(value.AsInt64()) : std::nullopt;
}

bool IsInRange(int64_t units, bool removal_allowed) {
  return units >= 1 || (removal_allowed && units == -1);
}

WarmThroughput EffectiveWarm(const std::optional<WarmThroughput>& stored, BillingMode billing_mode,
                             const ProvisionedThroughput& provisioned) {
  if (stored.has_value()) {
    return *stored;
  }
  if (billing_mode == BillingMode::kPayPerRequest) {
    return {kWarmReadOnDemand, kWarmWriteOnDemand};
  }
  return {provisioned.read_capacity_units, provisioned.write_capacity_units};
}

void ApplyCeiling(const std::optional<int64_t>& requested, std::optional<int64_t>* ceiling) {
  if (requested == kRemoveCeiling) {
    ceiling->reset();
  } else if (requested.has_value()) {
    *ceiling = requested;
  }
}

ApiStatus RefuseWarm(std::string_view member) {
  return Invalid("Requested WarmThroughput " + std::string(member) + " is lower than current");
}

ApiStatus ApplyWarm(const WarmThroughputRequest& request, WarmThroughput warm,
                    std::optional<WarmThroughput>* stored) {
  if (!request.read.has_value() && !request.write.has_value()) {
    return ApiStatus::Ok();
  }
  if (request.read.value_or(warm.read_units_per_second) < warm.read_units_per_second) {
    return RefuseWarm("ReadUnitsPerSecond");
  }
  if (request.write.value_or(warm.write_units_per_second) < warm.write_units_per_second) {
    return RefuseWarm("WriteUnitsPerSecond");
  }
  warm.read_units_per_second = request.read.value_or(warm.read_units_per_second);
  warm.write_units_per_second = request.write.value_or(warm.write_units_per_second);
  *stored = warm;
  return ApiStatus::Ok();
}

}  // namespace

std::optional<BillingMode> ReadBillingMode(json::Value input) {
  const json::Value mode = input.Find("BillingMode");
  if (!mode.present()) {
    return std::nullopt;
  }
  return mode.AsString() == "PAY_PER_REQUEST" ? BillingMode::kPayPerRequest
                                              : BillingMode::kProvisioned;
}

std::optional<CapacityUnits> ReadThroughput(json::Value input) {
  const json::Value throughput = input.Find("ProvisionedThroughput");
  if (!throughput.present()) {
    return std::nullopt;
  }
  return CapacityUnits{ReadInteger(throughput, "ReadCapacityUnits").value_or(0),
                       ReadInteger(throughput, "WriteCapacityUnits").value_or(0)};
}

std::optional<TableClass> ReadTableClass(json::Value input) {
  const json::Value table_class = input.Find("TableClass");
  if (!table_class.present()) {
    return std::nullopt;
  }
  return table_class.AsString() == "STANDARD" ? TableClass::kStandard
                                              : TableClass::kStandardInfrequentAccess;
}

OnDemandThroughput ReadOnDemandThroughput(json::Value input) {
  const json::Value throughput = input.Find("OnDemandThroughput");
  if (!throughput.present()) {
    return {};
  }
  return {ReadInteger(throughput, "MaxReadRequestUnits"),
          ReadInteger(throughput, "MaxWriteRequestUnits")};
}

ApiStatus RefuseUnitsOnDemand() {
  return Invalid(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
      "PAY_PER_REQUEST");
}

ApiStatus CheckUnitsInBounds(const CapacityUnits& units) {
  if (units.read > kCapacityUnitsMax) {
    return ValidationError("Given value " + std::to_string(units.read) +
                           " for ReadCapacityUnits is out of bounds");
  }
  if (units.write > kCapacityUnitsMax) {
    return ValidationError("Given value " + std::to_string(units.write) +
                           " for WriteCapacityUnits is out of bounds");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckOnDemandRange(const OnDemandThroughput& throughput, bool removal_allowed) {
  std::string_view member;
  if (!IsInRange(throughput.max_read_request_units.value_or(1), removal_allowed)) {
    member = "MaxReadRequestUnits";
  } else if (!IsInRange(throughput.max_write_request_units.value_or(1), removal_allowed)) {
    member = "MaxWriteRequestUnits";
  } else {
    return ApiStatus::Ok();
  }
  return Invalid("Requested " + std::string(member) +
                 " for OnDemandThroughput for table is outside of valid range");
}

std::string_view FirstOnDemandMember(const OnDemandThroughput& throughput) {
  return throughput.max_read_request_units.has_value() ? "MaxReadRequestUnits"
                                                       : "MaxWriteRequestUnits";
}

WarmThroughput EffectiveWarmThroughput(const TableDescriptor& table) {
  return EffectiveWarm(table.warm_throughput, table.billing_mode, table.provisioned_throughput);
}

WarmThroughput EffectiveWarmThroughput(const TableDescriptor& table, const IndexDescriptor& index) {
  return EffectiveWarm(index.warm_throughput, table.billing_mode, index.provisioned_throughput);
}

WarmThroughputRequest ReadWarmThroughput(json::Value input) {
  const json::Value warm = input.Find("WarmThroughput");
  if (!warm.present()) {
    return {};
  }
  return {ReadInteger(warm, "ReadUnitsPerSecond"), ReadInteger(warm, "WriteUnitsPerSecond")};
}

ApiStatus ApplyWarmThroughput(const WarmThroughputRequest& request, TableDescriptor* table) {
  return ApplyWarm(request, EffectiveWarmThroughput(*table), &table->warm_throughput);
}

ApiStatus ApplyWarmThroughput(const WarmThroughputRequest& request, const TableDescriptor& table,
                              IndexDescriptor* index) {
  return ApplyWarm(request, EffectiveWarmThroughput(table, *index), &index->warm_throughput);
}

void ApplyUnits(const CapacityUnits& units, int64_t now_ms, ProvisionedThroughput* throughput) {
  if (units.read > throughput->read_capacity_units ||
      units.write > throughput->write_capacity_units) {
    throughput->last_increase_ms = now_ms;
  }
  if (units.read < throughput->read_capacity_units ||
      units.write < throughput->write_capacity_units) {
    const bool first_today = throughput->last_decrease_ms / kDayMs != now_ms / kDayMs;
    throughput->decreases_today = first_today ? 1 : throughput->decreases_today + 1;
    throughput->last_decrease_ms = now_ms;
  }
  throughput->read_capacity_units = units.read;
  throughput->write_capacity_units = units.write;
}

void ApplyOnDemandThroughput(const OnDemandThroughput& request, OnDemandThroughput* ceilings) {
  ApplyCeiling(request.max_read_request_units, &ceilings->max_read_request_units);
  ApplyCeiling(request.max_write_request_units, &ceilings->max_write_request_units);
}

ApiStatus ReadEncryption(const Services& services, json::Value input, EncryptionRequest* request) {
  const json::Value specification = input.Find("SSESpecification");
  if (!specification.present()) {
    return ApiStatus::Ok();
  }
  request->present = true;
  request->enabled = BooleanOf(specification.Find("Enabled"));
  const json::Value key = specification.Find("KMSMasterKeyId");
  if (!request->enabled) {
    if (key.present()) {
      return Invalid("KMSMasterKeyId can only be specified when Enabled is true");
    }
    return ApiStatus::Ok();
  }
  if (key.present() && key.AsString().starts_with("arn:")) {
    request->key_arn = key.AsString();
    return ApiStatus::Ok();
  }
  request->key_arn = "arn:aws:kms:" + services.region + ":" + services.account + ":key/";
  request->key_arn.append(key.present() ? std::string(key.AsString()) : NewUuid(services.random));
  return ApiStatus::Ok();
}

void ApplyEncryption(const EncryptionRequest& request, TableDescriptor* table) {
  if (request.present) {
    table->encryption_enabled = request.enabled;
    table->kms_key_arn = request.key_arn;
  }
}

}  // namespace millrace::api
