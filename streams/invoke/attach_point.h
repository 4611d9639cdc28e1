// A function whose process a person starts, in an IDE for instance: a Runtime API port that stays,
// at which any number of processes may wait for events.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "streams/invoke/environment_log.h"
#include "streams/invoke/function_invoker.h"
#include "streams/invoke/invocation.h"
#include "streams/invoke/invoker_services.h"
#include "streams/invoke/runtime_port.h"
#include "streams/invoke/runtime_protocol.h"

namespace millrace::streams {

// Belongs to the loop.
class AttachPoint final : public std::enable_shared_from_this<AttachPoint> {
 public:
  // More invocations do not wait for a process.
  static constexpr size_t kWaitingMax = 100;

  AttachPoint(const InvokerServices* services, RunnableFunctionPointer function,
              InvocationListener* listener);

  // Opens the port and finds the function's files, which takes its time: for another thread than
  // the loop, before anything else is called. `files` are of the function.
  Status Open(FunctionFiles files);
  AttachView View() const;
  // Hands the event to a process that waits, or keeps it until one comes, at most for the
  // function's timeout.
  void Submit(const InvocationPointer& invocation);
  bool idle() const { return running_.empty() && waiting_.empty(); }
  // Refuses everything; later answers find nothing.
  void Close(InvokeOutcome outcome, const std::string& message);

 private:
  struct Waiting {
    InvocationPointer invocation;
    EventLoop::Timer timer;
  };

  void OnCall(const std::shared_ptr<RuntimeCall>& call);
  void OnNext(const std::shared_ptr<RuntimeCall>& call);
  void OnAnswer(const std::shared_ptr<RuntimeCall>& call, const RuntimeTarget& target);
  void Deliver(const InvocationPointer& invocation, const std::shared_ptr<RuntimeCall>& call);
  void Finish(const std::string& id, InvocationEnd end);

  const InvokerServices& services_;
  const RunnableFunctionPointer function_;
  InvocationListener* const listener_;
  EnvironmentLog log_;
  FunctionFiles files_;
  std::unique_ptr<RuntimePort> port_;
  // The one that came last gets the next event: it is the least likely to have gone.
  std::vector<std::shared_ptr<RuntimeCall>> processes_;
  std::list<Waiting> waiting_;
  std::unordered_map<std::string, Waiting> running_;  // by request id
  std::string answered_id_;
};

}  // namespace millrace::streams
