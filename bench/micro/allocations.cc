// Replaces the global operators new of the micro benchmarks by ones that count.

#include "bench/micro/allocations.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local uint64_t allocation_count = 0;

/// Counts and allocates; without an alignment, with that of malloc.
void* Allocate(std::size_t size, std::size_t alignment) {
  allocation_count++;
  void* memory = nullptr;
  if (alignment == 0) {
    memory = std::malloc(size == 0 ? 1 : size);
  } else if (posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) != 0) {
    memory = nullptr;
  }
  // The standard's answer is an exception; a benchmark without memory has nothing to say.
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

namespace millrace::bench {

uint64_t AllocationCount() { return allocation_count; }

}  // namespace millrace::bench

// All forms: a single one that is missing would make the linker take them from the allocator's
// library, all of them at once.

void* operator new(std::size_t size) { return Allocate(size, 0); }
void* operator new[](std::size_t size) { return Allocate(size, 0); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size, 0); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Allocate(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}
