// Admission, dispatch and results.
#include "streams/invoke/invoker_core.h"

#include <algorithm>
#include <future>
#include <utility>

#include "streams/invoke/trace_header.h"

namespace millrace::streams {
namespace {

constexpr char kShuttingDown[] = "the server is shutting down";

InvokeResult Refusal(const Invocation& invocation, InvokeOutcome outcome,
                     const std::string& message) {
  InvokeResult result;
  result.outcome = outcome;
  result.request_id = invocation.id;
  result.message = message;
  return result;
}

}  // namespace

FunctionInvoker::Core::Core(InvokerOptions options, const InvokerDependencies& dependencies)
    : options_(std::move(options)),
      dependencies_(dependencies),
      loop_(std::make_shared<EventLoop>(dependencies.clock)),
      workers_(options_.worker_count),
      run_directory_(options_.run_directory),
      programs_(&options_, &run_directory_, &watcher_),
      services_{options_, dependencies_, loop_, &workers_, &watcher_, &programs_, &run_directory_},
      pool_(&services_, &records_, this),
      http_(&services_, this) {}

Status FunctionInvoker::Core::Start(const std::shared_ptr<Core>& self) {
  RETURN_IF_ERROR(run_directory_.Create());
  RETURN_IF_ERROR(watcher_.Start());
  workers_.Start();
  loop_->Start();
  started_ = true;
  const std::weak_ptr<Core> weak = self;
  dependencies_.source->OnChange([weak](const std::string& name) {
    if (const std::shared_ptr<Core> core = weak.lock()) {
      core->loop_->Post([weak, name] {
        if (const std::shared_ptr<Core> still = weak.lock()) {
          still->OnFunctionChanged(name);
        }
      });
    }
  });
  loop_->Post([this] { pool_.Start(); });
  return Status::Ok();
}

void FunctionInvoker::Core::Stop() {
  if (!std::exchange(started_, false)) {
    return;
  }
  std::promise<void> stopped;
  loop_->Post([this, &stopped] { BeginStop([&stopped] { stopped.set_value(); }); });
  stopped.get_future().wait();
  watcher_.Stop();
  workers_.Stop();
  loop_->Stop();
  attach_points_.clear();
  run_directory_.Remove();
}

void FunctionInvoker::Core::Invoke(const std::shared_ptr<Core>& self, InvokeRequest request,
                                   std::function<void(InvokeResult)> done) {
  const auto invocation = std::make_shared<Invocation>();
  invocation->request = std::move(request);
  invocation->done = std::move(done);
  if (!loop_->Post([self, invocation] { self->Admit(invocation); })) {
    invocation->done(Refusal(*invocation, InvokeOutcome::kShuttingDown, kShuttingDown));
  }
}

void FunctionInvoker::Core::Admit(const InvocationPointer& invocation) {
  InvokeRequest& request = invocation->request;
  invocation->id =
      request.request_id.empty() ? NewUuid(dependencies_.random) : std::move(request.request_id);
  invocation->trace_id = request.trace_id.empty()
                             ? NewTraceHeader(services_.NowMs(), dependencies_.random)
                             : std::move(request.trace_id);
  if (stopping_) {
    invocation->done(Refusal(*invocation, InvokeOutcome::kShuttingDown, kShuttingDown));
    return;
  }
  invocation->function = dependencies_.source->Resolve(request.function_name, request.qualifier);
  if (invocation->function == nullptr) {
    invocation->done(Refusal(*invocation, InvokeOutcome::kFunctionNotFound,
                             "Function not found: " + request.function_name));
    return;
  }
  if (!invocation->function->ready) {
    invocation->done(
        Refusal(*invocation, InvokeOutcome::kNotReady, "The function is being created"));
    return;
  }
  if (TakePlace(invocation)) {
    Dispatch(invocation);
  }
}

bool FunctionInvoker::Core::TakePlace(const InvocationPointer& invocation) {
  const std::string& name = invocation->function->name;
  const std::optional<int64_t> reserved = dependencies_.source->ReservedConcurrency(name);
  int64_t& running = running_[name];
  const char* reason = nullptr;
  if (reserved.has_value()) {
    if (running >= *reserved) {
      reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    }
  } else if (running_unreserved_ >=
             options_.account_concurrency - dependencies_.source->TotalReservedConcurrency()) {
    reason = "ConcurrentInvocationLimitExceeded";
  }
  if (reason != nullptr) {
    if (running == 0) {
      running_.erase(name);
    }
    records_.Throttled(name);
    InvokeResult result = Refusal(*invocation, InvokeOutcome::kThrottled, "Rate Exceeded.");
    result.throttle_reason = reason;
    invocation->done(std::move(result));
    return false;
  }
  ++running;
  invocation->reserved = reserved.has_value();
  running_unreserved_ += invocation->reserved ? 0 : 1;
  records_.Started(name, invocation->reserved);
  return true;
}

void FunctionInvoker::Core::LeavePlace(const Invocation& invocation) {
  const auto running = running_.find(invocation.function->name);
  if (--running->second == 0) {
    running_.erase(running);
  }
  running_unreserved_ -= invocation.reserved ? 0 : 1;
}

void FunctionInvoker::Core::Dispatch(const InvocationPointer& invocation) {
  switch (invocation->function->executor) {
    case Executor::kProcess:
    case Executor::kCommand:
      pool_.Submit(invocation);
      return;
    case Executor::kHttp:
      http_.Submit(invocation);
      return;
    case Executor::kAttach:
      break;
  }
  const auto point = attach_points_.find(invocation->function->name);
  if (point == attach_points_.end()) {
    OnRefused(invocation, InvokeOutcome::kThrottled, "ConcurrentInvocationLimitExceeded",
              "no process is attached to the function");
    return;
  }
  point->second->Submit(invocation);
}

void FunctionInvoker::Core::OnEnded(const InvocationPointer& invocation, InvocationEnd end,
                                    const std::string& log_stream) {
  LeavePlace(*invocation);
  const RunnableFunction& function = *invocation->function;
  InvocationRecord record;
  record.request_id = invocation->id;
  record.version = function.version;
  record.trigger = invocation->request.trigger;
  record.status = StatusName(end.status);
  record.error_type = end.error_type;
  record.log_group = function.log_group;
  record.log_stream = log_stream;
  if (invocation->request.payload != nullptr) {
    record.payload_sample =
        invocation->request.payload->substr(0, InvocationRecords::kSampleSizeMax);
  }
  record.started_ms = invocation->delivered_ms;
  record.duration_us = services_.MonotonicUs() - invocation->delivered_us;
  record.init_duration_us = invocation->init_duration_us;
  records_.Ended(function.name, invocation->reserved, std::move(record));

  InvokeResult result;
  result.outcome = end.status == InvocationEnd::Status::kSuccess ? InvokeOutcome::kSucceeded
                                                                 : InvokeOutcome::kFunctionError;
  result.payload = std::move(end.payload);
  result.executed_version = function.version;
  result.request_id = invocation->id;
  if (invocation->request.wants_log_tail) {
    result.log_tail = invocation->tail.Text();
  }
  invocation->done(std::move(result));
  CheckStopped();
}

void FunctionInvoker::Core::OnRefused(const InvocationPointer& invocation, InvokeOutcome outcome,
                                      const std::string& reason, const std::string& message) {
  LeavePlace(*invocation);
  const std::string& name = invocation->function->name;
  records_.Abandoned(name, invocation->reserved);
  if (outcome == InvokeOutcome::kThrottled) {
    records_.Throttled(name);
  }
  InvokeResult result = Refusal(*invocation, outcome, message);
  result.throttle_reason = reason;
  invocation->done(std::move(result));
  CheckStopped();
}

void FunctionInvoker::Core::OnFunctionChanged(const std::string& name) {
  pool_.OnFunctionChanged(name);
  const RunnableFunctionPointer function = dependencies_.source->Resolve(name, "");
  const auto point = attach_points_.find(name);
  if (point != attach_points_.end() &&
      (function == nullptr || function->executor != Executor::kAttach)) {
    const std::shared_ptr<AttachPoint> closed = point->second;
    attach_points_.erase(point);
    closed->Close(InvokeOutcome::kFunctionNotFound, "the function has gone");
  }
  if (function == nullptr) {
    records_.Forget(name);
  }
}

Result<AttachView> FunctionInvoker::Core::Attach(const std::string& name) {
  const RunnableFunctionPointer function = dependencies_.source->Resolve(name, "");
  if (function == nullptr) {
    return Status(StatusCode::kNotFound, "there is no function " + name);
  }
  if (function->executor != Executor::kAttach) {
    return Status(StatusCode::kFailedPrecondition, "the function's executor is not attach");
  }
  ASSIGN_OR_RETURN(FunctionFiles files, dependencies_.source->Prepare(*function));
  const auto opened = std::make_shared<AttachPoint>(&services_, function, this);
  RETURN_IF_ERROR(opened->Open(std::move(files)));
  AttachView view;
  const bool ran = OnLoop([&] {
    if (!stopping_) {
      // The one that is there already keeps its port.
      view = attach_points_.emplace(name, opened).first->second->View();
    }
  });
  if (!ran || view.runtime_api.empty()) {
    return Status(StatusCode::kShuttingDown, kShuttingDown);
  }
  return view;
}

bool FunctionInvoker::Core::OnLoop(const std::function<void()>& call) {
  std::promise<void> ran;
  if (!loop_->Post([&] {
        call();
        ran.set_value();
      })) {
    return false;
  }
  ran.get_future().wait();
  return true;
}

void FunctionInvoker::Core::BeginStop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  loop_->After(options_.drain_ms, [this] { EndOthers(); });
  pool_.Stop([this] {
    pool_stopped_ = true;
    CheckStopped();
  });
  CheckStopped();
}

void FunctionInvoker::Core::EndOthers() {
  http_.Abandon();
  for (const auto& [name, point] : std::exchange(attach_points_, {})) {
    point->Close(InvokeOutcome::kShuttingDown, kShuttingDown);
  }
  CheckStopped();
}

bool FunctionInvoker::Core::OthersIdle() const {
  return http_.idle() && std::all_of(attach_points_.begin(), attach_points_.end(),
                                     [](const auto& point) { return point.second->idle(); });
}

void FunctionInvoker::Core::CheckStopped() {
  if (stopped_ != nullptr && pool_stopped_ && OthersIdle()) {
    std::exchange(stopped_, nullptr)();
  }
}

}  // namespace millrace::streams
