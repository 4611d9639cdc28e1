// Random bytes from the operating system or from a seed, and UUIDs made of them.
#include "storage/base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "storage/base/check.h"

namespace millrace {
namespace {

// A block of at most 256 bytes is never delivered in part, and pays one system call for 32 draws.
struct Block {
  std::array<uint64_t, 32> words;
  size_t used = 32;
};

void Refill(Block* block) {
  ssize_t count;
  do {
    count = getrandom(block->words.data(), sizeof(block->words), 0);
  } while (count < 0 && errno == EINTR);
  // Identifiers and hash seeds must not become predictable, so there is nothing to fall back on.
  CHECK(count == static_cast<ssize_t>(sizeof(block->words)));
  block->used = 0;
}

}  // namespace

uint64_t SystemRandom::Next64() {
  static thread_local Block block;
  if (block.used == block.words.size()) {
    Refill(&block);
  }
  const uint64_t word = block.words[block.used];
  // A value that was handed out must not be found in memory later.
  block.words[block.used++] = 0;
  return word;
}

uint64_t SeededRandom::Next64() {
  state_ += 0x9E3779B97F4A7C15;
  uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

std::string NewUuid(Random* random) {
  static constexpr char kDigits[] = "0123456789abcdef";
  uint64_t high = random->Next64();
  uint64_t low = random->Next64();
  high = (high & ~uint64_t{0xF000}) | 0x4000;                // version 4
  low = (low & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);  // variant 10 of RFC 4122
  std::string text(36, '-');
  int digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      continue;
    }
    const uint64_t half = digit < 16 ? high : low;
    text[i] = kDigits[(half >> (60 - 4 * (digit % 16))) & 0x0F];
    ++digit;
  }
  return text;
}

}  // namespace millrace
