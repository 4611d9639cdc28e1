// The life of an environment: start, invocations, stop. What its process asks for is in
// environment_calls.cc.
#include "streams/invoke/environment.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "streams/invoke/process_memory.h"

namespace millrace::streams {
namespace {

// How long a process that has answered may take to ask for more before an event that was meant for
// it goes elsewhere.
constexpr int64_t kReturnTimeMs = 100;
// The most memory used is read again after that time.
constexpr int64_t kMemoryReadUs = 50'000;
constexpr int64_t kBytesPerMb = int64_t{1} << 20;
constexpr size_t kIdDigits = 32;

}  // namespace

Environment::Environment(const InvokerServices* services, RunnableFunctionPointer function,
                         Kind kind, Owner* owner)
    : services_(*services),
      function_(std::move(function)),
      kind_(kind),
      owner_(owner),
      id_(RandomHex(services->dependencies.random, kIdDigits)),
      started_ms_(services->NowMs()),
      started_us_(services->MonotonicUs()),
      log_(function_, services->dependencies.logs, id_, kind.provisioned, started_ms_),
      last_used_us_(started_us_) {}

LaunchRequest Environment::MakeLaunchRequest() {
  LaunchRequest request;
  request.function = function_;
  request.id = id_;
  request.log_stream = log_.stream();
  request.provisioned = kind_.provisioned;
  EventLoop* const loop = services_.loop.get();
  const std::weak_ptr<Environment> weak = weak_from_this();
  request.called = [loop, weak](std::shared_ptr<RuntimeCall> call) {
    loop->Post([weak, call = std::move(call)] {
      if (const std::shared_ptr<Environment> self = weak.lock()) {
        self->OnCall(call);
      } else {
        ReplyInvalidState(call.get());
      }
    });
  };
  request.output = [loop, weak, output = output_,
                    clock = services_.dependencies.clock](std::string_view bytes) {
    if (output->Add(bytes, clock->NowMs())) {
      loop->Post([weak] {
        if (const std::shared_ptr<Environment> self = weak.lock()) {
          self->TakeOutput(false);
        }
      });
    }
  };
  request.ended = [loop, weak](const ProcessEnd& end) {
    loop->Post([weak, end] {
      if (const std::shared_ptr<Environment> self = weak.lock()) {
        self->OnProcessEnded(end);
      }
    });
  };
  return request;
}

void Environment::Start(InvocationPointer invocation) {
  invocation_ = std::move(invocation);
  log_.InitStart(started_ms_);
  const std::shared_ptr<Environment> self = shared_from_this();
  const bool posted = services_.workers->Post(
      [self, request = std::make_shared<LaunchRequest>(MakeLaunchRequest())] {
        std::shared_ptr<Launched> launched = LaunchEnvironment(self->services_, *request);
        self->services_.loop->Post([self, launched] { self->OnLaunched(launched); });
      });
  if (!posted) {
    auto refused = std::make_shared<Launched>();
    refused->status = Status(StatusCode::kResourceExhausted, "too many environments are starting");
    services_.loop->Post([self, refused] { self->OnLaunched(refused); });
  }
}

void Environment::OnLaunched(const std::shared_ptr<Launched>& launched) {
  launched_ = launched;
  process_ = launched->process;
  if (process_ == 0) {
    failed_to_start_ = true;
    const InvocationPointer invocation = invocation_;
    if (launched->status.ok()) {
      FailStart(CannotStart(invocation == nullptr ? id_ : invocation->id, launched->error_type,
                            launched->cause));
    } else {
      invocation_ = nullptr;
      BeginStopping();
      if (invocation != nullptr) {
        owner_->OnInvocationFailed(this, invocation, launched->status);
      }
    }
    CleanUp();
    return;
  }
  if (early_end_.has_value()) {
    OnProcessEnded(*early_end_);
  } else if (state_ == State::kStopping) {
    Kill();
  } else if (state_ == State::kStarting) {
    const int64_t limit_ms =
        kind_.restart ? function_->timeout_ms : services_.options.init_timeout_ms;
    init_timer_ = services_.loop->After(limit_ms, [this] { OnInitLimit(); });
  }
}

void Environment::OnInitLimit() {
  init_timer_ = EventLoop::kNoTimer;
  const InvocationPointer invocation = invocation_;
  if (kind_.restart) {
    failed_to_start_ = true;
    FailStart(
        TimedOut(invocation == nullptr ? id_ : invocation->id, services_.options.init_timeout_ms));
    Kill();
    return;
  }
  invocation_ = nullptr;
  log_.InitDone(false, services_.NowMs());
  BeginStopping();
  Kill();
  owner_->OnInitTimeout(this, invocation);
}

void Environment::Run(InvocationPointer invocation) {
  invocation_ = std::move(invocation);
  if (state_ == State::kIdle) {
    Deliver();
  } else {
    hand_back_timer_ = services_.loop->After(kReturnTimeMs, [this] { HandBack(); });
  }
}

void Environment::HandBack() {
  services_.loop->Cancel(&hand_back_timer_);
  slow_to_return_ = true;
  owner_->OnHandedBack(this, std::exchange(invocation_, nullptr));
}

void Environment::Deliver() {
  state_ = State::kBusy;
  Invocation& invocation = *invocation_;
  invocation.delivered_us = last_used_us_ = services_.MonotonicUs();
  invocation.delivered_ms = services_.NowMs();
  ++invocations_;
  log_.Start(&invocation, invocation.delivered_ms);
  int64_t limit_ms = function_->timeout_ms;
  if (kind_.restart && invocation.cold) {
    // The second start has used up a part of the time.
    limit_ms = std::max<int64_t>(1, limit_ms - (last_used_us_ - started_us_) / 1000);
  }
  deadline_timer_ = services_.loop->After(limit_ms, [this] { OnDeadline(); });
  const std::shared_ptr<RuntimeCall> call = std::exchange(next_, nullptr);
  ReplyNext(call.get(), invocation, invocation.delivered_ms + limit_ms);
}

void Environment::OnDeadline() {
  deadline_timer_ = EventLoop::kNoTimer;
  Kill();
  BeginStopping();
  services_.watcher->Drain(process_);
  Finish(TimedOut(invocation_->id, function_->timeout_ms));
}

void Environment::Finish(InvocationEnd end) {
  services_.loop->Cancel(&deadline_timer_);
  const InvocationPointer invocation = std::exchange(invocation_, nullptr);
  answered_id_ = invocation->id;
  last_used_us_ = services_.MonotonicUs();
  if (process_ != 0 && last_used_us_ - memory_read_us_ >= kMemoryReadUs) {
    memory_read_us_ = last_used_us_;
    max_memory_bytes_ = std::max(max_memory_bytes_, PeakResidentBytes(process_));
  }
  end.max_memory_bytes = max_memory_bytes_;
  const int64_t now_ms = services_.NowMs();
  log_.Add(output_->Take(true, now_ms), invocation.get());
  log_.End(invocation.get(), end, last_used_us_ - invocation->delivered_us, now_ms);
  log_.Flush();
  owner_->OnInvocationEnded(this, invocation, std::move(end));
}

void Environment::FailStart(InvocationEnd end) {
  const int64_t now_ms = services_.NowMs();
  services_.loop->Cancel(&init_timer_);
  TakeOutput(true);
  log_.InitDone(false, now_ms);
  BeginStopping();
  if (invocation_ == nullptr) {
    log_.Flush();
    return;
  }
  invocation_->delivered_us = services_.MonotonicUs();
  invocation_->delivered_ms = now_ms;
  invocation_->init_duration_us = invocation_->delivered_us - started_us_;
  log_.Start(invocation_.get(), now_ms);
  Finish(std::move(end));
}

void Environment::TakeOutput(bool finish) {
  log_.Add(output_->Take(finish, services_.NowMs()),
           state_ == State::kBusy ? invocation_.get() : nullptr);
  if (state_ != State::kBusy) {
    log_.Flush();
  }
}

void Environment::OnMemory(int64_t bytes) {
  max_memory_bytes_ = std::max(max_memory_bytes_, bytes);
  const int64_t limit =
      function_->memory_mb * kBytesPerMb * services_.options.memory_overrun_factor;
  if (bytes > limit && process_ != 0 && state_ != State::kStopping) {
    out_of_memory_ = true;
    Kill();
  }
}

void Environment::OnProcessEnded(const ProcessEnd& end) {
  if (launched_ == nullptr) {
    early_end_ = end;
    return;
  }
  process_ = 0;
  const std::string how = !end.signaled && end.code == 0 ? std::string() : end.ToString();
  const State before = state_;
  if (before == State::kStarting) {
    failed_to_start_ = true;
    FailStart(RuntimeExited(invocation_ == nullptr ? id_ : invocation_->id, how, out_of_memory_));
  } else if (before == State::kBusy) {
    BeginStopping();
    Finish(RuntimeExited(invocation_->id, how, out_of_memory_));
  } else {
    TakeOutput(true);
    BeginStopping();
    if (invocation_ != nullptr) {
      HandBack();
    }
  }
  CleanUp();
}

void Environment::Retire() {
  retiring_ = true;
  if (invocation_ == nullptr && state_ != State::kStopping) {
    ShutDown();
  }
}

InvocationPointer Environment::ShutDown() {
  const InvocationPointer invocation = std::exchange(invocation_, nullptr);
  if (state_ != State::kStopping) {
    BeginStopping();
    EndProcess();
  }
  return invocation;
}

void Environment::EndProcess() {
  // A process that is just being started is ended when we hear of it.
  if (process_ != 0) {
    services_.watcher->SignalGroup(process_, SIGTERM);
    kill_timer_ = services_.loop->After(services_.options.terminate_ms, [this] { Kill(); });
  }
}

void Environment::Kill() {
  services_.loop->Cancel(&kill_timer_);
  services_.watcher->SignalGroup(process_, SIGKILL);
}

void Environment::BeginStopping() {
  if (state_ == State::kStopping) {
    return;
  }
  state_ = State::kStopping;
  next_ = nullptr;
  services_.loop->Cancel(&init_timer_);
  services_.loop->Cancel(&deadline_timer_);
  services_.loop->Cancel(&hand_back_timer_);
  owner_->OnStopping(this);
}

void Environment::CleanUp() {
  if (std::exchange(cleaning_up_, true)) {
    return;
  }
  log_.Flush();
  services_.loop->Cancel(&kill_timer_);
  const std::shared_ptr<Environment> self = shared_from_this();
  const auto clean_up = [self, launched = launched_] {
    launched->port = nullptr;
    if (!launched->folder.empty()) {
      RunDirectory::RemoveFolder(launched->folder);
    }
    launched->files = FunctionFiles();
    self->services_.loop->Post([self] { self->owner_->OnGone(self.get()); });
  };
  if (!services_.workers->Post(clean_up)) {
    clean_up();
  }
}

EnvironmentView Environment::View() const {
  EnvironmentView view;
  view.id = id_;
  view.version = function_->version;
  view.revision_id = function_->revision_id;
  constexpr std::string_view kNames[] = {"starting", "idle", "busy", "busy", "stopping"};
  view.state = state_ == State::kReturning && invocation_ == nullptr
                   ? "idle"
                   : kNames[static_cast<size_t>(state_)];
  view.provisioned = kind_.provisioned;
  view.process_id = process_;
  view.started_ms = started_ms_;
  view.last_used_ms = started_ms_ + (last_used_us_ - started_us_) / 1000;
  view.invocations = invocations_;
  view.max_memory_bytes = max_memory_bytes_;
  view.log_group = log_.group();
  view.log_stream = log_.stream();
  view.lines = log_.Lines();
  return view;
}

}  // namespace millrace::streams
