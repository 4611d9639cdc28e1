// For programs with another allocator: those of sanitizers, for example.
#include "server/memory/huge_pages.h"

namespace millrace::server {

void UseHugePages(size_t /*small_bytes_max*/) {}

}  // namespace millrace::server
