// A request in the steady state allocates no memory on the I/O thread. A program of its own,
// because it replaces operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "server/http/test_server.h"

namespace {

std::atomic<uint64_t> counted_allocations{0};
// The test's own thread, whose client allocates as it likes.
thread_local bool is_test_thread = false;

}  // namespace

void* operator new(size_t size) {
  if (!is_test_thread) {
    counted_allocations.fetch_add(1, std::memory_order_relaxed);
  }
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    std::abort();
  }
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace millrace::server {
namespace {

TEST(HttpAllocation, SteadyStateAllocatesNothing) {
  is_test_thread = true;
  TestServer server;
  Client client(server.port());
  const std::string request = Post("Echo", "{\"text\":\"" + std::string(300, 'a') + "\"}");
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(client.Exchange(request).status, 200);
  }
  const uint64_t before = counted_allocations.load();
  ASSERT_GT(before, 0u) << "the counter works";
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(client.Exchange(request).status, 200);
  }
  // The sweep renews the Date header meanwhile, which allocates; it runs every two milliseconds
  // here. Well below one allocation per request is what matters.
  EXPECT_LT(counted_allocations.load() - before, 250u);
}

}  // namespace
}  // namespace millrace::server
