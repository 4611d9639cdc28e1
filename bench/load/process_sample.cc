// Readers of /proc. Processor time comes from the process clock instead of /proc/<pid>/stat: that
// file counts in hundredths of a second, too coarse for short runs.

#include "bench/load/process_sample.h"

#include <dirent.h>
#include <sched.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "bench/load/monotonic_clock.h"

namespace millrace::bench {
namespace {

uint64_t ToNanoseconds(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * kNanosecondsPerSecond +
         static_cast<uint64_t>(time.tv_nsec);
}

/// The number after `name` in a file of "name value" lines; nothing when the file or line is
/// absent.
std::optional<uint64_t> ReadField(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    if (word != name) continue;
    uint64_t value = 0;
    if (file >> value) return value;
    return std::nullopt;
  }
  return std::nullopt;
}

bool PinThread(pid_t thread, const std::vector<int64_t>& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int64_t processor : processors) {
    if (processor < 0 || processor >= CPU_SETSIZE) return false;
    CPU_SET(static_cast<int>(processor), &set);
  }
  return sched_setaffinity(thread, sizeof set, &set) == 0;
}

}  // namespace

std::optional<ProcessSample> SampleProcess(pid_t pid) {
  ProcessSample sample;
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return std::nullopt;
  }
  sample.cpu_ns = ToNanoseconds(time);
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto resident_kb = ReadField(directory + "/status", "VmRSS:");
  const auto resident_kb_max = ReadField(directory + "/status", "VmHWM:");
  const auto write_bytes = ReadField(directory + "/io", "write_bytes:");
  if (!resident_kb || !resident_kb_max || !write_bytes) return std::nullopt;
  sample.resident_bytes = *resident_kb * 1024;
  sample.resident_bytes_max = *resident_kb_max * 1024;
  sample.write_bytes = *write_bytes;
  return sample;
}

uint64_t OwnCpuNanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return ToNanoseconds(time);
}

bool PinProcess(pid_t pid, const std::vector<int64_t>& processors) {
  if (pid == 0) return PinThread(0, processors);
  const std::string path = "/proc/" + std::to_string(pid) + "/task";
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return false;
  bool pinned = true;
  while (const dirent* entry = readdir(directory)) {
    const int thread = std::atoi(entry->d_name);
    if (thread > 0) pinned = PinThread(thread, processors) && pinned;
  }
  closedir(directory);
  return pinned;
}

}  // namespace millrace::bench
