// The inside of FunctionInvoker: takes invocations, keeps the accounts of concurrency, hands each
// invocation to what runs it, and gives results back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "streams/invoke/attach_point.h"
#include "streams/invoke/environment_pool.h"
#include "streams/invoke/function_invoker.h"
#include "streams/invoke/http_runner.h"
#include "streams/invoke/invoker_services.h"

namespace millrace::streams {

// Belongs to the loop, apart from what says otherwise.
class FunctionInvoker::Core final : public InvocationListener {
 public:
  Core(InvokerOptions options, const InvokerDependencies& dependencies);

  // Of the thread that owns the invoker.
  Status Start(const std::shared_ptr<Core>& self);
  void Stop();
  // Thread-safe.
  void Invoke(const std::shared_ptr<Core>& self, InvokeRequest request,
              std::function<void(InvokeResult)> done);
  Result<AttachView> Attach(const std::string& name);
  const InvocationRecords& records() const { return records_; }
  // Runs `call` on the loop and waits for it; false if the loop has ended.
  bool OnLoop(const std::function<void()>& call);
  EnvironmentPool& pool() { return pool_; }

  // InvocationListener
  void OnEnded(const InvocationPointer& invocation, InvocationEnd end,
               const std::string& log_stream) override;
  void OnRefused(const InvocationPointer& invocation, InvokeOutcome outcome,
                 const std::string& reason, const std::string& message) override;

 private:
  void Admit(const InvocationPointer& invocation);
  // Whether one more may run; if not it has been refused.
  bool TakePlace(const InvocationPointer& invocation);
  void LeavePlace(const Invocation& invocation);
  void Dispatch(const InvocationPointer& invocation);
  void OnFunctionChanged(const std::string& name);
  void BeginStop(std::function<void()> stopped);
  void EndOthers();
  bool OthersIdle() const;
  void CheckStopped();

  const InvokerOptions options_;
  const InvokerDependencies dependencies_;
  const std::shared_ptr<EventLoop> loop_;
  Workers workers_;
  ProcessWatcher watcher_;
  RunDirectory run_directory_;
  RuntimePrograms programs_;
  const InvokerServices services_;
  InvocationRecords records_;
  EnvironmentPool pool_;
  HttpRunner http_;
  std::unordered_map<std::string, std::shared_ptr<AttachPoint>> attach_points_;
  std::unordered_map<std::string, int64_t> running_;  // by function
  int64_t running_unreserved_ = 0;
  bool started_ = false;
  bool stopping_ = false;
  bool pool_stopped_ = false;
  std::function<void()> stopped_;
};

}  // namespace millrace::streams
