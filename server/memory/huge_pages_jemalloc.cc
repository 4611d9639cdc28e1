// jemalloc takes memory from the kernel in large extents, through hooks that each of its arenas
// has. The hook that takes one is ours; the rest stays as it was.
#include <jemalloc/jemalloc.h>
#include <sys/mman.h>

#include <atomic>
#include <string>

#include "server/memory/huge_pages.h"

namespace millrace::server {
namespace {

// Set before there are threads, and read by them.
extent_hooks_t* g_default_hooks = nullptr;
extent_hooks_t g_hooks = {};
size_t g_small_bytes_max = 0;

std::atomic<size_t> g_taken_bytes{0};

// Called by jemalloc, which may hold locks: nothing in here allocates memory.
void* TakeExtent(extent_hooks_t* /*hooks*/, void* wanted_address, size_t size, size_t alignment,
                 bool* zero, bool* commit, unsigned arena) {
  void* const address =
      g_default_hooks->alloc(g_default_hooks, wanted_address, size, alignment, zero, commit, arena);
  if (address != nullptr &&
      g_taken_bytes.fetch_add(size, std::memory_order_relaxed) >= g_small_bytes_max) {
    // Without huge pages it works as well.
    static_cast<void>(madvise(address, size, MADV_HUGEPAGE));
  }
  return address;
}

}  // namespace

void UseHugePages(size_t small_bytes_max) {
  // Without the one that jemalloc adds for pieces of 8 MiB and more (its oversize_threshold).
  unsigned arenas = 0;
  size_t arenas_size = sizeof(arenas);
  size_t hooks_size = sizeof(g_default_hooks);
  if (mallctl("opt.narenas", &arenas, &arenas_size, nullptr, 0) != 0 ||
      mallctl("arena.0.extent_hooks", &g_default_hooks, &hooks_size, nullptr, 0) != 0) {
    return;
  }
  g_small_bytes_max = small_bytes_max;
  g_hooks = *g_default_hooks;
  g_hooks.alloc = &TakeExtent;
  extent_hooks_t* hooks = &g_hooks;
  for (unsigned arena = 0; arena < arenas; ++arena) {
    // An arena that refuses goes on with small pages.
    const std::string name = "arena." + std::to_string(arena) + ".extent_hooks";
    static_cast<void>(mallctl(name.c_str(), nullptr, nullptr, &hooks, sizeof(hooks)));
  }
}

}  // namespace millrace::server
