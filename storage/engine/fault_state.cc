// Faults are found here, by whoever is about to do something with a file.
#include "storage/engine/fault_state.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/log.h"

namespace millrace::engine {

void FaultState::SetFaults(std::vector<Fault> faults) { counter_.Set(std::move(faults)); }

void FaultState::OnPowerCut(std::function<void()> function) { on_power_cut_ = std::move(function); }

// Reads the plan if there is another one than before.
void FaultState::ReadPlan() {
  if (plan_path_.empty()) {
    return;
  }
  struct stat now = {};
  if (stat(plan_path_.c_str(), &now) != 0) {
    now = {};
  }
  if (now.st_ino == plan_.st_ino && now.st_mtim.tv_sec == plan_.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == plan_.st_mtim.tv_nsec && now.st_size == plan_.st_size) {
    return;
  }
  plan_ = now;
  std::ifstream file(plan_path_);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Result<std::vector<Fault>> faults = ParseFaults(text);
  if (!faults.ok()) {
    Log(LogLevel::kError, "the plan of faults: " + std::string(faults.status().message()));
    FlushLog();
  }
  CHECK(faults.ok());
  counter_.Set(std::move(faults).value());
}

FaultDecision FaultState::Begin(FileOperation operation, std::string_view path, size_t size) {
  FaultDecision decision;
  if (power_is_cut_) {
    decision.hit = true;
    return decision;
  }
  ReadPlan();
  if (operation == FileOperation::kSync) {
    ++sync_points_;
  }
  decision = counter_.Count(operation, path, size);
  if (decision.hit && decision.effect == Fault::Effect::kPowerCut) {
    const Status status = CutPower(decision.torn_seed);
    if (!status.ok()) {
      std::fprintf(stderr, "the power cut failed: %s\n", status.ToString().c_str());
    }
    CHECK(status.ok());
  }
  return decision;
}

Status FaultState::CutPower(uint64_t seed) {
  if (power_is_cut_) {
    return Status::Ok();
  }
  power_is_cut_ = true;
  RETURN_IF_ERROR(files_.CutPower(seed));
  if (on_power_cut_ != nullptr) {
    on_power_cut_();
  }
  return Status::Ok();
}

FaultStatistics FaultState::statistics() const {
  return {sync_points_, counter_.hits(), power_is_cut_};
}

FaultFileSystem::FaultFileSystem() : state_(std::make_shared<FaultState>()) {}
FaultFileSystem::~FaultFileSystem() = default;

void FaultFileSystem::SetFaults(std::vector<Fault> faults) {
  MutexLock lock(&state_->mutex);
  state_->SetFaults(std::move(faults));
}

void FaultFileSystem::FollowPlan(const std::string& path) {
  MutexLock lock(&state_->mutex);
  state_->FollowPlan(path);
}

void FaultFileSystem::OnPowerCut(std::function<void()> function) {
  MutexLock lock(&state_->mutex);
  state_->OnPowerCut(std::move(function));
}

Status FaultFileSystem::CutPower(uint64_t torn_seed) {
  MutexLock lock(&state_->mutex);
  return state_->CutPower(torn_seed);
}

FaultStatistics FaultFileSystem::statistics() const {
  MutexLock lock(&state_->mutex);
  return state_->statistics();
}

Status FlipBit(const std::string& path, uint64_t offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(offset));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  return file.good() && byte >= 0 ? Status::Ok()
                                  : Status(StatusCode::kIoError, "cannot change a bit of " + path);
}

}  // namespace millrace::engine
