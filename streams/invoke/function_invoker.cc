// The interface of the invoker.
#include "streams/invoke/function_invoker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "streams/invoke/invoker_core.h"

namespace millrace::streams {

FunctionInvoker::FunctionInvoker(InvokerOptions options, const InvokerDependencies& dependencies)
    : core_(std::make_shared<Core>(std::move(options), dependencies)) {}

FunctionInvoker::~FunctionInvoker() { Stop(); }

int64_t FunctionInvoker::DefaultRunningMax() {
  constexpr int64_t kLeast = 8;
  return std::max(kLeast, 2 * static_cast<int64_t>(std::thread::hardware_concurrency()));
}

Status FunctionInvoker::Start() { return core_->Start(core_); }

void FunctionInvoker::Stop() { core_->Stop(); }

void FunctionInvoker::Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) {
  core_->Invoke(core_, std::move(request), std::move(done));
}

InvokeStatistics FunctionInvoker::Statistics() const { return core_->records().Snapshot(); }

std::vector<InvocationRecord> FunctionInvoker::RecentInvocations(const std::string& name,
                                                                 size_t limit) const {
  return core_->records().Recent(name, limit);
}

std::vector<EnvironmentView> FunctionInvoker::Environments(const std::string& name) {
  std::vector<EnvironmentView> views;
  core_->OnLoop([&] { views = core_->pool().Views(name); });
  return views;
}

int64_t FunctionInvoker::Recycle(const std::string& name) {
  int64_t count = 0;
  core_->OnLoop([&] { count = core_->pool().Recycle(name); });
  return count;
}

Result<AttachView> FunctionInvoker::Attach(const std::string& name) { return core_->Attach(name); }

}  // namespace millrace::streams
