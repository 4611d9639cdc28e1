// What the files of a FaultFileSystem share: the faults, what is not synced, and whether there is
// power. For tests; linked into no release build.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/engine/fault_file_system.h"
#include "storage/engine/fault_plan.h"
#include "storage/engine/unsynced_files.h"

namespace millrace::engine {

// Whoever changes files holds the mutex meanwhile, so that a power cut finds them in a state
// between two changes.
class FaultState {
 public:
  Mutex mutex;

  UnsyncedFiles* files() REQUIRES(mutex) { return &files_; }
  bool power_is_cut() const REQUIRES(mutex) { return power_is_cut_; }

  void SetFaults(std::vector<Fault> faults) REQUIRES(mutex);
  void FollowPlan(const std::string& path) REQUIRES(mutex) { plan_path_ = path; }
  void OnPowerCut(std::function<void()> function) REQUIRES(mutex);

  // Before an operation: what is to become of it. Cuts the power if it is the one for that.
  FaultDecision Begin(FileOperation operation, std::string_view path, size_t size) REQUIRES(mutex);
  Status CutPower(uint64_t seed) REQUIRES(mutex);
  FaultStatistics statistics() const REQUIRES(mutex);

 private:
  void ReadPlan() REQUIRES(mutex);

  UnsyncedFiles files_ GUARDED_BY(mutex);
  FaultCounter counter_ GUARDED_BY(mutex);
  std::function<void()> on_power_cut_ GUARDED_BY(mutex);
  std::string plan_path_ GUARDED_BY(mutex);
  struct stat plan_ GUARDED_BY(mutex) = {};  // of the file that was read; zeros: none
  uint64_t sync_points_ GUARDED_BY(mutex) = 0;
  bool power_is_cut_ GUARDED_BY(mutex) = false;
};

}  // namespace millrace::engine
