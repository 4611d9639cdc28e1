// Posted calls and timers of the invoker's loop.
#include "streams/invoke/event_loop.h"

#include <algorithm>

namespace millrace::streams {

void EventLoop::Stop() {
  {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  thread_.Stop();
  // The thread has ended, so this one may run what it left.
  RunPosted();
  timers_.clear();
}

bool EventLoop::Post(std::function<void()> call) {
  bool wake = false;
  {
    MutexLock lock(&mutex_);
    if (closed_) {
      return false;
    }
    wake = posted_.empty();
    posted_.push_back(std::move(call));
  }
  if (wake) {
    thread_.Wake();
  }
  return true;
}

EventLoop::Timer EventLoop::After(int64_t delay_ms, std::function<void()> call) {
  const Timer timer = {clock_->MonotonicUs() + std::max<int64_t>(delay_ms, 0) * 1000,
                       ++last_timer_};
  timers_.emplace(timer, std::move(call));
  return timer;
}

void EventLoop::Cancel(Timer* timer) {
  if (*timer != kNoTimer) {
    timers_.erase(*timer);
    *timer = kNoTimer;
  }
}

void EventLoop::RunPosted() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      running_.swap(posted_);
    }
    if (running_.empty()) {
      return;
    }
    for (std::function<void()>& call : running_) {
      call();
      // What it holds goes now, not when the whole list has run.
      call = nullptr;
    }
    running_.clear();
  }
}

int64_t EventLoop::Tick() {
  RunPosted();
  while (!timers_.empty()) {
    const auto first = timers_.begin();
    const int64_t rest_us = first->first.first - clock_->MonotonicUs();
    if (rest_us > 0) {
      return (rest_us + 999) / 1000;
    }
    const std::function<void()> call = std::move(first->second);
    timers_.erase(first);
    call();
    RunPosted();
  }
  return TaskThread::kNever;
}

}  // namespace millrace::streams
