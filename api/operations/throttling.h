// Throttling as operations see it: whether an access to a table may go ahead, the error if not, and
// what to charge afterwards. Without --throttle each of these is the test of a pointer.
#pragma once

#include <span>

#include "api/wire/capacity.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/tables/index_change.h"
#include "storage/tables/table.h"

namespace millrace::api {

// OK if a read of the table, or of `index` of it (may be nullptr), may go ahead. Otherwise
// ProvisionedThroughputExceededException, or ThrottlingException when it is the maximum of an
// on-demand table, with the reasons. Thread-safe.
inline ApiStatus AdmitRead(const Services& services, const tables::Table& table,
                           const tables::TableIndex* index = nullptr);

// Likewise for a write. `units_ahead` are charged with the admission.
inline ApiStatus AdmitWrite(const Services& services, const tables::Table& table,
                            double units_ahead = 0);

// Takes off what a read has used of the table and its indexes. Thread-safe.
inline void ChargeRead(const Services& services, const tables::Table& table,
                       const ConsumedUnits& units);

// Likewise for a write that used `units` of the table, and what its index entries cost.
inline void ChargeWrite(const Services& services, const tables::Table& table, double units,
                        std::span<const tables::IndexCharge> charges);

// Whether `status` is an error of AdmitRead or AdmitWrite.
bool IsThrottled(const ApiStatus& status);

// --- the same when something is throttled at all.
ApiStatus AdmitReadWithin(const Services& services, const tables::Table& table,
                          const tables::TableIndex* index);
ApiStatus AdmitWriteWithin(const Services& services, const tables::Table& table,
                           double units_ahead);
void ChargeReadWithin(const Services& services, const tables::Table& table,
                      const ConsumedUnits& units);
void ChargeWriteWithin(const Services& services, const tables::Table& table, double units,
                       std::span<const tables::IndexCharge> charges);

inline ApiStatus AdmitRead(const Services& services, const tables::Table& table,
                           const tables::TableIndex* index) {
  return services.throughput == nullptr ? ApiStatus::Ok() : AdmitReadWithin(services, table, index);
}

inline ApiStatus AdmitWrite(const Services& services, const tables::Table& table,
                            double units_ahead) {
  return services.throughput == nullptr ? ApiStatus::Ok()
                                        : AdmitWriteWithin(services, table, units_ahead);
}

inline void ChargeRead(const Services& services, const tables::Table& table,
                       const ConsumedUnits& units) {
  if (services.throughput != nullptr) {
    ChargeReadWithin(services, table, units);
  }
}

inline void ChargeWrite(const Services& services, const tables::Table& table, double units,
                        std::span<const tables::IndexCharge> charges) {
  if (services.throughput != nullptr) {
    ChargeWriteWithin(services, table, units, charges);
  }
}

}  // namespace millrace::api
