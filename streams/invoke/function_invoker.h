// Runs functions: finds a warm environment or starts one, hands over the event, watches limits of
// time, memory and concurrency, and gives back what the handler answered or how it failed.
//
// One thread, the loop, owns all state; a few workers unpack code and start processes; another
// thread reads what processes write. See README.md of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "streams/invoke/invoke_options.h"
#include "streams/invoke/invoke_statistics.h"
#include "streams/invoke/invoker.h"
#include "streams/invoke/log_capture.h"

namespace millrace::streams {

// An environment as people see it.
struct EnvironmentView {
  std::string id;  // that of its log stream
  std::string version;
  std::string revision_id;
  std::string state;  // "starting", "idle", "busy", "stopping"
  bool provisioned = false;
  int64_t process_id = 0;
  int64_t started_ms = 0;
  int64_t last_used_ms = 0;
  int64_t invocations = 0;
  int64_t max_memory_bytes = 0;
  std::string log_group;
  std::string log_stream;
  std::vector<LogLine> lines;  // the last ones
};

// What a process that a person starts needs to be a function's environment.
struct AttachView {
  std::string runtime_api;  // "127.0.0.1:port"
  std::vector<std::pair<std::string, std::string>> environment;
};

// Thread-safe, apart from Start and Stop, which belong to one thread.
class FunctionInvoker final : public Invoker {
 public:
  FunctionInvoker(InvokerOptions options, const InvokerDependencies& dependencies);
  ~FunctionInvoker() override;
  FunctionInvoker(const FunctionInvoker&) = delete;
  FunctionInvoker& operator=(const FunctionInvoker&) = delete;

  // max(8, twice the processors): the default of InvokerOptions::running_max.
  static int64_t DefaultRunningMax();

  // Makes the run directory, starts the threads and the provisioned environments. kIoError when the
  // directory cannot be made.
  Status Start();
  // Refuses what comes from now on, waits up to drain_ms for what runs, then ends all processes and
  // threads: no process is left. Idempotent.
  void Stop();

  // Invoker. After Stop `done` runs during the call.
  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override;

  InvokeStatistics Statistics() const;
  // The newest first.
  std::vector<InvocationRecord> RecentInvocations(const std::string& name, size_t limit) const;

  // The following wait for the loop, so they must not be called by a `done`.
  std::vector<EnvironmentView> Environments(const std::string& name);
  // Ends the function's idle environments now and busy ones after their invocation; returns how
  // many there are.
  int64_t Recycle(const std::string& name);
  // Opens the function's port for a process that a person starts, the same one every time.
  // kNotFound when there is no such function, kFailedPrecondition when its executor is another.
  Result<AttachView> Attach(const std::string& name);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace millrace::streams
