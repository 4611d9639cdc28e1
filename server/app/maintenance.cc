// The maintenance thread.
#include "server/app/maintenance.h"

#include <exception>
#include <string>

#include "storage/base/log.h"

namespace millrace::server {

void Maintenance::Start() {
  stopping_.store(false);
  thread_ = std::thread([this] { Loop(); });
}

void Maintenance::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    // Under the lock, so that the thread cannot miss it between its check and its wait.
    MutexLock lock(&mutex_);
    stopping_.store(true);
  }
  wake_.NotifyAll();
  thread_.join();
}

void Maintenance::Wake() {
  {
    MutexLock lock(&mutex_);
    woken_ = true;
  }
  wake_.NotifyAll();
}

void Maintenance::Loop() {
  while (!stopping_.load()) {
    try {
      catalog_->RunMaintenance(stopping_);
      if (const Status status = token_sweeper_.Run(stopping_); !status.ok()) {
        // The tokens stay until the next round.
        Log(LogLevel::kWarning, "sweeping idempotency tokens failed: " + status.ToString());
      }
      if (const Status status = streams_.Run(stopping_); !status.ok()) {
        Log(LogLevel::kWarning, "maintenance of streams failed: " + status.ToString());
      }
      if (const Status status = queues_->RunMaintenance(stopping_); !status.ok()) {
        Log(LogLevel::kWarning, "maintenance of queues failed: " + status.ToString());
      }
      access_->Refresh();
      if (tls_ != nullptr) {
        tls_->Refresh();
      }
      if (const Status status = logs_->RunMaintenance(stopping_); !status.ok()) {
        Log(LogLevel::kWarning, "maintenance of logs failed: " + status.ToString());
      }
    } catch (const std::exception& exception) {
      Log(LogLevel::kError, std::string("exception in maintenance: ") + exception.what());
    }
    MutexLock lock(&mutex_);
    if (!stopping_.load() && !woken_) {
      wake_.WaitFor(&mutex_, period_ms_);
    }
    woken_ = false;
  }
}

}  // namespace millrace::server
