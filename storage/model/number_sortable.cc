// The sortable form of numbers, and the canonical text, which is written straight from it because
// that is what every reply does. storage/codec/FORMAT.md describes the layout.
#include <algorithm>
#include <array>
#include <cstring>

#include "storage/model/limits.h"
#include "storage/model/number.h"
#include "storage/model/powers_of_ten.h"

namespace millrace {
namespace {

constexpr uint8_t kNegative = 0x01;
constexpr uint8_t kZero = 0x02;
constexpr uint8_t kPositive = 0x03;
constexpr int kExponentBias = 128;
// Exponents of base 100: 0.01 * 100^-64 is 1E-130, and 0.99... * 100^63 is just below 1E126.
constexpr int kExponentMin = -64;
constexpr int kExponentMax = 63;
constexpr size_t kPairsMax = 20;
// Sign, exponent, at least one pair, terminator.
constexpr size_t kNonZeroSizeMin = 4;

// "00" to "99", one after the other.
constexpr auto kPairTexts = [] {
  std::array<char, 200> texts{};
  for (size_t pair = 0; pair < 100; ++pair) {
    texts[2 * pair] = static_cast<char>('0' + pair / 10);
    texts[2 * pair + 1] = static_cast<char>('0' + pair % 10);
  }
  return texts;
}();

// A sortable form taken apart: 0.PPPP... * 100^exponent.
struct Pairs {
  bool negative = false;
  int exponent = 0;
  size_t count = 0;  // 0 for zero
  std::array<uint8_t, kPairsMax> values;

  // A leading or trailing zero digit inside the outer pairs.
  int leading_zeros() const { return values[0] < 10 ? 1 : 0; }
  int trailing_zeros() const { return values[count - 1] % 10 == 0 ? 1 : 0; }
  int digits() const { return static_cast<int>(2 * count) - leading_zeros() - trailing_zeros(); }
};

// Reads the form at the front of `bytes`. Returns the bytes it takes, 0 when it is malformed.
size_t ReadPairs(std::string_view bytes, Pairs* pairs) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (!bytes.empty() && data[0] == kZero) {
    return 1;
  }
  if (bytes.size() < kNonZeroSizeMin || (data[0] != kPositive && data[0] != kNegative)) {
    return 0;
  }
  pairs->negative = data[0] == kNegative;
  const uint8_t flip = pairs->negative ? 0xFF : 0x00;
  pairs->exponent = (data[1] ^ flip) - kExponentBias;
  if (pairs->exponent < kExponentMin || pairs->exponent > kExponentMax) {
    return 0;
  }
  const size_t end = std::min(bytes.size(), Number::kSortableSizeMax);
  size_t at = 2;
  for (; at < end && data[at] != flip; ++at) {
    // Pairs are stored as 1 to 100; what is no pair, or one too many, ends up out of range here.
    const uint8_t pair = static_cast<uint8_t>((data[at] ^ flip) - 1);
    if (pair > 99 || pairs->count == kPairsMax) {
      return 0;
    }
    pairs->values[pairs->count++] = pair;
  }
  if (at == end || pairs->count == 0 || pairs->values[0] == 0 ||
      pairs->values[pairs->count - 1] == 0 ||
      (pairs->count == kPairsMax && pairs->digits() > limits::kNumberDigitsMax)) {
    return 0;
  }
  return at + 1;
}

// Appends pairs [from, to) to `out`; those behind the last one are zero.
char* WritePairs(const Pairs& pairs, size_t from, size_t to, char* out) {
  const size_t stored = std::min(to, pairs.count);
  for (size_t index = from; index < stored; ++index, out += 2) {
    std::memcpy(out, &kPairTexts[2 * pairs.values[index]], 2);
  }
  if (to > std::max(from, stored)) {
    const size_t zeros = 2 * (to - std::max(from, stored));
    std::memset(out, '0', zeros);
    out += zeros;
  }
  return out;
}

// Writes the canonical text of a non-zero number; returns its end.
char* WriteText(const Pairs& pairs, char* out) {
  if (pairs.negative) {
    *out++ = '-';
  }
  size_t integer_pairs = 0;
  if (pairs.exponent > 0) {
    integer_pairs = static_cast<size_t>(pairs.exponent);
    size_t from = 0;
    if (pairs.values[0] < 10) {
      *out++ = static_cast<char>('0' + pairs.values[0]);
      from = 1;
    }
    out = WritePairs(pairs, from, integer_pairs, out);
    if (integer_pairs >= pairs.count) {
      return out;
    }
    *out++ = '.';
  } else {
    *out++ = '0';
    *out++ = '.';
    const size_t zeros = 2 * static_cast<size_t>(-pairs.exponent);
    std::memset(out, '0', zeros);
    out += zeros;
  }
  out = WritePairs(pairs, integer_pairs, pairs.count, out);
  return out - pairs.trailing_zeros();
}

// The size DynamoDB charges for a non-zero number of `digits` digits, of which `before_point` (if
// that many there are) lie before the point.
uint32_t ChargedSize(bool negative, int digits, int before_point) {
  const int before = std::clamp(before_point, 0, digits);
  const int behind = digits - before;
  return static_cast<uint32_t>(1 + (before + 1) / 2 + (behind + 1) / 2 + (negative ? 1 : 0));
}

// The decimal digits of `coefficient`, right-aligned in `out` of 40 characters; returns the first.
char* WriteDigits(unsigned __int128 coefficient, char* out) {
  constexpr uint64_t kHalf = 10'000'000'000'000'000'000u;
  constexpr int kHalfDigits = 19;
  char* at = out + 40;
  uint64_t part = static_cast<uint64_t>(coefficient);
  if (coefficient >= kHalf) {
    part = static_cast<uint64_t>(coefficient / kHalf);
    uint64_t low = static_cast<uint64_t>(coefficient % kHalf);
    for (int digit = 0; digit < kHalfDigits; ++digit, low /= 10) {
      *--at = static_cast<char>('0' + low % 10);
    }
  }
  for (; part != 0; part /= 10) {
    *--at = static_cast<char>('0' + part % 10);
  }
  return at;
}

}  // namespace

size_t Number::WriteSortable(char* out) const {
  if (IsZero()) {
    out[0] = static_cast<char>(kZero);
    return 1;
  }
  // An even power of ten, so that pairs of digits line up with powers of a hundred: an odd one
  // gives a zero to the end of the digits, and an odd count of digits a zero to their start.
  char digits[42];
  digits[40] = '0';
  const char* first = WriteDigits(coefficient_, digits);
  const bool odd = (exponent_ & 1) != 0;
  const char* end = digits + 40 + (odd ? 1 : 0);
  const int even_exponent = exponent_ - (odd ? 1 : 0);
  const int count = static_cast<int>(end - first);
  const uint8_t flip = negative_ ? 0xFF : 0x00;
  const int exponent = even_exponent / 2 + (count + 1) / 2;

  char* at = out;
  *at++ = static_cast<char>(negative_ ? kNegative : kPositive);
  *at++ = static_cast<char>((exponent + kExponentBias) ^ flip);
  if (count % 2 != 0) {
    *at++ = static_cast<char>((*first++ - '0' + 1) ^ flip);
  }
  for (; first != end; first += 2) {
    *at++ = static_cast<char>(((first[0] - '0') * 10 + (first[1] - '0') + 1) ^ flip);
  }
  *at++ = static_cast<char>(flip);
  return static_cast<size_t>(at - out);
}

void Number::AppendSortable(std::string* out) const {
  char sortable[kSortableSizeMax];
  out->append(sortable, WriteSortable(sortable));
}

size_t Number::ReadSortable(std::string_view bytes, Number* number) {
  Pairs pairs;
  const size_t size = ReadPairs(bytes, &pairs);
  if (size == 0) {
    return 0;
  }
  *number = Number();
  if (pairs.count == 0) {
    return size;
  }
  const size_t last = pairs.count - 1;
  unsigned __int128 coefficient = 0;
  for (size_t index = 0; index < last; ++index) {
    coefficient = coefficient * 100 + pairs.values[index];
  }
  const bool trailing_zero = pairs.trailing_zeros() != 0;
  number->coefficient_ = trailing_zero ? coefficient * 10 + pairs.values[last] / 10
                                       : coefficient * 100 + pairs.values[last];
  number->exponent_ =
      2 * (pairs.exponent - static_cast<int>(pairs.count)) + (trailing_zero ? 1 : 0);
  number->negative_ = pairs.negative;
  return size;
}

char* Number::WriteSortableAsText(std::string_view sortable, char* out) {
  Pairs pairs;
  const size_t size = ReadPairs(sortable, &pairs);
  if (size == 0 || size != sortable.size()) {
    return nullptr;
  }
  if (pairs.count == 0) {
    *out++ = '0';
    return out;
  }
  return WriteText(pairs, out);
}

bool Number::AppendSortableAsText(std::string_view sortable, std::string* out) {
  char text[kTextRoom];
  const char* const end = WriteSortableAsText(sortable, text);
  if (end == nullptr) {
    return false;
  }
  out->append(text, static_cast<size_t>(end - text));
  return true;
}

uint32_t Number::SortableDynamoSize(std::string_view sortable) {
  Pairs pairs;
  const size_t size = ReadPairs(sortable, &pairs);
  if (size == 0 || size != sortable.size()) {
    return 0;
  }
  if (pairs.count == 0) {
    return 1;
  }
  return ChargedSize(pairs.negative, pairs.digits(), 2 * pairs.exponent - pairs.leading_zeros());
}

uint32_t Number::DynamoSize() const {
  if (IsZero()) {
    return 1;
  }
  const int digits = DecimalDigits(coefficient_);
  return ChargedSize(negative_, digits, digits + exponent_);
}

std::string Number::ToString() const {
  std::string text;
  AppendTo(&text);
  return text;
}

void Number::AppendTo(std::string* out) const {
  char sortable[kSortableSizeMax];
  AppendSortableAsText(std::string_view(sortable, WriteSortable(sortable)), out);
}

}  // namespace millrace
