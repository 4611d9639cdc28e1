// The arithmetic of token buckets, and which of them a request needs.
#include "api/wire/throughput_limiter.h"

#include <algorithm>
#include <iterator>

namespace millrace::api {
namespace {

// Table and index ids come from one allocator, so an id and a kind name one bucket.
uint64_t KeyOf(uint32_t id, ThroughputKind kind) {
  return (uint64_t{id} << 1) | (kind == ThroughputKind::kWrite ? 1 : 0);
}

}  // namespace

int64_t ThroughputLimit(const TableDescriptor& table, const IndexDescriptor* index,
                        ThroughputKind kind) {
  const bool reads = kind == ThroughputKind::kRead;
  if (table.billing_mode == BillingMode::kProvisioned) {
    const ProvisionedThroughput& provisioned =
        index == nullptr ? table.provisioned_throughput : index->provisioned_throughput;
    return reads ? provisioned.read_capacity_units : provisioned.write_capacity_units;
  }
  const OnDemandThroughput& maximum =
      index == nullptr ? table.on_demand_throughput : index->on_demand_throughput;
  // A maximum of -1 is none.
  return std::max<int64_t>(
      0, (reads ? maximum.max_read_request_units : maximum.max_write_request_units).value_or(0));
}

void ThroughputLimiter::Bucket::Refill(int64_t now_us) {
  if (now_us > refilled_us) {
    const double seconds = static_cast<double>(now_us - refilled_us) / 1e6;
    balance = std::min(capacity(), balance + rate * seconds);
    refilled_us = now_us;
  }
}

void ThroughputLimiter::Bucket::SetRate(double new_rate) {
  rate = new_rate;
  balance = std::min(balance, capacity());
}

ThroughputLimiter::Bucket* ThroughputLimiter::Open(uint64_t key, int64_t limit, Part* part) {
  const int64_t now_us = clock_->MonotonicUs();
  const double rate = static_cast<double>(limit);
  auto found = part->buckets.find(key);
  if (found == part->buckets.end()) {
    RemoveFull(now_us, part);
    found = part->buckets.emplace(key, Bucket{rate, rate * kBurstSeconds, now_us}).first;
  }
  Bucket* const bucket = &found->second;
  bucket->Refill(now_us);
  if (bucket->rate != rate) {
    bucket->SetRate(rate);
  }
  return bucket;
}

void ThroughputLimiter::RemoveFull(int64_t now_us, Part* part) {
  if (now_us - part->swept_us < kSweepPeriodUs) {
    return;
  }
  part->swept_us = now_us;
  for (auto entry = part->buckets.begin(); entry != part->buckets.end();) {
    Bucket* const bucket = &entry->second;
    bucket->Refill(now_us);
    entry = bucket->balance >= bucket->capacity() ? part->buckets.erase(entry) : std::next(entry);
  }
}

bool ThroughputLimiter::TakeIfAny(uint32_t id, ThroughputKind kind, int64_t limit, double units) {
  const uint64_t key = KeyOf(id, kind);
  Part& part = PartOf(key);
  MutexLock lock(&part.mutex);
  if (units == 0 && !part.buckets.contains(key)) {
    return true;
  }
  Bucket* const bucket = Open(key, limit, &part);
  if (bucket->balance <= 0) {
    return false;
  }
  bucket->balance -= units;
  return true;
}

void ThroughputLimiter::Take(uint32_t id, ThroughputKind kind, int64_t limit, double units) {
  if (limit == 0 || units == 0) {
    return;
  }
  const uint64_t key = KeyOf(id, kind);
  Part& part = PartOf(key);
  MutexLock lock(&part.mutex);
  Open(key, limit, &part)->balance -= units;
}

ExhaustedThroughput ThroughputLimiter::AdmitRead(const tables::Table& table,
                                                 const tables::TableIndex* index) {
  const tables::TableIndex* const limited = index == nullptr || index->is_local() ? nullptr : index;
  const int64_t limit =
      ThroughputLimit(table.descriptor(), limited == nullptr ? nullptr : limited->descriptor,
                      ThroughputKind::kRead);
  ExhaustedThroughput exhausted;
  if (limit != 0 && !TakeIfAny(limited == nullptr ? table.id() : limited->id(),
                               ThroughputKind::kRead, limit, 0)) {
    exhausted.push_back(limited);
  }
  return exhausted;
}

ExhaustedThroughput ThroughputLimiter::AdmitWrite(const tables::Table& table, double units_ahead) {
  ExhaustedThroughput exhausted;
  for (const tables::TableIndex& index : table.indexes()) {
    if (index.is_local()) {
      continue;
    }
    const int64_t limit =
        ThroughputLimit(table.descriptor(), index.descriptor, ThroughputKind::kWrite);
    if (limit != 0 && !TakeIfAny(index.id(), ThroughputKind::kWrite, limit, 0)) {
      exhausted.push_back(&index);
    }
  }
  // The table last: nothing is taken from it when an index refuses.
  const int64_t limit = ThroughputLimit(table.descriptor(), nullptr, ThroughputKind::kWrite);
  if (limit != 0 &&
      !TakeIfAny(table.id(), ThroughputKind::kWrite, limit, exhausted.empty() ? units_ahead : 0)) {
    exhausted.insert(exhausted.begin(), nullptr);
  }
  return exhausted;
}

void ThroughputLimiter::Charge(const tables::Table& table, ThroughputKind kind,
                               const ConsumedUnits& units) {
  double of_table = units.table;
  for (const IndexUnits& used : units.indexes) {
    const tables::TableIndex* const index = used.is_local ? nullptr : table.FindIndex(used.name);
    if (used.is_local) {
      of_table += used.units;
    } else if (index != nullptr) {
      Take(index->id(), kind, ThroughputLimit(table.descriptor(), index->descriptor, kind),
           used.units);
    }
  }
  Take(table.id(), kind, ThroughputLimit(table.descriptor(), nullptr, kind), of_table);
}

size_t ThroughputLimiter::bucket_count() const {
  size_t count = 0;
  for (const Part& part : parts_) {
    MutexLock lock(&part.mutex);
    count += part.buckets.size();
  }
  return count;
}

}  // namespace millrace::api
