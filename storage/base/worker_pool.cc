// The worker pool: one queue under one lock. Its tasks take milliseconds, so the lock is no cost.
#include "storage/base/worker_pool.h"

#include <thread>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/mutex.h"

namespace millrace {

struct WorkerPool::State {
  State(int threads, size_t tasks_max) : thread_count(threads), queued_tasks_max(tasks_max) {}

  void RunTasks() EXCLUDES(mutex);

  const int thread_count;
  const size_t queued_tasks_max;
  // Held for the whole of Start and Stop, so that a second Stop also returns after the join.
  Mutex lifecycle_mutex;
  std::vector<std::thread> threads GUARDED_BY(lifecycle_mutex);
  Mutex mutex;
  ConditionVariable changed;
  TaskList queue GUARDED_BY(mutex);
  size_t queued_tasks GUARDED_BY(mutex) = 0;
  bool stopped GUARDED_BY(mutex) = false;
};

// Returns when the pool has stopped and the queue is empty.
void WorkerPool::State::RunTasks() {
  while (true) {
    Task* task = nullptr;
    {
      MutexLock lock(&mutex);
      while (queue.empty() && !stopped) {
        changed.Wait(&mutex);
      }
      task = queue.PopFront();
      if (task == nullptr) {
        return;
      }
      --queued_tasks;
    }
    task->Run();
  }
}

WorkerPool::WorkerPool(int thread_count, size_t queued_tasks_max)
    : state_(std::make_unique<State>(thread_count, queued_tasks_max)) {
  CHECK(thread_count > 0);
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Start() {
  MutexLock lifecycle_lock(&state_->lifecycle_mutex);
  CHECK(state_->threads.empty());
  {
    MutexLock lock(&state_->mutex);
    if (state_->stopped) {
      return;
    }
  }
  state_->threads.reserve(state_->thread_count);
  for (int i = 0; i < state_->thread_count; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->RunTasks(); });
  }
}

void WorkerPool::Stop() {
  MutexLock lifecycle_lock(&state_->lifecycle_mutex);
  {
    MutexLock lock(&state_->mutex);
    state_->stopped = true;
    state_->changed.NotifyAll();
  }
  for (std::thread& thread : state_->threads) {
    thread.join();
  }
  state_->threads.clear();
  // Tasks of a pool that never started still run: whoever posted them waits for them.
  state_->RunTasks();
}

bool WorkerPool::TryPost(Task* task) {
  MutexLock lock(&state_->mutex);
  if (state_->stopped || state_->queued_tasks >= state_->queued_tasks_max) {
    return false;
  }
  state_->queue.PushBack(task);
  ++state_->queued_tasks;
  state_->changed.NotifyOne();
  return true;
}

}  // namespace millrace
