// The test runs alone in its process: what the allocator is told holds for all of it.
#include "server/memory/huge_pages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace millrace::server {
namespace {

constexpr size_t kMebibyte = 1 << 20;

// Address space of this process for which huge pages have been asked for.
size_t AdvisedBytes() {
  std::ifstream smaps("/proc/self/smaps");
  size_t total = 0;
  size_t size = 0;
  for (std::string line; std::getline(smaps, line);) {
    if (line.starts_with("Size:")) {
      size = std::stoul(line.substr(5)) * 1024;
    } else if (line.starts_with("VmFlags:") && line.find(" hg") != std::string::npos) {
      total += size;
    }
  }
  return total;
}

TEST(HugePagesTest, AreAskedForBeyondTheFirstMemory) {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) {
    GTEST_SKIP() << "this kernel has none";
  }
  UseHugePages(64 * kMebibyte);
  std::vector<std::unique_ptr<char[]>> memory;
  const auto take = [&](size_t bytes) {
    // Pieces that are no extents of their own.
    for (; bytes > 0; bytes -= 4096) {
      memory.push_back(std::make_unique<char[]>(4096));
    }
  };
  take(16 * kMebibyte);
  EXPECT_EQ(AdvisedBytes(), 0U);
  take(112 * kMebibyte);
  EXPECT_GE(AdvisedBytes(), 32 * kMebibyte);
}

}  // namespace
}  // namespace millrace::server
