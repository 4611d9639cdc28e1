// What an environment's process asks of the Runtime API, and when it may.
#include <utility>

#include "streams/invoke/environment.h"

namespace millrace::streams {

void Environment::OnCall(const std::shared_ptr<RuntimeCall>& call) {
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
      OnInitError(call);
      return;
    case RuntimeOperation::kUnknown:
      break;
  }
  if (call->path().find("/extension/") != std::string_view::npos) {
    log_.Add({{services_.NowMs(), "The server offers no Extensions API; a layer asked for it"}},
             invocation_.get());
  }
  ReplyUnknown(call.get());
}

void Environment::OnNext(const std::shared_ptr<RuntimeCall>& call) {
  const State before = state_;
  if (before == State::kBusy || before == State::kStopping) {
    ReplyInvalidState(call.get());
    return;
  }
  if (next_ != nullptr) {
    // The process has lost the connection on which it asked before.
    ReplyInvalidState(next_.get());
    next_ = call;
    return;
  }
  state_ = State::kIdle;
  slow_to_return_ = false;
  next_ = call;
  if (before == State::kStarting) {
    services_.loop->Cancel(&init_timer_);
    // What was printed while loading came before this call, but on another way.
    services_.watcher->Drain(process_);
    TakeOutput(false);
    log_.InitDone(true, services_.NowMs());
    if (invocation_ != nullptr) {
      const int64_t spawned_us = launched_ == nullptr ? started_us_ : launched_->spawned_us;
      invocation_->init_duration_us = services_.MonotonicUs() - spawned_us;
    }
  }
  services_.loop->Cancel(&hand_back_timer_);
  if (invocation_ != nullptr) {
    Deliver();
  } else if (retiring_) {
    ShutDown();
  } else {
    owner_->OnIdle(this);
  }
}

void Environment::OnAnswer(const std::shared_ptr<RuntimeCall>& call, const RuntimeTarget& target) {
  if (state_ != State::kBusy || invocation_->id != target.id) {
    if (!answered_id_.empty() && answered_id_ == target.id) {
      ReplyInvalidState(call.get());
    } else {
      ReplyInvalidId(call.get());
    }
    return;
  }
  InvocationEnd end = call->too_large() ? ResponseTooLarge() : EndOf(*call, target.operation);
  // What the handler printed came before its answer, but on another way.
  services_.watcher->Drain(process_);
  state_ = State::kReturning;
  if (call->too_large()) {
    ReplyTooLarge(call.get());
  } else {
    ReplyAccepted(call.get());
  }
  Finish(std::move(end));
  if (retiring_ && state_ == State::kReturning) {
    ShutDown();
  }
}

void Environment::OnInitError(const std::shared_ptr<RuntimeCall>& call) {
  if (state_ != State::kStarting) {
    ReplyInvalidState(call.get());
    return;
  }
  failed_to_start_ = true;
  services_.watcher->Drain(process_);
  ReplyAccepted(call.get());
  FailStart(EndOf(*call, RuntimeOperation::kInitError));
  EndProcess();
}

}  // namespace millrace::streams
