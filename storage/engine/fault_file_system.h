// A disk that fails when it is told to, under a store that is otherwise real: writes, syncs and
// reads that fail or are cut short, a disk that is full, wrong bytes, and power cuts that lose what
// was not synced. For tests; linked into no release build.
//
// One object is the time between two power cuts: after a cut every operation fails, and what lies
// in the folder is what a machine would find when it starts again, for a new object or none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/fault_plan.h"
#include "storage/engine/file_system_hook.h"

namespace millrace::engine {

struct FaultStatistics {
  uint64_t sync_points = 0;  // syncs of files and folders so far
  uint64_t faults = 0;       // operations that went wrong as they were told to, power cuts included
  bool power_is_cut = false;
};

// Thread-safe. The store that uses it must be closed before it goes.
class FaultFileSystem final : public FileSystemHook {
 public:
  FaultFileSystem();
  ~FaultFileSystem() override;

  // From now on these faults and no others; counting begins anew.
  void SetFaults(std::vector<Fault> faults);
  // Takes the faults from a file (see ParseFaults), and again whenever another file is there under
  // its name; none while there is no file. It is looked at before every operation. Lines that are
  // not understood end the process: what a test says must not be missed.
  void FollowPlan(const std::string& path);
  // Runs at a power cut, once what was not synced is lost and before any operation goes on. May end
  // the process.
  void OnPowerCut(std::function<void()> function);
  // Cuts the power now, see Fault::torn_seed.
  Status CutPower(uint64_t torn_seed = 0);

  FaultStatistics statistics() const;

  std::unique_ptr<rocksdb::Env> MakeEnvironment() override;

 private:
  const std::shared_ptr<class FaultState> state_;
};

// Changes one bit of the file.
Status FlipBit(const std::string& path, uint64_t offset);

}  // namespace millrace::engine
