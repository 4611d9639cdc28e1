// The thread that does what can wait: once a second it lets the catalog drop the data of deleted
// tables and removes idempotency tokens whose time is over.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "storage/base/mutex.h"
#include "storage/tables/catalog.h"
#include "storage/tables/token_sweeper.h"

namespace millrace::server {

// Start and Stop belong to one thread.
class Maintenance {
 public:
  // All must outlive the object.
  Maintenance(engine::Engine* engine, tables::Catalog* catalog, Clock* clock, int64_t period_ms)
      : catalog_(catalog), token_sweeper_(engine, clock), period_ms_(period_ms) {}
  ~Maintenance() { Stop(); }

  void Start();
  // Ends the thread, also in the middle of its work, and waits for it. Idempotent.
  void Stop();

 private:
  void Loop();

  tables::Catalog* const catalog_;
  tables::TokenSweeper token_sweeper_;
  const int64_t period_ms_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  ConditionVariable wake_;
};

}  // namespace millrace::server
