// Replaces the global operator new of the micro benchmarks by one that counts.

#include "bench/micro/allocations.h"

#include <cstdlib>
#include <new>

namespace {

thread_local uint64_t allocation_count = 0;

}  // namespace

namespace millrace::bench {

uint64_t AllocationCount() { return allocation_count; }

}  // namespace millrace::bench

void* operator new(std::size_t size) {
  allocation_count++;
  void* memory = std::malloc(size == 0 ? 1 : size);
  // The standard's answer is an exception; a benchmark without memory has nothing to say.
  if (memory == nullptr) std::abort();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
