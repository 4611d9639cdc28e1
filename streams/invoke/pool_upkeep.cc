// What the pool does without being asked: environments that have been idle for too long or whose
// revision is no more, provisioned ones, and memory.
#include <algorithm>
#include <utility>

#include "streams/invoke/environment_pool.h"
#include "streams/invoke/process_memory.h"

namespace millrace::streams {
namespace {

constexpr int64_t kSweepMsMin = 10;
constexpr int64_t kSweepMsMax = 5'000;

bool IsProcess(const RunnableFunction& function) {
  return function.executor == Executor::kProcess || function.executor == Executor::kCommand;
}

bool SameRevision(const RunnableFunction& left, const RunnableFunction& right) {
  return left.version == right.version && left.revision_id == right.revision_id;
}

}  // namespace

void EnvironmentPool::Start() {
  ReadProvisions();
  FillProvisions();
}

void EnvironmentPool::OnFunctionChanged(const std::string& name) {
  if (draining_) {
    return;
  }
  if (const auto group = groups_.find(name); group != groups_.end()) {
    const std::vector<EnvironmentPointer> environments = group->second.environments;
    for (const EnvironmentPointer& environment : environments) {
      const RunnableFunction& function = environment->function();
      const RunnableFunctionPointer now =
          services_.dependencies.source->Resolve(name, function.version);
      if (now == nullptr || !SameRevision(*now, function)) {
        environment->Retire();
      }
    }
  }
  ReadProvisions();
  FillProvisions();
}

int64_t EnvironmentPool::Recycle(const std::string& name) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) {
    return 0;
  }
  const std::vector<EnvironmentPointer> environments = group->second.environments;
  for (const EnvironmentPointer& environment : environments) {
    environment->Retire();
  }
  return static_cast<int64_t>(environments.size());
}

void EnvironmentPool::ScheduleSweep() {
  if (sweeping_) {
    return;
  }
  sweeping_ = true;
  services_.loop->After(std::clamp(services_.options.idle_timeout_ms / 4, kSweepMsMin, kSweepMsMax),
                        [this] { SweepIdle(); });
}

void EnvironmentPool::SweepIdle() {
  sweeping_ = false;
  const int64_t before_us = services_.MonotonicUs() - services_.options.idle_timeout_ms * 1000;
  for (const EnvironmentPointer& environment : All()) {
    const RunnableFunction& function = environment->function();
    if (!environment->resting() || environment->last_used_us() > before_us) {
      continue;
    }
    if (!environment->available()) {
      // Its process has answered long ago and still does not ask for more: it never will.
      environment->Retire();
      continue;
    }
    const Group& group = groups_[function.name];
    const auto same = std::count_if(group.environments.begin(), group.environments.end(),
                                    [&function](const EnvironmentPointer& other) {
                                      return SameRevision(other->function(), function);
                                    });
    if (same > ProvisionedCount(group, function)) {
      environment->Retire();
    }
  }
  if (environments_ > 0) {
    ScheduleSweep();
  }
}

int64_t EnvironmentPool::ProvisionedCount(const Group& group,
                                          const RunnableFunction& function) const {
  for (const Provision& provision : group.provisions) {
    if (SameRevision(*provision.function, function)) {
      return provision.count;
    }
  }
  return 0;
}

void EnvironmentPool::ReadProvisions() {
  for (auto group = groups_.begin(); group != groups_.end();) {
    group->second.provisions.clear();
    group = group->second.environments.empty() ? groups_.erase(group) : std::next(group);
  }
  FunctionSource* const source = services_.dependencies.source;
  for (const ProvisionedFunction& wanted : source->Provisioned()) {
    const RunnableFunctionPointer function = source->Resolve(wanted.name, wanted.qualifier);
    if (function == nullptr || !function->ready || !IsProcess(*function) ||
        wanted.environment_count <= 0) {
      continue;
    }
    std::vector<Provision>& provisions = groups_[function->name].provisions;
    const auto same =
        std::find_if(provisions.begin(), provisions.end(), [&function](const Provision& provision) {
          return SameRevision(*provision.function, *function);
        });
    if (same == provisions.end()) {
      provisions.push_back({function, wanted.environment_count});
    } else {
      // A version and an alias of it.
      same->count += wanted.environment_count;
    }
  }
}

void EnvironmentPool::FillProvisions() {
  if (draining_) {
    return;
  }
  std::vector<Provision> missing;
  for (const auto& [name, group] : groups_) {
    for (const Provision& provision : group.provisions) {
      const auto there =
          std::count_if(group.environments.begin(), group.environments.end(),
                        [&provision](const EnvironmentPointer& environment) {
                          return SameRevision(environment->function(), *provision.function);
                        });
      missing.push_back({provision.function, provision.count - there});
    }
  }
  Environment::Kind kind;
  kind.provisioned = true;
  for (const Provision& some : missing) {
    for (int64_t index = 0;
         index < some.count && environments_ < services_.options.environments_max; ++index) {
      StartEnvironment(some.function, kind, nullptr);
    }
  }
}

void EnvironmentPool::ScheduleSample() {
  if (!sampling_) {
    sampling_ = true;
    services_.loop->After(services_.options.memory_sample_ms, [this] { Sample(); });
  }
}

void EnvironmentPool::Sample() {
  sampling_ = false;
  std::vector<std::pair<EnvironmentPointer, int64_t>> sizes;
  for (const EnvironmentPointer& environment : All()) {
    if (environment->process() != 0 && environment->state() != Environment::State::kIdle) {
      environment->FlushLog();
      sizes.emplace_back(environment, environment->process());
    }
  }
  if (sizes.empty()) {
    if (running_ > 0) {
      ScheduleSample();
    }
    return;
  }
  sampling_ = true;
  const auto measure = [this, sizes = std::move(sizes)]() mutable {
    for (auto& [environment, size] : sizes) {
      size = TreeResidentBytes(static_cast<pid_t>(size));
    }
    services_.loop->Post([this, sizes = std::move(sizes)] { OnSampled(sizes); });
  };
  if (!services_.workers->Post(measure)) {
    sampling_ = false;
    ScheduleSample();
  }
}

void EnvironmentPool::OnSampled(const std::vector<std::pair<EnvironmentPointer, int64_t>>& sizes) {
  for (const auto& [environment, size] : sizes) {
    environment->OnMemory(size);
  }
  sampling_ = false;
  if (running_ > 0) {
    ScheduleSample();
  }
}

}  // namespace millrace::streams
