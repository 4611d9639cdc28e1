// A program that leaves its disk alone.
#include "server/faults/faults.h"

namespace millrace::server {

std::unique_ptr<engine::FileSystemHook> MakeFileSystemHook() { return nullptr; }

}  // namespace millrace::server
