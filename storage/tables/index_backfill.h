// Fills indexes that are created on tables with items, in the background and in small commits. Each
// commit enters some items and moves the position behind which writes leave an index alone (see
// BackfillProgress), so the index is exact at every moment for all items up to there, a crash loses
// nothing, and the position needs no lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/catalog.h"

namespace millrace::tables {

struct IndexBackfillOptions {
  // Items entered by one commit, and their bytes.
  size_t chunk_items_max = 256;
  size_t chunk_bytes_max = 256 << 10;
  // While others write, the backfill waits after each commit for so many times the time that the
  // commit took: 3 leaves them three quarters.
  int64_t rest_factor = 3;
};

// Thread-safe; Start and Stop belong to one thread. The engine and the catalog must outlive it.
class IndexBackfill {
 public:
  IndexBackfill(engine::Engine* engine, Catalog* catalog, const IndexBackfillOptions& options);
  ~IndexBackfill() { Stop(); }

  // Starts the thread. It looks for work whenever an index is created, and once a second.
  void Start();
  // Ends the thread, also in the middle of an index, and waits for it. Idempotent.
  void Stop();

  // Fills all indexes that need it, on the calling thread. Returns early, without failure, when
  // Stop is called.
  Status RunOnce();

 private:
  struct Work;
  void Loop();
  void Wake();
  Status FillIndex(const std::string& table_name, uint32_t index_id);
  // One step of FillIndex each.
  Status BeginScan(Work* work);
  Status ScanChunk(Work* work) const;
  Status EnterChunk(Work* work, bool* entered);
  Status Complete(const std::string& table_name, uint32_t index_id);
  void Rest(int64_t busy_us, uint64_t requests_before);
  // Sleeps; true when it is time to stop.
  bool WaitFor(int64_t time_ms);

  engine::Engine* const engine_;
  Catalog* const catalog_;
  const IndexBackfillOptions options_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  ConditionVariable wake_;
  bool work_is_there_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::tables
