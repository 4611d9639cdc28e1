// Ports of the Runtime API: listening sockets on the loopback interface, opened and closed at any
// time by any thread, all served by one I/O thread.
#pragma once

#include <memory>

#include "server/http/io_thread.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::server {

// Thread-safe, apart from Stop.
class LoopbackRuntimePorts final : public streams::RuntimePorts {
 public:
  // More connections to a port at a time are refused.
  static constexpr size_t kConnectionsPerPortMax = 128;

  explicit LoopbackRuntimePorts(std::shared_ptr<IoThread> thread);

  // The port accepts connections when this returns; handlers run once the thread has started.
  // Destroying the port waits for a handler of it that is running, unless that is who destroys it:
  // so no lock may be held then that the handler takes. kShuttingDown after Stop, kIoError,
  // kFailedPrecondition.
  Result<std::unique_ptr<streams::RuntimePort>> Open(Handler handler) override;

  // Closes all ports and connections; calls that are open can be answered no more. Waits until
  // nothing is left on the thread, which must be running. Before the thread is stopped. Idempotent.
  void Stop();

 private:
  class Core;
  const std::shared_ptr<Core> core_;
};

}  // namespace millrace::server
