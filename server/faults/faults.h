// What stands between the store and the disk. Which of the two implementations a program has is
// decided when it is linked.
#pragma once

#include <memory>

#include "storage/engine/file_system_hook.h"

namespace millrace::server {

// nullptr: nothing, which is all that a release build knows. Otherwise the faults of the file that
// --fault_plan names; a power cut ends the process. After the flags have been read.
std::unique_ptr<engine::FileSystemHook> MakeFileSystemHook();

}  // namespace millrace::server
