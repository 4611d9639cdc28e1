// Starting and stopping the I/O threads.
#include "server/http/http_server.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "server/http/io_thread.h"
#include "server/http/listening_socket.h"
#include "server/http/session.h"
#include "server/http/tls_context.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

// One I/O thread with everything that belongs to it.
struct Worker {
  Worker(const Clock* clock, Random* random) : thread_state(clock, random) {}
  IoThread thread;
  std::vector<std::unique_ptr<Listener>> listeners;
  ThreadState thread_state;
  ThreadCounters counters;
  std::unique_ptr<SessionSet> sessions;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpOptions& options, const Clock* clock, Random* random)
      : options_(options), clock_(clock), random_(random), admission_(options) {
    for (int i = 0; i < options_.io_threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(clock_, random_));
    }
  }

  ~Impl() {
    for (const std::vector<int>& descriptors : {descriptors_, plain_descriptors_}) {
      for (const int descriptor : descriptors) {
        close(descriptor);
      }
    }
  }

  Status Listen() {
    if (options_.port != 0) {
      RETURN_IF_ERROR(CheckPortFree(options_.host, options_.port));
    }
    port_ = options_.port;
    RETURN_IF_ERROR(OpenForEachWorker(options_.host, &port_, &descriptors_));
    return options_.plain_on_loopback
               ? OpenForEachWorker("127.0.0.1", &plain_port_, &plain_descriptors_)
               : Status::Ok();
  }

  Status Serve(const Gate* gate) {
    for (const auto& worker : workers_) {
      worker->sessions = std::make_unique<SessionSet>(
          SessionSet::Parts{&options_, gate, clock_, &admission_, &worker->counters,
                            &worker->thread_state, &worker->thread});
      RETURN_IF_ERROR(ListenOn(&descriptors_, options_.tls, worker.get()));
      if (options_.plain_on_loopback) {
        RETURN_IF_ERROR(ListenOn(&plain_descriptors_, nullptr, worker.get()));
      }
      SessionSet* const sessions = worker->sessions.get();
      worker->thread.SetSweep(options_.sweep_period_ms, [sessions] { sessions->Sweep(); });
    }
    for (const auto& worker : workers_) {
      worker->thread.Start();
    }
    started_ = true;
    return Status::Ok();
  }

  bool Stop(int64_t drain_timeout_ms) {
    if (!started_) {
      return true;
    }
    started_ = false;
    {
      MutexLock lock(&mutex_);
      busy_workers_ = workers_.size();
    }
    for (const auto& worker : workers_) {
      Worker* const stopping = worker.get();
      worker->thread.RunOnThread([this, stopping] {
        stopping->listeners.clear();
        stopping->sessions->BeginDrain([this] { CountEmptied(); });
      });
    }
    const bool clean = WaitForEmptied(drain_timeout_ms);
    if (!clean) {
      for (const auto& worker : workers_) {
        SessionSet* const sessions = worker->sessions.get();
        worker->thread.RunOnThread([sessions] { sessions->CloseAll(); });
      }
      WaitForEmptied(-1);
    }
    for (const auto& worker : workers_) {
      worker->thread.Stop();
    }
    return clean;
  }

  uint16_t port() const { return port_; }
  uint16_t plain_port() const { return plain_port_; }

  HttpStatistics statistics() const {
    HttpStatistics sum;
    sum.connections = admission_.connections();
    sum.in_flight_requests = admission_.requests();
    sum.in_flight_bytes = admission_.bytes();
    sum.streams = admission_.streams();
    for (const auto& worker : workers_) {
      worker->counters.AddTo(&sum);
    }
    return sum;
  }

 private:
  // Listening sockets on one port, a free one if that is 0.
  Status OpenForEachWorker(const std::string& host, uint16_t* port, std::vector<int>* descriptors) {
    for (size_t i = 0; i < workers_.size(); ++i) {
      ASSIGN_OR_RETURN(const int descriptor, OpenListeningSocket(host, *port));
      descriptors->push_back(descriptor);
      if (*port == 0) {
        *port = BoundPort(descriptor);
      }
    }
    return Status::Ok();
  }

  // Gives the worker one of the sockets.
  static Status ListenOn(std::vector<int>* descriptors, const TlsContext* tls, Worker* worker) {
    const int descriptor = descriptors->back();
    descriptors->pop_back();
    SessionSet* const sessions = worker->sessions.get();
    TaskQueue* const home = &worker->thread;
    ASSIGN_OR_RETURN(
        std::unique_ptr<Listener> listener,
        worker->thread.Listen(descriptor, [sessions, tls, home](std::unique_ptr<Socket> socket) {
          if (tls != nullptr) {
            socket = tls->Wrap(std::move(socket), home);
          }
          if (socket != nullptr) {
            sessions->Accept(std::move(socket));
          }
        }));
    worker->listeners.push_back(std::move(listener));
    return Status::Ok();
  }

  void CountEmptied() {
    MutexLock lock(&mutex_);
    --busy_workers_;
    emptied_.NotifyAll();
  }

  // False when that took longer than `timeout_ms` (negative: no limit).
  bool WaitForEmptied(int64_t timeout_ms) {
    const int64_t deadline_us = steady_.MonotonicUs() + timeout_ms * 1000;
    MutexLock lock(&mutex_);
    while (busy_workers_ > 0) {
      if (timeout_ms < 0) {
        emptied_.Wait(&mutex_);
        continue;
      }
      const int64_t left_us = deadline_us - steady_.MonotonicUs();
      if (left_us <= 0) {
        return false;
      }
      emptied_.WaitFor(&mutex_, left_us / 1000 + 1);
    }
    return true;
  }

  const HttpOptions options_;
  const Clock* const clock_;
  Random* const random_;
  // Waiting on a condition takes real time, whatever clock the timeouts of sessions use.
  const SystemClock steady_;
  Admission admission_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // Listening, and not served yet.
  std::vector<int> descriptors_;
  std::vector<int> plain_descriptors_;
  uint16_t port_ = 0;
  uint16_t plain_port_ = 0;
  bool started_ = false;

  Mutex mutex_;
  ConditionVariable emptied_;
  size_t busy_workers_ GUARDED_BY(mutex_) = 0;
};

HttpServer::HttpServer(const HttpOptions& options, const Clock* clock, Random* random)
    : impl_(std::make_unique<Impl>(options, clock, random)) {}

HttpServer::~HttpServer() { (void)Stop(0); }

Status HttpServer::Listen() { return impl_->Listen(); }

Status HttpServer::Serve(const Gate* gate) { return impl_->Serve(gate); }

Status HttpServer::Start(const Gate* gate) {
  RETURN_IF_ERROR(Listen());
  return Serve(gate);
}

uint16_t HttpServer::port() const { return impl_->port(); }

uint16_t HttpServer::plain_port() const { return impl_->plain_port(); }

bool HttpServer::Stop(int64_t drain_timeout_ms) { return impl_->Stop(drain_timeout_ms); }

HttpStatistics HttpServer::statistics() const { return impl_->statistics(); }

}  // namespace millrace::server
