// A program whose disk fails when a file says so, for tests.
#include "server/faults/faults.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "server/flags/fault_flags.h"
#include "storage/engine/fault_file_system.h"

namespace millrace::server {
namespace {

constexpr int kExitPowerCut = 86;

}  // namespace

std::unique_ptr<engine::FileSystemHook> MakeFileSystemHook() {
  const std::string path = FaultPlanFile();
  if (path.empty()) {
    return nullptr;
  }
  std::fprintf(stderr, "millrace: --fault_plan: this server fails as %s says.\n", path.c_str());
  auto disk = std::make_unique<engine::FaultFileSystem>();
  disk->FollowPlan(path);
  // A machine without power does nothing more, least of all in order.
  disk->OnPowerCut([] { _exit(kExitPowerCut); });
  return disk;
}

}  // namespace millrace::server
