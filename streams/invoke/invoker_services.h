// What all parts of the invoker share.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "storage/base/worker_pool.h"
#include "streams/invoke/child_process.h"
#include "streams/invoke/event_loop.h"
#include "streams/invoke/invocation.h"
#include "streams/invoke/invoke_options.h"
#include "streams/invoke/run_directory.h"
#include "streams/invoke/runtime_programs.h"

namespace millrace::streams {

// Threads for what takes milliseconds. Thread-safe.
class Workers {
 public:
  explicit Workers(int thread_count) : pool_(thread_count, kQueuedMax) {}
  void Start() { pool_.Start(); }
  void Stop() { pool_.Stop(); }

  // False when too much is waiting; `call` is then not run.
  [[nodiscard]] bool Post(std::function<void()> call) {
    class CallTask final : public Task {
     public:
      explicit CallTask(std::function<void()> the_call) : call_(std::move(the_call)) {}
      void Run() override {
        const std::unique_ptr<CallTask> self(this);
        call_();
      }

     private:
      std::function<void()> call_;
    };
    auto task = std::make_unique<CallTask>(std::move(call));
    if (!pool_.TryPost(task.get())) {
      return false;
    }
    // It deletes itself.
    static_cast<void>(task.release());
    return true;
  }

 private:
  static constexpr size_t kQueuedMax = 4096;
  WorkerPool pool_;
};

struct InvokerServices {
  const InvokerOptions& options;
  const InvokerDependencies& dependencies;
  std::shared_ptr<EventLoop> loop;  // those who answer late may hold it
  Workers* workers;
  ProcessWatcher* watcher;
  RuntimePrograms* programs;
  RunDirectory* run_directory;

  int64_t NowMs() const { return dependencies.clock->NowMs(); }
  int64_t MonotonicUs() const { return dependencies.clock->MonotonicUs(); }
};

// Whom the runners of invocations tell how they ended: exactly one of these, once for each, on the
// loop.
class InvocationListener {
 public:
  virtual ~InvocationListener() = default;
  // A handler had it, or would have had it if it had been possible to start one. `log_stream` is
  // where it wrote.
  virtual void OnEnded(const InvocationPointer& invocation, InvocationEnd end,
                       const std::string& log_stream) = 0;
  // Nothing ran, or nobody knows whether it did. `reason` is of kThrottled.
  virtual void OnRefused(const InvocationPointer& invocation, InvokeOutcome outcome,
                         const std::string& reason, const std::string& message) = 0;
};

}  // namespace millrace::streams
