// Opening and closing ports.
#include "server/runtime_api/loopback_ports.h"

#include <unistd.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "server/http/listening_socket.h"
#include "server/runtime_api/loopback_connection.h"
#include "server/runtime_api/port_state.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"

namespace millrace::server {

// What lives on the I/O thread, kept by everything that is posted there.
class LoopbackRuntimePorts::Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(std::shared_ptr<IoThread> thread) : thread_(std::move(thread)) {}

  IoThread* thread() const { return thread_.get(); }

  // --- on the I/O thread.
  void Listen(const std::shared_ptr<PortState>& port, int descriptor) {
    if (stopping_ || port->closed()) {
      close(descriptor);
      return;
    }
    Result<std::unique_ptr<Listener>> listener = thread_->Listen(
        descriptor,
        [this, port](std::unique_ptr<Socket> socket) { Accept(port, std::move(socket)); });
    if (!listener.ok()) {
      Log(LogLevel::kError, "a port of the Runtime API: " + listener.status().ToString());
      return;
    }
    listeners_[port.get()] = std::move(listener).value();
  }

  void ClosePort(const std::shared_ptr<PortState>& port) {
    listeners_.erase(port.get());
    CloseConnections({port->connections.begin(), port->connections.end()});
  }

  void CloseAll() {
    stopping_ = true;
    listeners_.clear();
    std::vector<LoopbackConnection*> all;
    for (const auto& [connection, owned] : connections_) {
      all.push_back(connection);
    }
    CloseConnections(all);
    SayIfEmpty();
  }

  // --- on any thread.
  bool BeginStop() {
    MutexLock lock(&mutex_);
    return !std::exchange(stop_begun_, true);
  }
  bool stop_begun() {
    MutexLock lock(&mutex_);
    return stop_begun_;
  }
  void WaitForEmpty() {
    MutexLock lock(&mutex_);
    while (!empty_) {
      emptied_.Wait(&mutex_);
    }
  }

 private:
  void Accept(const std::shared_ptr<PortState>& port, std::unique_ptr<Socket> socket) {
    if (stopping_ || port->closed() || port->connections.size() >= kConnectionsPerPortMax) {
      socket->Close();
      return;
    }
    const auto connection = std::make_shared<LoopbackConnection>(
        thread_, port, std::move(socket), [this](LoopbackConnection* left) { Leave(left); });
    port->connections.insert(connection.get());
    connections_[connection.get()] = connection;
    connection->Start();
  }

  void Leave(LoopbackConnection* connection) {
    connection->port()->connections.erase(connection);
    const auto found = connections_.find(connection);
    // Whoever is inside the connection holds it as well, but it may be this function's caller only.
    const std::shared_ptr<LoopbackConnection> alive = std::move(found->second);
    connections_.erase(found);
    SayIfEmpty();
  }

  // Closing one makes it leave, so this walks over a copy.
  void CloseConnections(const std::vector<LoopbackConnection*>& connections) {
    for (LoopbackConnection* const connection : connections) {
      const auto found = connections_.find(connection);
      if (found != connections_.end()) {
        const std::shared_ptr<LoopbackConnection> alive = found->second;
        alive->Close();
      }
    }
  }

  void SayIfEmpty() {
    if (stopping_ && connections_.empty()) {
      MutexLock lock(&mutex_);
      empty_ = true;
      emptied_.NotifyAll();
    }
  }

  const std::shared_ptr<IoThread> thread_;
  bool stopping_ = false;
  std::unordered_map<PortState*, std::unique_ptr<Listener>> listeners_;
  std::unordered_map<LoopbackConnection*, std::shared_ptr<LoopbackConnection>> connections_;

  Mutex mutex_;
  ConditionVariable emptied_;
  bool stop_begun_ GUARDED_BY(mutex_) = false;
  bool empty_ GUARDED_BY(mutex_) = false;
};

namespace {

class OpenPort final : public streams::RuntimePort {
 public:
  OpenPort(uint16_t port, std::function<void()> close) : port_(port), close_(std::move(close)) {}
  ~OpenPort() override { close_(); }
  uint16_t port() const override { return port_; }

 private:
  const uint16_t port_;
  const std::function<void()> close_;
};

}  // namespace

LoopbackRuntimePorts::LoopbackRuntimePorts(std::shared_ptr<IoThread> thread)
    : core_(std::make_shared<Core>(std::move(thread))) {}

Result<std::unique_ptr<streams::RuntimePort>> LoopbackRuntimePorts::Open(Handler handler) {
  if (core_->stop_begun()) {
    return Status(StatusCode::kShuttingDown, "the server is stopping");
  }
  ASSIGN_OR_RETURN(const int descriptor,
                   OpenListeningSocket("127.0.0.1", 0, ListenerSharing::kExclusive));
  const uint16_t number = BoundPort(descriptor);
  const auto port = std::make_shared<PortState>(std::move(handler));
  core_->thread()->RunOnThread(
      [core = core_, port, descriptor] { core->Listen(port, descriptor); });
  return std::unique_ptr<streams::RuntimePort>(
      std::make_unique<OpenPort>(number, [core = core_, port] {
        port->Close();
        if (!core->stop_begun()) {
          core->thread()->RunOnThread([core, port] { core->ClosePort(port); });
        }
      }));
}

void LoopbackRuntimePorts::Stop() {
  if (!core_->BeginStop()) {
    return;
  }
  core_->thread()->RunOnThread([core = core_] { core->CloseAll(); });
  core_->WaitForEmpty();
}

}  // namespace millrace::server
