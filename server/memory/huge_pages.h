// Memory in huge pages. A database of some size touches its caches and memtables at random places,
// and with pages of 4 KiB the processor then has to look most of the pages up, which on a virtual
// machine takes longer than reading the memory itself.
#pragma once

#include <cstddef>

namespace millrace::server {

// Makes the memory allocator ask for transparent huge pages (madvise with MADV_HUGEPAGE) for what
// it takes from the kernel once it has taken `small_bytes_max` bytes of address space. Up to there
// the process keeps small pages, since a huge one is resident as a whole when it is first touched.
// Pieces of 8 MiB and more keep small pages, too: here they are large requests, which come and go.
// Does nothing if the allocator is not jemalloc, or the kernel gives no huge pages. To be called at
// most once, before any thread is started.
void UseHugePages(size_t small_bytes_max);

}  // namespace millrace::server
