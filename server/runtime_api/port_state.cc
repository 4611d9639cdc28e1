// Closing ports while their handlers may be running.
#include "server/runtime_api/port_state.h"

namespace millrace::server {

void PortState::Run(const std::function<void()>& function) {
  {
    MutexLock lock(&mutex_);
    if (closed_) {
      return;
    }
    ++running_;
    running_on_ = std::this_thread::get_id();
  }
  function();
  MutexLock lock(&mutex_);
  --running_;
  finished_.NotifyAll();
}

void PortState::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  while (running_ > 0 && running_on_ != std::this_thread::get_id()) {
    finished_.Wait(&mutex_);
  }
}

}  // namespace millrace::server
