// How much memory processes use, as the system tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace millrace::streams {

// Resident memory in bytes of a process and of what it has started, now; 0 when it is gone.
// Thread-safe. Costs some tens of microseconds.
int64_t TreeResidentBytes(pid_t process);

// The most resident memory in bytes that the process itself has had; 0 when it is gone.
// Thread-safe.
int64_t PeakResidentBytes(pid_t process);

}  // namespace millrace::streams
