// All environments on this machine: which one gets an event, when another one is started, and which
// ones have to go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "streams/invoke/environment.h"
#include "streams/invoke/function_invoker.h"
#include "streams/invoke/invoke_statistics.h"
#include "streams/invoke/invoker_services.h"

namespace millrace::streams {

// Belongs to the loop.
class EnvironmentPool final : public Environment::Owner {
 public:
  // The environments of one function: not more than environments_max, so lists will do.
  EnvironmentPool(const InvokerServices* services, InvocationRecords* records,
                  InvocationListener* listener)
      : services_(*services), records_(records), listener_(listener) {}

  // Starts what is provisioned.
  void Start();
  // Runs an invocation: in a warm environment, in a new one, or later if there is no place.
  void Submit(const InvocationPointer& invocation);
  // Retires environments of revisions that are no more.
  void OnFunctionChanged(const std::string& name);
  int64_t Recycle(const std::string& name);
  std::vector<EnvironmentView> Views(const std::string& name) const;
  // Ends what is idle now and refuses what comes; what runs has drain_ms. `stopped` is called when
  // nothing is left.
  void Stop(std::function<void()> stopped);

  // Environment::Owner
  void OnIdle(Environment* environment) override;
  void OnInvocationEnded(Environment* environment, const InvocationPointer& invocation,
                         InvocationEnd end) override;
  void OnInvocationFailed(Environment* environment, const InvocationPointer& invocation,
                          const Status& status) override;
  void OnHandedBack(Environment* environment, const InvocationPointer& invocation) override;
  void OnInitTimeout(Environment* environment, const InvocationPointer& invocation) override;
  void OnStopping(Environment* environment) override;
  void OnGone(Environment* environment) override;

 private:
  using EnvironmentPointer = std::shared_ptr<Environment>;
  struct Provision {
    RunnableFunctionPointer function;
    int64_t count = 0;
  };
  struct Group {
    std::vector<EnvironmentPointer> environments;  // those that are not stopping
    std::vector<Provision> provisions;
  };
  struct Waiting {
    InvocationPointer invocation;
    size_t size = 0;
    EventLoop::Timer timer;
  };

  bool TryPlace(const InvocationPointer& invocation);
  Environment* MostRecent(const RunnableFunction& function);
  // Ends the idle environment that has not been used for the longest time; false if there is none.
  bool EvictOne();
  void StartEnvironment(const RunnableFunctionPointer& function, Environment::Kind kind,
                        const InvocationPointer& invocation);
  void Wait(const InvocationPointer& invocation, bool first);
  void Refuse(const InvocationPointer& invocation);
  void ServeWaiting();
  void SweepIdle();
  void ScheduleSweep();
  void ReadProvisions();
  void FillProvisions();
  int64_t ProvisionedCount(const Group& group, const RunnableFunction& function) const;
  void ScheduleSample();
  void Sample();
  void OnSampled(const std::vector<std::pair<EnvironmentPointer, int64_t>>& sizes);
  void EndDrain();
  void CheckStopped();
  // All that are not stopping.
  std::vector<EnvironmentPointer> All() const;

  const InvokerServices& services_;
  InvocationRecords* const records_;
  InvocationListener* const listener_;
  std::unordered_map<std::string, Group> groups_;
  std::vector<EnvironmentPointer> stopping_;
  std::list<Waiting> waiting_;
  size_t waiting_bytes_ = 0;
  int64_t running_ = 0;       // invocations that have an environment
  int64_t environments_ = 0;  // those that are not stopping
  bool sweeping_ = false;
  bool sampling_ = false;
  bool draining_ = false;
  std::function<void()> stopped_;
  EventLoop::Timer drain_timer_ = EventLoop::kNoTimer;
};

}  // namespace millrace::streams
