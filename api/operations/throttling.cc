// The errors of throttled requests.
#include "api/operations/throttling.h"

#include <string>
#include <string_view>
#include <utility>

#include "api/operations/index_keys.h"
#include "api/wire/arn.h"
#include "api/wire/throughput_limiter.h"
#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr std::string_view kTableExceeded =
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API.";
constexpr std::string_view kIndexExceeded =
    "The level of configured provisioned throughput for one or more global secondary indexes of "
    "the table was exceeded. Consider increasing your provisioning level for the "
    "under-provisioned global secondary indexes with the UpdateTable API.";
constexpr std::string_view kMaximumExceeded =
    "Throughput exceeds the maximum OnDemandThroughput configured on table or index";

ApiStatus Throttled(const Services& services, const tables::Table& table, ThroughputKind kind,
                    const ExhaustedThroughput& exhausted) {
  if (exhausted.empty()) {
    return ApiStatus::Ok();
  }
  const TableDescriptor& descriptor = table.descriptor();
  const bool provisioned = descriptor.billing_mode == BillingMode::kProvisioned;
  ApiError error;
  error.type = provisioned ? ErrorType::kProvisionedThroughputExceeded : ErrorType::kThrottling;
  // The table comes first among what is exhausted.
  error.message = !provisioned                   ? kMaximumExceeded
                  : exhausted.front() == nullptr ? kTableExceeded
                                                 : kIndexExceeded;
  error.members = provisioned ? "\"ThrottlingReasons\":" : "\"throttlingReasons\":";
  json::Writer writer(&error.members);
  writer.BeginArray();
  for (const tables::TableIndex* const index : exhausted) {
    std::string reason = index == nullptr ? "Table" : "Index";
    reason += kind == ThroughputKind::kRead ? "Read" : "Write";
    reason += provisioned ? "ProvisionedThroughputExceeded" : "MaxOnDemandThroughputExceeded";
    std::string resource = FormatTableArn(services, descriptor.name);
    if (index != nullptr) {
      resource.append("/index/").append(index->descriptor->name);
    }
    writer.BeginObject();
    writer.Member("reason", reason);
    writer.Member("resource", resource);
    writer.EndObject();
  }
  writer.EndArray();
  return ApiStatus(std::move(error));
}

}  // namespace

bool IsThrottled(const ApiStatus& status) {
  return !status.ok() && (status.error().type == ErrorType::kProvisionedThroughputExceeded ||
                          status.error().type == ErrorType::kThrottling);
}

ApiStatus AdmitReadWithin(const Services& services, const tables::Table& table,
                          const tables::TableIndex* index) {
  return Throttled(services, table, ThroughputKind::kRead,
                   services.throughput->AdmitRead(table, index));
}

ApiStatus AdmitWriteWithin(const Services& services, const tables::Table& table,
                           double units_ahead) {
  return Throttled(services, table, ThroughputKind::kWrite,
                   services.throughput->AdmitWrite(table, units_ahead));
}

void ChargeReadWithin(const Services& services, const tables::Table& table,
                      const ConsumedUnits& units) {
  services.throughput->Charge(table, ThroughputKind::kRead, units);
}

void ChargeWriteWithin(const Services& services, const tables::Table& table, double units,
                       std::span<const tables::IndexCharge> charges) {
  ConsumedUnits consumed = {units, {}};
  AddIndexUnits(table, charges, &consumed);
  services.throughput->Charge(table, ThroughputKind::kWrite, consumed);
}

}  // namespace millrace::api
