// A thread that runs tasks in the order in which they are posted, and a function whenever that has
// asked to be called: for work that keeps state of its own and has things to do at certain times.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>

#include "storage/base/mutex.h"
#include "storage/base/task.h"

namespace millrace {

// Post and Wake are thread-safe; Start and Stop belong to one thread.
class TaskThread final : public TaskQueue {
 public:
  // `tick` runs on the thread: at the start, after tasks have run, after Wake, and when the time it
  // returned last is over. Returns in how many milliseconds of real time it wants to run again;
  // kNever: not before there is another reason. It must not throw.
  static constexpr int64_t kNever = -1;
  explicit TaskThread(std::function<int64_t()> tick) : tick_(std::move(tick)) {}
  ~TaskThread() override { Stop(); }
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  void Start();
  // Runs what has been posted, then ends the thread and waits for it. What is posted afterwards
  // runs on the thread that posts it. Idempotent.
  void Stop() EXCLUDES(mutex_);

  // TaskQueue
  void Post(TaskList* tasks) override EXCLUDES(mutex_);
  // Has `tick` run soon.
  void Wake() EXCLUDES(mutex_);

 private:
  void Loop();
  static void RunAll(TaskList* tasks);

  const std::function<int64_t()> tick_;
  std::thread thread_;
  Mutex mutex_;
  ConditionVariable wake_;
  TaskList posted_ GUARDED_BY(mutex_);
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace
