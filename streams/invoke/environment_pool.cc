// Placing invocations, and what follows when environments end. What goes on without invocations
// (idle and provisioned environments, memory) is in pool_upkeep.cc.
#include "streams/invoke/environment_pool.h"

#include <algorithm>
#include <utility>

namespace millrace::streams {
namespace {

constexpr char kLimitReason[] = "ConcurrentInvocationLimitExceeded";
constexpr char kShuttingDown[] = "the server is shutting down";

bool SameRevision(const RunnableFunction& left, const RunnableFunction& right) {
  return &left == &right ||
         (left.version == right.version && left.revision_id == right.revision_id);
}

}  // namespace

void EnvironmentPool::Submit(const InvocationPointer& invocation) {
  if (draining_) {
    listener_->OnRefused(invocation, InvokeOutcome::kShuttingDown, "", kShuttingDown);
    return;
  }
  // Nobody overtakes those who wait.
  if (!waiting_.empty() || !TryPlace(invocation)) {
    Wait(invocation, false);
  }
}

bool EnvironmentPool::TryPlace(const InvocationPointer& invocation) {
  if (running_ >= services_.options.running_max) {
    return false;
  }
  if (Environment* const environment = MostRecent(*invocation->function)) {
    ++running_;
    environment->Run(invocation);
    ScheduleSample();
    return true;
  }
  if (environments_ >= services_.options.environments_max && !EvictOne()) {
    return false;
  }
  ++running_;
  invocation->cold = true;
  StartEnvironment(invocation->function, {}, invocation);
  ScheduleSample();
  return true;
}

Environment* EnvironmentPool::MostRecent(const RunnableFunction& function) {
  const auto group = groups_.find(function.name);
  if (group == groups_.end()) {
    return nullptr;
  }
  Environment* best = nullptr;
  for (const EnvironmentPointer& environment : group->second.environments) {
    if (!environment->available() || !SameRevision(environment->function(), function)) {
      continue;
    }
    // One that waits for an event rather than one that is about to.
    const bool idle = environment->state() == Environment::State::kIdle;
    if (best == nullptr || (idle && best->state() != Environment::State::kIdle) ||
        (idle == (best->state() == Environment::State::kIdle) &&
         environment->last_used_us() > best->last_used_us())) {
      best = environment.get();
    }
  }
  return best;
}

bool EnvironmentPool::EvictOne() {
  EnvironmentPointer oldest;
  for (const auto& [name, group] : groups_) {
    for (const EnvironmentPointer& environment : group.environments) {
      if (environment->resting() && ProvisionedCount(group, environment->function()) == 0 &&
          (oldest == nullptr || environment->last_used_us() < oldest->last_used_us())) {
        oldest = environment;
      }
    }
  }
  if (oldest == nullptr) {
    return false;
  }
  oldest->Retire();
  return true;
}

void EnvironmentPool::StartEnvironment(const RunnableFunctionPointer& function,
                                       Environment::Kind kind,
                                       const InvocationPointer& invocation) {
  const auto environment = std::make_shared<Environment>(&services_, function, kind, this);
  groups_[function->name].environments.push_back(environment);
  records_->ColdStart(function->name);
  records_->SetEnvironments(++environments_);
  environment->Start(invocation);
  ScheduleSweep();
}

void EnvironmentPool::Wait(const InvocationPointer& invocation, bool first) {
  const size_t size =
      invocation->request.payload == nullptr ? 0 : invocation->request.payload->size();
  if (services_.options.queue_wait_ms <= 0 ||
      waiting_bytes_ + size > services_.options.waiting_bytes_max) {
    Refuse(invocation);
    return;
  }
  const auto place = waiting_.insert(first ? waiting_.begin() : waiting_.end(),
                                     Waiting{invocation, size, EventLoop::kNoTimer});
  waiting_bytes_ += size;
  place->timer = services_.loop->After(services_.options.queue_wait_ms, [this, place] {
    const InvocationPointer late = place->invocation;
    waiting_bytes_ -= place->size;
    waiting_.erase(place);
    records_->SetWaiting(static_cast<int64_t>(waiting_.size()));
    Refuse(late);
  });
  records_->SetWaiting(static_cast<int64_t>(waiting_.size()));
}

void EnvironmentPool::Refuse(const InvocationPointer& invocation) {
  listener_->OnRefused(invocation, InvokeOutcome::kThrottled, kLimitReason, "Rate Exceeded.");
}

void EnvironmentPool::ServeWaiting() {
  while (!draining_ && !waiting_.empty() && TryPlace(waiting_.front().invocation)) {
    services_.loop->Cancel(&waiting_.front().timer);
    waiting_bytes_ -= waiting_.front().size;
    waiting_.pop_front();
    records_->SetWaiting(static_cast<int64_t>(waiting_.size()));
  }
}

void EnvironmentPool::OnIdle(Environment*) { ServeWaiting(); }

void EnvironmentPool::OnInvocationEnded(Environment* environment,
                                        const InvocationPointer& invocation, InvocationEnd end) {
  --running_;
  listener_->OnEnded(invocation, std::move(end), environment->log_stream());
  ServeWaiting();
  CheckStopped();
}

void EnvironmentPool::OnInvocationFailed(Environment*, const InvocationPointer& invocation,
                                         const Status& status) {
  --running_;
  const bool stopping = status.code() == StatusCode::kShuttingDown;
  listener_->OnRefused(invocation,
                       stopping ? InvokeOutcome::kShuttingDown : InvokeOutcome::kServerFault, "",
                       status.ToString());
  ServeWaiting();
  CheckStopped();
}

void EnvironmentPool::OnHandedBack(Environment*, const InvocationPointer& invocation) {
  --running_;
  if (draining_) {
    listener_->OnRefused(invocation, InvokeOutcome::kShuttingDown, "", kShuttingDown);
    CheckStopped();
  } else if (!TryPlace(invocation)) {
    Wait(invocation, true);
  }
}

void EnvironmentPool::OnInitTimeout(Environment* environment, const InvocationPointer& invocation) {
  if (invocation == nullptr) {
    return;
  }
  if (draining_) {
    OnHandedBack(environment, invocation);
    return;
  }
  Environment::Kind kind;
  kind.restart = true;
  StartEnvironment(environment->function_pointer(), kind, invocation);
}

void EnvironmentPool::OnStopping(Environment* environment) {
  records_->SetEnvironments(--environments_);
  const auto group = groups_.find(environment->function().name);
  std::vector<EnvironmentPointer>& list = group->second.environments;
  const auto place = std::find_if(
      list.begin(), list.end(),
      [environment](const EnvironmentPointer& pointer) { return pointer.get() == environment; });
  stopping_.push_back(*place);
  list.erase(place);
  if (list.empty() && group->second.provisions.empty()) {
    groups_.erase(group);
  }
}

void EnvironmentPool::OnGone(Environment* environment) {
  const auto place = std::find_if(
      stopping_.begin(), stopping_.end(),
      [environment](const EnvironmentPointer& pointer) { return pointer.get() == environment; });
  const bool failed = environment->failed_to_start();
  stopping_.erase(place);
  if (draining_) {
    CheckStopped();
    return;
  }
  // One that cannot start is not started over and over again.
  constexpr int64_t kRetryMs = 10'000;
  services_.loop->After(failed ? kRetryMs : 0, [this] { FillProvisions(); });
  ServeWaiting();
}

std::vector<EnvironmentPool::EnvironmentPointer> EnvironmentPool::All() const {
  std::vector<EnvironmentPointer> all;
  for (const auto& [name, group] : groups_) {
    all.insert(all.end(), group.environments.begin(), group.environments.end());
  }
  return all;
}

std::vector<EnvironmentView> EnvironmentPool::Views(const std::string& name) const {
  std::vector<EnvironmentView> views;
  if (const auto group = groups_.find(name); group != groups_.end()) {
    for (const EnvironmentPointer& environment : group->second.environments) {
      views.push_back(environment->View());
    }
  }
  for (const EnvironmentPointer& environment : stopping_) {
    if (environment->function().name == name) {
      views.push_back(environment->View());
    }
  }
  return views;
}

void EnvironmentPool::Stop(std::function<void()> stopped) {
  draining_ = true;
  stopped_ = std::move(stopped);
  while (!waiting_.empty()) {
    const InvocationPointer invocation = waiting_.front().invocation;
    services_.loop->Cancel(&waiting_.front().timer);
    waiting_.pop_front();
    listener_->OnRefused(invocation, InvokeOutcome::kShuttingDown, "", kShuttingDown);
  }
  for (const EnvironmentPointer& environment : All()) {
    environment->Retire();
  }
  drain_timer_ = services_.loop->After(services_.options.drain_ms, [this] { EndDrain(); });
  CheckStopped();
}

void EnvironmentPool::EndDrain() {
  drain_timer_ = EventLoop::kNoTimer;
  for (const EnvironmentPointer& environment : All()) {
    if (const InvocationPointer invocation = environment->ShutDown()) {
      --running_;
      listener_->OnRefused(invocation, InvokeOutcome::kShuttingDown, "", kShuttingDown);
    }
  }
  CheckStopped();
}

void EnvironmentPool::CheckStopped() {
  if (draining_ && stopped_ != nullptr && environments_ == 0 && stopping_.empty()) {
    services_.loop->Cancel(&drain_timer_);
    std::exchange(stopped_, nullptr)();
  }
}

}  // namespace millrace::streams
