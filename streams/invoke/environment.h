// One execution environment: a process with its Runtime API port, its temporary folder and its log,
// from start to end. It runs one invocation at a time and is used once: a restart is another one.
//
//   starting --next--> idle --event--> busy --answer--> returning --next--> idle ...
//   any of them --end of the process, limits, retirement--> stopping --> gone
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "streams/invoke/child_process.h"
#include "streams/invoke/environment_launch.h"
#include "streams/invoke/environment_log.h"
#include "streams/invoke/function_invoker.h"
#include "streams/invoke/invocation.h"
#include "streams/invoke/invoker_services.h"
#include "streams/invoke/output_collector.h"
#include "streams/invoke/runtime_protocol.h"

namespace millrace::streams {

// Belongs to the loop.
class Environment final : public std::enable_shared_from_this<Environment> {
 public:
  enum class State : uint8_t { kStarting, kIdle, kBusy, kReturning, kStopping };

  // Told on the loop, after the environment has changed its state.
  class Owner {
   public:
    virtual ~Owner() = default;
    // It waits for an event.
    virtual void OnIdle(Environment* environment) = 0;
    virtual void OnInvocationEnded(Environment* environment, const InvocationPointer& invocation,
                                   InvocationEnd end) = 0;
    // The server could not start it.
    virtual void OnInvocationFailed(Environment* environment, const InvocationPointer& invocation,
                                    const Status& status) = 0;
    // It will not run this, and has not: somebody else has to.
    virtual void OnHandedBack(Environment* environment, const InvocationPointer& invocation) = 0;
    // It did not become ready in time, for the first time. `invocation` may be nullptr.
    virtual void OnInitTimeout(Environment* environment, const InvocationPointer& invocation) = 0;
    // It has begun to stop and counts no more.
    virtual void OnStopping(Environment* environment) = 0;
    // Process, port and files are gone. The last call.
    virtual void OnGone(Environment* environment) = 0;
  };

  struct Kind {
    bool provisioned = false;
    bool restart = false;  // in place of one that did not become ready in time
  };

  Environment(const InvokerServices* services, RunnableFunctionPointer function, Kind kind,
              Owner* owner);

  // Starts the process; `invocation`, which may be nullptr, is the first one that it will run.
  void Start(InvocationPointer invocation);
  // Hands over an event. Only if available().
  void Run(InvocationPointer invocation);
  // Ends it now if nothing runs in it, else after that.
  void Retire();
  // Ends it now: SIGTERM, and SIGKILL if that does not help. Returns what it was running or was to
  // run, of which nobody else is told.
  InvocationPointer ShutDown();
  // The process and its children use so much memory.
  void OnMemory(int64_t bytes);
  void FlushLog() { log_.Flush(); }

  State state() const { return state_; }
  // Nothing runs in it, and nothing is meant for it.
  bool resting() const {
    return (state_ == State::kIdle || state_ == State::kReturning) && invocation_ == nullptr &&
           !retiring_;
  }
  bool available() const { return resting() && !slow_to_return_; }
  bool failed_to_start() const { return failed_to_start_; }
  pid_t process() const { return process_; }
  int64_t last_used_us() const { return last_used_us_; }
  const RunnableFunction& function() const { return *function_; }
  const RunnableFunctionPointer& function_pointer() const { return function_; }
  const std::string& log_stream() const { return log_.stream(); }
  EnvironmentView View() const;

 private:
  void OnLaunched(const std::shared_ptr<Launched>& launched);
  void OnCall(const std::shared_ptr<RuntimeCall>& call);
  void OnNext(const std::shared_ptr<RuntimeCall>& call);
  void OnAnswer(const std::shared_ptr<RuntimeCall>& call, const RuntimeTarget& target);
  void OnInitError(const std::shared_ptr<RuntimeCall>& call);
  void OnInitLimit();
  void OnDeadline();
  void OnProcessEnded(const ProcessEnd& end);

  void Deliver();
  void Finish(InvocationEnd end);
  // Fails the invocation that waits for the start.
  void FailStart(InvocationEnd end);
  void HandBack();
  void BeginStopping();
  void EndProcess();
  void Kill();
  void CleanUp();
  void TakeOutput(bool finish);
  LaunchRequest MakeLaunchRequest();

  const InvokerServices& services_;
  const RunnableFunctionPointer function_;
  const Kind kind_;
  Owner* const owner_;
  const std::string id_;
  const int64_t started_ms_;
  const int64_t started_us_;
  EnvironmentLog log_;
  const std::shared_ptr<OutputCollector> output_ = std::make_shared<OutputCollector>();

  State state_ = State::kStarting;
  bool retiring_ = false;
  bool slow_to_return_ = false;  // has answered, but does not ask for more
  bool failed_to_start_ = false;
  bool out_of_memory_ = false;
  bool cleaning_up_ = false;
  std::shared_ptr<Launched> launched_;
  pid_t process_ = 0;
  std::optional<ProcessEnd> early_end_;  // the process ended before we were told of its start
  std::shared_ptr<RuntimeCall> next_;    // the call that waits for an event; kIdle
  InvocationPointer invocation_;         // what runs or is to run
  std::string answered_id_;
  int64_t last_used_us_;
  int64_t invocations_ = 0;
  int64_t max_memory_bytes_ = 0;
  int64_t memory_read_us_ = 0;
  EventLoop::Timer init_timer_ = EventLoop::kNoTimer;
  EventLoop::Timer deadline_timer_ = EventLoop::kNoTimer;
  EventLoop::Timer hand_back_timer_ = EventLoop::kNoTimer;
  EventLoop::Timer kill_timer_ = EventLoop::kNoTimer;
};

}  // namespace millrace::streams
