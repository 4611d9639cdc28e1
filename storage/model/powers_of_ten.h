// Powers of ten in 128 bits, and the number of decimal digits of an integer: private to the number
// code of this folder.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "storage/model/limits.h"

namespace millrace {

// 10^0 to 10^38, the largest power of ten below 2^128.
inline constexpr auto kPowersOfTen = [] {
  std::array<unsigned __int128, limits::kNumberDigitsMax + 1> powers{};
  unsigned __int128 power = 1;
  for (unsigned __int128& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

// Decimal digits of `value`: 1 for zero, up to 39. Thread-safe.
inline int DecimalDigits(unsigned __int128 value) {
  const uint64_t high = static_cast<uint64_t>(value >> 64);
  const uint64_t low = static_cast<uint64_t>(value);
  const int bits = high != 0 ? 64 + std::bit_width(high) : std::bit_width(low | 1);
  // bits * log10(2) rounded down is the digit count or one less; 1233 / 4096 approximates log10(2)
  // well enough up to 128 bits.
  const int estimate = (bits * 1233) >> 12;
  return estimate + (value >= kPowersOfTen[estimate] ? 1 : 0) + (value == 0 ? 1 : 0);
}

}  // namespace millrace
