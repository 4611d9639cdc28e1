// The thread that does what can wait: once a second it lets the catalog drop the data of deleted
// tables, removes idempotency tokens whose time is over, rolls over and trims streams, removes what
// is too old in queues and logs, and looks for new keys and certificates.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "server/app/access.h"
#include "server/http/tls_context.h"
#include "storage/base/mutex.h"
#include "storage/tables/catalog.h"
#include "storage/tables/stream_maintenance.h"
#include "storage/tables/token_sweeper.h"
#include "streams/logs/log_store.h"
#include "streams/queues/queue_store.h"

namespace millrace::server {

// What maintenance works on; all must outlive it.
struct MaintenanceParts {
  engine::Engine* engine = nullptr;
  tables::Catalog* catalog = nullptr;
  tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* change_log = nullptr;
  streams::QueueStore* queues = nullptr;
  streams::LogStore* logs = nullptr;
  Access* access = nullptr;
  TlsContext* tls = nullptr;  // or there is none
  Clock* clock = nullptr;
};

// Start and Stop belong to one thread.
class Maintenance {
 public:
  Maintenance(const MaintenanceParts& parts, const tables::StreamOptions& stream_options,
              int64_t period_ms)
      : catalog_(parts.catalog),
        queues_(parts.queues),
        logs_(parts.logs),
        access_(parts.access),
        tls_(parts.tls),
        token_sweeper_(parts.engine, parts.clock),
        streams_(parts.engine, parts.catalog, parts.streams, parts.change_log, parts.clock,
                 stream_options),
        period_ms_(period_ms) {}
  ~Maintenance() { Stop(); }

  void Start();
  // Begins the next round at once, because the clock has been moved. Thread-safe.
  void Wake() EXCLUDES(mutex_);
  // Ends the thread, also in the middle of its work, and waits for it. Idempotent.
  void Stop();

 private:
  void Loop();

  tables::Catalog* const catalog_;
  streams::QueueStore* const queues_;
  streams::LogStore* const logs_;
  Access* const access_;
  TlsContext* const tls_;
  tables::TokenSweeper token_sweeper_;
  tables::StreamMaintenance streams_;
  const int64_t period_ms_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  bool woken_ GUARDED_BY(mutex_) = false;
  ConditionVariable wake_;
};

}  // namespace millrace::server
