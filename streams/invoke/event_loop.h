// The thread that owns the state of the invoker: runs calls in the order in which they are posted,
// and others when their time has come.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/task_thread.h"

namespace millrace::streams {

// Post is thread-safe; Start and Stop belong to one thread, After and Cancel to the loop.
class EventLoop {
 public:
  // When a timer is due, and a number of its own.
  using Timer = std::pair<int64_t, uint64_t>;
  static constexpr Timer kNoTimer = {0, 0};

  explicit EventLoop(const Clock* clock) : clock_(clock), thread_([this] { return Tick(); }) {}
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Start() { thread_.Start(); }
  // Refuses what is posted from now on, runs what was posted before and ends the thread; timers
  // that are left are dropped. Idempotent.
  void Stop() EXCLUDES(mutex_);

  // False, and the call is not taken, after Stop has begun.
  bool Post(std::function<void()> call) EXCLUDES(mutex_);

  // Runs `call` once, not earlier than in `delay_ms`.
  Timer After(int64_t delay_ms, std::function<void()> call);
  // Harmless if it has run already. Sets it to kNoTimer.
  void Cancel(Timer* timer);

 private:
  int64_t Tick() EXCLUDES(mutex_);
  void RunPosted() EXCLUDES(mutex_);

  const Clock* const clock_;
  uint64_t last_timer_ = 0;
  std::map<Timer, std::function<void()>> timers_;
  std::vector<std::function<void()>> running_;
  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  TaskThread thread_;
};

}  // namespace millrace::streams
