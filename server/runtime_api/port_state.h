// A Runtime API port between its owner, who may close it on any thread, and the I/O thread, which
// calls its handler.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <unordered_set>
#include <utility>

#include "storage/base/mutex.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::server {

class LoopbackConnection;

class PortState {
 public:
  explicit PortState(streams::RuntimePorts::Handler handler) : handler_(std::move(handler)) {}
  PortState(const PortState&) = delete;
  PortState& operator=(const PortState&) = delete;

  // Hands a call to the handler, unless the port is closed. On the I/O thread.
  void Deliver(std::shared_ptr<streams::RuntimeCall> call) {
    Run([this, &call] { handler_(std::move(call)); });
  }
  // Runs `function`, unless the port is closed. On the I/O thread.
  void Run(const std::function<void()>& function) EXCLUDES(mutex_);
  // From the return of this on, nothing of the port's owner is called any more. Waits for what is
  // running, unless that is what calls this. Thread-safe.
  void Close() EXCLUDES(mutex_);
  // Thread-safe.
  bool closed() EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return closed_;
  }

  // The connections of the port. On the I/O thread.
  std::unordered_set<LoopbackConnection*> connections;

 private:
  const streams::RuntimePorts::Handler handler_;
  Mutex mutex_;
  ConditionVariable finished_;
  bool closed_ GUARDED_BY(mutex_) = false;
  int running_ GUARDED_BY(mutex_) = 0;  // nested, if what runs makes something else run
  std::thread::id running_on_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
