// Compacting the store when somebody asks for it, for example after a great import or before
// looking at how much disk the data needs:
//   POST /_admin/compact  {"bytesBefore":9000000,"bytes":5000000,"milliseconds":800}
// The answer comes when the compaction is over. The bytes are those of all table files.
#pragma once

#include <atomic>
#include <vector>

#include "server/gate/route.h"
#include "storage/base/clock.h"
#include "storage/base/task_thread.h"
#include "storage/engine/engine.h"

namespace millrace::server {

// Compacts on a thread of its own, one at a time. Start and Stop belong to one thread, the routes
// are thread-safe.
class Compactor {
 public:
  // Both outlive the object; `clock` is for the duration.
  Compactor(engine::Engine* engine, const Clock* clock) : engine_(engine), clock_(clock) {}
  ~Compactor() { Stop(); }
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  // Adds the routes, which live no longer than the object.
  void AddRoutes(std::vector<Route>* routes);
  void Start() { thread_.Start(); }
  // Ends a compaction that runs; it and all later ones are answered with 503. The I/O threads must
  // still run. Idempotent.
  void Stop();

 private:
  class Job;

  void Begin(Exchange* exchange);

  engine::Engine* const engine_;
  const Clock* const clock_;
  std::atomic<bool> busy_{false};
  TaskThread thread_{[] { return TaskThread::kNever; }};
};

}  // namespace millrace::server
