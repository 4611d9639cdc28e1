// Randomness comes in through Random, so that tests can seed it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace millrace {

// Source of random bytes. Thread-safety is said by each implementation.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next64() = 0;
};

// Unpredictable bytes from the operating system, drawn in blocks per thread. Thread-safe.
class SystemRandom final : public Random {
 public:
  uint64_t Next64() override;
};

// A repeatable sequence (SplitMix64). Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override;

 private:
  uint64_t state_;
};

// A random UUID of version 4 in its usual text form, 36 characters.
std::string NewUuid(Random* random);

}  // namespace millrace
