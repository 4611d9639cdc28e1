// The Runtime API for processes that the server has not started.
#include "streams/invoke/attach_point.h"

#include <algorithm>
#include <utility>

#include "streams/invoke/environment_variables.h"

namespace millrace::streams {

AttachPoint::AttachPoint(const InvokerServices* services, RunnableFunctionPointer function,
                         InvocationListener* listener)
    : services_(*services),
      function_(std::move(function)),
      listener_(listener),
      log_(function_, services->dependencies.logs, "attached", false, services->NowMs()) {}

Status AttachPoint::Open(FunctionFiles files) {
  files_ = std::move(files);
  EventLoop* const loop = services_.loop.get();
  const std::weak_ptr<AttachPoint> weak = weak_from_this();
  ASSIGN_OR_RETURN(
      port_, services_.dependencies.ports->Open([loop, weak](std::shared_ptr<RuntimeCall> call) {
        loop->Post([weak, call = std::move(call)] {
          if (const std::shared_ptr<AttachPoint> self = weak.lock()) {
            self->OnCall(call);
          }
        });
      }));
  return Status::Ok();
}

AttachView AttachPoint::View() const {
  AttachView view;
  view.runtime_api = "127.0.0.1:" + std::to_string(port_->port());
  EnvironmentFacts facts;
  facts.files = files_;
  facts.runtime_api = view.runtime_api;
  facts.log_stream = log_.stream();
  facts.run_directory = services_.run_directory->path();
  view.environment = VariablesOf(*function_, facts, services_.options);
  return view;
}

void AttachPoint::Submit(const InvocationPointer& invocation) {
  if (!processes_.empty()) {
    const std::shared_ptr<RuntimeCall> call = std::move(processes_.back());
    processes_.pop_back();
    Deliver(invocation, call);
    return;
  }
  if (waiting_.size() >= kWaitingMax) {
    listener_->OnRefused(invocation, InvokeOutcome::kThrottled, "ConcurrentInvocationLimitExceeded",
                         "no attached process is free");
    return;
  }
  const auto place = waiting_.insert(waiting_.end(), Waiting{invocation, EventLoop::kNoTimer});
  place->timer = services_.loop->After(function_->timeout_ms, [this, place] {
    const InvocationPointer late = place->invocation;
    waiting_.erase(place);
    listener_->OnRefused(late, InvokeOutcome::kThrottled, "ConcurrentInvocationLimitExceeded",
                         "no attached process has asked for the event");
  });
}

void AttachPoint::OnCall(const std::shared_ptr<RuntimeCall>& call) {
  const RuntimeTarget target = ParseRuntimeTarget(call->method(), call->path());
  switch (target.operation) {
    case RuntimeOperation::kNext:
      OnNext(call);
      return;
    case RuntimeOperation::kResponse:
    case RuntimeOperation::kError:
      OnAnswer(call, target);
      return;
    case RuntimeOperation::kInitError:
      log_.Add({{services_.NowMs(), "Init error: " + std::string(call->body())}}, nullptr);
      log_.Flush();
      ReplyAccepted(call.get());
      return;
    case RuntimeOperation::kUnknown:
      ReplyUnknown(call.get());
      return;
  }
}

void AttachPoint::OnNext(const std::shared_ptr<RuntimeCall>& call) {
  if (!waiting_.empty()) {
    const InvocationPointer invocation = waiting_.front().invocation;
    services_.loop->Cancel(&waiting_.front().timer);
    waiting_.pop_front();
    Deliver(invocation, call);
    return;
  }
  processes_.push_back(call);
  EventLoop* const loop = services_.loop.get();
  const std::weak_ptr<AttachPoint> weak = weak_from_this();
  const std::weak_ptr<RuntimeCall> weak_call = call;
  call->OnGone([loop, weak, weak_call] {
    loop->Post([weak, weak_call] {
      const std::shared_ptr<AttachPoint> self = weak.lock();
      const std::shared_ptr<RuntimeCall> gone = weak_call.lock();
      if (self != nullptr && gone != nullptr) {
        std::erase(self->processes_, gone);
      }
    });
  });
}

void AttachPoint::Deliver(const InvocationPointer& invocation,
                          const std::shared_ptr<RuntimeCall>& call) {
  invocation->delivered_us = services_.MonotonicUs();
  invocation->delivered_ms = services_.NowMs();
  log_.Start(invocation.get(), invocation->delivered_ms);
  const int64_t limit_ms = function_->timeout_ms;
  const EventLoop::Timer timer =
      services_.loop->After(limit_ms, [this, id = invocation->id, limit_ms] {
        // Its process is not ours to end: its answer will find nothing.
        Finish(id, TimedOut(id, limit_ms));
      });
  running_[invocation->id] = {invocation, timer};
  ReplyNext(call.get(), *invocation, invocation->delivered_ms + limit_ms);
}

void AttachPoint::OnAnswer(const std::shared_ptr<RuntimeCall>& call, const RuntimeTarget& target) {
  const std::string id(target.id);
  if (!running_.contains(id)) {
    if (!id.empty() && id == answered_id_) {
      ReplyInvalidState(call.get());
    } else {
      ReplyInvalidId(call.get());
    }
    return;
  }
  answered_id_ = id;
  if (call->too_large()) {
    ReplyTooLarge(call.get());
    Finish(id, ResponseTooLarge());
    return;
  }
  InvocationEnd end = EndOf(*call, target.operation);
  ReplyAccepted(call.get());
  Finish(id, std::move(end));
}

void AttachPoint::Finish(const std::string& id, InvocationEnd end) {
  const auto found = running_.find(id);
  const InvocationPointer invocation = found->second.invocation;
  services_.loop->Cancel(&found->second.timer);
  running_.erase(found);
  const int64_t duration_us = services_.MonotonicUs() - invocation->delivered_us;
  log_.End(invocation.get(), end, duration_us, services_.NowMs());
  log_.Flush();
  listener_->OnEnded(invocation, std::move(end), log_.stream());
}

void AttachPoint::Close(InvokeOutcome outcome, const std::string& message) {
  processes_.clear();
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    services_.loop->Cancel(&waiting.timer);
    listener_->OnRefused(waiting.invocation, outcome, "", message);
  }
  for (auto& [id, running] : std::exchange(running_, {})) {
    services_.loop->Cancel(&running.timer);
    listener_->OnRefused(running.invocation, outcome, "", message);
  }
}

}  // namespace millrace::streams
