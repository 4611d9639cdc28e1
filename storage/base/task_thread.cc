// The loop of a task thread.
#include "storage/base/task_thread.h"

namespace millrace {

void TaskThread::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void TaskThread::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.NotifyOne();
  if (thread_.joinable()) {
    thread_.join();
  }
  TaskList rest;
  {
    // Posted before the thread was started, or while it ended.
    MutexLock lock(&mutex_);
    stopped_ = true;
    rest.Splice(&posted_);
  }
  RunAll(&rest);
}

void TaskThread::Post(TaskList* tasks) {
  {
    MutexLock lock(&mutex_);
    if (!stopped_) {
      posted_.Splice(tasks);
    }
  }
  if (tasks->empty()) {
    wake_.NotifyOne();
  } else {
    RunAll(tasks);
  }
}

void TaskThread::Wake() {
  {
    MutexLock lock(&mutex_);
    woken_ = true;
  }
  wake_.NotifyOne();
}

void TaskThread::RunAll(TaskList* tasks) {
  while (Task* const task = tasks->PopFront()) {
    task->Run();
  }
}

void TaskThread::Loop() {
  while (true) {
    const int64_t rest_ms = tick_();
    TaskList tasks;
    bool stopping = false;
    {
      MutexLock lock(&mutex_);
      if (posted_.empty() && !woken_ && !stopping_ && rest_ms != 0) {
        if (rest_ms == kNever) {
          wake_.Wait(&mutex_);
        } else {
          wake_.WaitFor(&mutex_, rest_ms);
        }
      }
      woken_ = false;
      tasks.Splice(&posted_);
      stopping = stopping_;
    }
    RunAll(&tasks);
    if (stopping) {
      MutexLock lock(&mutex_);
      if (posted_.empty()) {
        return;
      }
    }
  }
}

}  // namespace millrace
