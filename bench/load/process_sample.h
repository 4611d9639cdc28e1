// What the operating system says about a process: processor time, memory, bytes written; and
// pinning to processors. Everything here is Linux.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

/// Counters of one process at one moment. Differences of two samples belong to the time between.
struct ProcessSample {
  /// Processor time of all threads, ended ones included, in nanoseconds. The kernel's work on
  /// behalf of the process (system calls, most of the loopback) is in it.
  uint64_t cpu_ns = 0;
  /// Bytes the process caused to be sent to the storage layer; write-back of pages counts when
  /// they are dirtied.
  uint64_t write_bytes = 0;
  /// Resident memory now, in bytes.
  uint64_t resident_bytes = 0;
  /// The largest resident memory so far, in bytes.
  uint64_t resident_bytes_max = 0;
};

/// Reads the counters of `pid`. Nothing when the process does not exist or may not be looked at.
std::optional<ProcessSample> SampleProcess(pid_t pid);

/// Processor time of the calling process so far, in nanoseconds.
uint64_t OwnCpuNanoseconds();

/// Binds every present and future thread of `pid` (0: the caller) to the given processors. False
/// when the kernel refuses, for example because a processor does not exist.
bool PinProcess(pid_t pid, const std::vector<int64_t>& processors);

}  // namespace millrace::bench
