// Deletes items whose time is over, and makes the expiry entries of the items that a table had when
// its time to live was enabled. Both work in small commits, which look at the items as they are at
// that moment.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/catalog.h"

namespace millrace::tables {

struct TimeToLiveOptions {
  int64_t interval_ms = 1000;
  // Items looked at by one commit.
  size_t chunk_items_max = 100;
  // While others write, it waits after each commit for so many times the time that the commit took.
  int64_t rest_factor = 1;
};

// An item expires when its time is in the past, but not more than five years.
inline constexpr int64_t kExpiryAgeMaxSeconds = int64_t{5} * 365 * 24 * 3600;

// Thread-safe; Start and Stop belong to one thread. All pointers must outlive it.
class TimeToLiveSweeper {
 public:
  TimeToLiveSweeper(engine::Engine* engine, Catalog* catalog, const Clock* clock,
                    const TimeToLiveOptions& options)
      : engine_(engine), catalog_(catalog), clock_(clock), options_(options) {}
  ~TimeToLiveSweeper() { Stop(); }

  void Start();
  // Ends the thread, also in the middle of its work, and waits for it. Idempotent.
  void Stop();
  // Has it look at once: the clock was advanced, or time to live was enabled.
  void Wake();

  // Makes missing entries and deletes what has expired, on the calling thread. Returns early,
  // without failure, when Stop is called.
  Status RunOnce();
  // Items deleted since the process began.
  uint64_t deleted_count() const { return deleted_count_.load(std::memory_order_relaxed); }

 private:
  class ExpireMutation;
  class EnterMutation;
  struct Entry {
    std::string key;
    std::string item_key;
    int64_t expiry_seconds = 0;
  };

  void Loop();
  Status Fill(const std::string& table_name, uint32_t time_to_live_id);
  Status ScanItems(const Table& table, const std::string& from, std::vector<std::string>* item_keys,
                   std::string* next) const;
  Status FinishFilling(const std::string& table_name, uint32_t time_to_live_id);
  Status Sweep(const TablePointer& table, int64_t begin_seconds, int64_t now_seconds);
  Status ScanExpired(const Table& table, const std::string& from, int64_t until_seconds,
                     std::vector<Entry>* entries) const;
  // Commits and waits; afterwards rests if others write.
  Status Commit(engine::Mutation* mutation);
  // Sleeps; true when it is time to stop.
  bool WaitFor(int64_t time_ms) EXCLUDES(mutex_);

  engine::Engine* const engine_;
  Catalog* const catalog_;
  const Clock* const clock_;
  const TimeToLiveOptions options_;
  std::atomic<uint64_t> deleted_count_{0};
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  ConditionVariable wake_;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::tables
