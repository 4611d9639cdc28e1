// Settings of tables beside the schema, as CreateTable and UpdateTable give them: billing,
// throughput, ceilings, warm throughput, encryption.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

struct CapacityUnits {
  int64_t read = 0;
  int64_t write = 0;
};

// The member BillingMode, if present; it has passed its constraint.
std::optional<BillingMode> ReadBillingMode(json::Value input);
std::optional<CapacityUnits> ReadThroughput(json::Value input);
std::optional<TableClass> ReadTableClass(json::Value input);
// Members of OnDemandThroughput; none for an absent one.
OnDemandThroughput ReadOnDemandThroughput(json::Value input);

// The sentence for throughput beside PAY_PER_REQUEST.
ApiStatus RefuseUnitsOnDemand();
// Read, then write units above what can be asked for.
ApiStatus CheckUnitsInBounds(const CapacityUnits& units);
// The first member of OnDemandThroughput whose value is below 1, -1 being allowed if
// `removal_allowed`.
ApiStatus CheckOnDemandRange(const OnDemandThroughput& throughput, bool removal_allowed);
// The name of the first member that is given, read first.
std::string_view FirstOnDemandMember(const OnDemandThroughput& throughput);

// What a table shows as its warm throughput: the stored figures, or those that follow from its
// billing.
WarmThroughput EffectiveWarmThroughput(const TableDescriptor& table);
// Likewise of one of its global indexes.
WarmThroughput EffectiveWarmThroughput(const TableDescriptor& table, const IndexDescriptor& index);

// WarmThroughput of a request, each member on its own.
struct WarmThroughputRequest {
  std::optional<int64_t> read;
  std::optional<int64_t> write;
};
WarmThroughputRequest ReadWarmThroughput(json::Value input);
// Stores the request in `table`; refuses figures below the effective ones.
ApiStatus ApplyWarmThroughput(const WarmThroughputRequest& request, TableDescriptor* table);
ApiStatus ApplyWarmThroughput(const WarmThroughputRequest& request, const TableDescriptor& table,
                              IndexDescriptor* index);

// Sets new units, with the dates and counts that go with a change.
void ApplyUnits(const CapacityUnits& units, int64_t now_ms, ProvisionedThroughput* throughput);
// Takes over the members of a request one by one; -1 removes a ceiling.
void ApplyOnDemandThroughput(const OnDemandThroughput& request, OnDemandThroughput* ceilings);

// SSESpecification of a request.
struct EncryptionRequest {
  bool present = false;
  bool enabled = false;
  std::string key_arn;  // set when enabled
};
// Reads and checks the member; makes up a key ARN if none is given.
ApiStatus ReadEncryption(const Services& services, json::Value input, EncryptionRequest* request);
void ApplyEncryption(const EncryptionRequest& request, TableDescriptor* table);

}  // namespace millrace::api
