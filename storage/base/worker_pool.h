// A bounded pool of threads for work that may take milliseconds (pages of Scan and long Query,
// batch reads), so that it never stalls the other connections of an I/O thread.
#pragma once

#include <cstddef>
#include <memory>

#include "storage/base/task.h"

namespace millrace {

// Fixed number of threads over one bounded queue. Thread-safe.
class WorkerPool {
 public:
  // `queued_tasks_max` bounds the tasks that wait; running ones do not count.
  WorkerPool(int thread_count, size_t queued_tasks_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Start();
  // Runs what is queued, refuses the rest, joins the threads. Idempotent.
  void Stop();
  // Queues `task`; false when the queue is full or the pool has stopped (the task is then
  // untouched).
  [[nodiscard]] bool TryPost(Task* task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
