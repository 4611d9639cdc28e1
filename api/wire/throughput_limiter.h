// Throttling: token buckets that hold tables and global indexes to the throughput they are
// configured with. A bucket is refilled at the configured rate and keeps what is not used for five
// minutes. Only made when the server is told to throttle.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "api/wire/capacity.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/model/table_descriptor.h"
#include "storage/tables/table.h"

namespace millrace::api {

enum class ThroughputKind { kRead, kWrite };

// Units per second that a table, or the global index `index` of it, is limited to: what is
// provisioned, or the maximum set for on-demand use. 0: no limit.
int64_t ThroughputLimit(const TableDescriptor& table, const IndexDescriptor* index,
                        ThroughputKind kind);

// What has nothing left: global indexes, and nullptr for the table itself. Empty: go ahead. The
// pointers are the table's.
using ExhaustedThroughput = std::vector<const tables::TableIndex*>;

// A request is admitted while every bucket it needs has something left, and charged afterwards,
// when it is known what it used: a bucket may go below zero, and then it takes as long to come
// back. Local indexes use the buckets of their table. The limits come with each call from the
// table's description, so a change of them is followed at once: what a bucket holds is kept, up to
// the new bound.
//
// A bucket comes into being when something is taken from it. One that is full again is the same as
// none and is removed, which is how those of deleted tables and indexes go: memory is for the
// tables and indexes in use. Thread-safe; a lock is held for one bucket's arithmetic.
class ThroughputLimiter {
 public:
  // Unused throughput is kept for so long.
  static constexpr int64_t kBurstSeconds = 300;

  // `clock` must outlive the object.
  explicit ThroughputLimiter(const Clock* clock) : clock_(clock) {}
  ThroughputLimiter(const ThroughputLimiter&) = delete;
  ThroughputLimiter& operator=(const ThroughputLimiter&) = delete;

  // Whether a read of the table, or of `index` of it (may be nullptr), may go ahead.
  ExhaustedThroughput AdmitRead(const tables::Table& table, const tables::TableIndex* index);
  // Likewise for a write. It may change entries of every index, so it needs all global ones.
  // `units_ahead` are taken off the table's bucket at once when it may: for operations that admit
  // several writes before the first is charged.
  ExhaustedThroughput AdmitWrite(const tables::Table& table, double units_ahead);

  // Takes off what was used.
  void Charge(const tables::Table& table, ThroughputKind kind, const ConsumedUnits& units);

  // How many buckets there are now.
  size_t bucket_count() const;

 private:
  struct Bucket {
    double rate = 0;  // units per second
    double balance = 0;
    int64_t refilled_us = 0;

    double capacity() const { return rate * kBurstSeconds; }
    // Adds what has come in since the last time, at the rate that held until now.
    void Refill(int64_t now_us);
    void SetRate(double new_rate);
  };
  // Buckets are spread over parts by their keys, each part with a lock of its own.
  struct Part {
    mutable Mutex mutex;
    std::unordered_map<uint64_t, Bucket> buckets GUARDED_BY(mutex);
    int64_t swept_us GUARDED_BY(mutex) = 0;
  };
  static constexpr size_t kPartCount = 64;
  static constexpr int64_t kSweepPeriodUs = 60'000'000;

  // Whether the bucket has something left; if so, takes `units` (0 makes no bucket). `id` is that
  // of the table or index, `limit` not 0.
  bool TakeIfAny(uint32_t id, ThroughputKind kind, int64_t limit, double units);
  // Takes `units` in any case.
  void Take(uint32_t id, ThroughputKind kind, int64_t limit, double units);
  // The bucket as of now, with that rate; made if there is none.
  Bucket* Open(uint64_t key, int64_t limit, Part* part) REQUIRES(part->mutex);
  void RemoveFull(int64_t now_us, Part* part) REQUIRES(part->mutex);
  Part& PartOf(uint64_t key) { return parts_[key % kPartCount]; }

  const Clock* const clock_;
  std::array<Part, kPartCount> parts_;
};

}  // namespace millrace::api
