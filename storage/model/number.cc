// Parsing, arithmetic and comparison of numbers. The sortable form and the text made from it are in
// number_sortable.cc.
#include "storage/model/number.h"

#include <algorithm>
#include <limits>

#include "storage/model/limits.h"
#include "storage/model/powers_of_ten.h"

namespace millrace {
namespace {

// Exponents in texts are counted up to here. More than the length of any text, so that zeros of the
// mantissa cannot bring a larger one back into range, and far from overflow of int64_t.
constexpr int64_t kExponentCountedMax = int64_t{1} << 60;

// Integers of so many digits are safe in 64 bits.
constexpr size_t kShortDigitsMax = 18;

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// The parts of a text that follows the grammar.
struct ScannedNumber {
  bool negative = false;
  std::string_view mantissa;  // digits with at most one point
  int64_t exponent = 0;
};

// Splits `text` by the grammar. False if it does not follow it.
bool Scan(std::string_view text, ScannedNumber* scanned) {
  size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    scanned->negative = text[at] == '-';
    ++at;
  }
  const size_t mantissa_start = at;
  bool has_point = false;
  for (; at < text.size() && (IsDigit(text[at]) || (text[at] == '.' && !has_point)); ++at) {
    has_point |= text[at] == '.';
  }
  scanned->mantissa = text.substr(mantissa_start, at - mantissa_start);
  if (scanned->mantissa.size() == (has_point ? 1 : 0)) {
    return false;
  }
  if (at == text.size()) {
    return true;
  }
  if (text[at] != 'e' && text[at] != 'E') {
    return false;
  }
  ++at;
  bool exponent_negative = false;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    exponent_negative = text[at] == '-';
    ++at;
  }
  if (at == text.size()) {
    return false;
  }
  int64_t exponent = 0;
  for (; at < text.size(); ++at) {
    if (!IsDigit(text[at])) {
      return false;
    }
    if (exponent < kExponentCountedMax / 10) {
      exponent = exponent * 10 + (text[at] - '0');
    } else {
      exponent = kExponentCountedMax;
    }
  }
  scanned->exponent = exponent_negative ? -exponent : exponent;
  return true;
}

// The 128-bit value with the sign applied, if it is in the range of int64_t.
bool ApplySign(unsigned __int128 magnitude, bool negative, int64_t* value) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (magnitude > kMax + static_cast<uint64_t>(negative)) {
    return false;
  }
  const uint64_t bits = static_cast<uint64_t>(magnitude);
  *value = static_cast<int64_t>(negative ? uint64_t{0} - bits : bits);
  return true;
}

}  // namespace

Number Number::FromInt64(int64_t value) {
  Number number;
  const uint64_t bits = static_cast<uint64_t>(value);
  uint64_t magnitude = value < 0 ? uint64_t{0} - bits : bits;
  if (magnitude == 0) {
    return number;
  }
  number.negative_ = value < 0;
  while (magnitude % 10 == 0) {
    magnitude /= 10;
    ++number.exponent_;
  }
  number.coefficient_ = magnitude;
  return number;
}

NumberError Number::Parse(std::string_view text, Number* number) {
  if (text.empty()) {
    return NumberError::kEmpty;
  }
  // Short integers are nearly all of what clients send.
  const size_t start = text[0] == '-' ? 1 : 0;
  size_t end = text.size();
  if (end - start - 1 >= kShortDigitsMax) {
    return ParseGeneral(text, number);
  }
  while (end - start > 1 && text[end - 1] == '0') {
    --end;
  }
  uint64_t coefficient = 0;
  for (size_t at = start; at < end; ++at) {
    if (!IsDigit(text[at])) {
      return ParseGeneral(text, number);
    }
    coefficient = coefficient * 10 + static_cast<uint64_t>(text[at] - '0');
  }
  number->coefficient_ = coefficient;
  number->exponent_ = coefficient == 0 ? 0 : static_cast<int32_t>(text.size() - end);
  number->negative_ = start == 1 && coefficient != 0;
  return NumberError::kNone;
}

NumberError Number::ParseGeneral(std::string_view text, Number* number) {
  ScannedNumber scanned;
  if (!Scan(text, &scanned)) {
    return NumberError::kSyntax;
  }
  const std::string_view mantissa = scanned.mantissa;
  const size_t first = mantissa.find_first_not_of("0.");
  if (first == std::string_view::npos) {
    *number = Number();
    return NumberError::kNone;
  }
  const size_t last = mantissa.find_last_not_of("0.");
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t digits = last - first + (first < point && point < last ? 0 : 1);
  if (digits > limits::kNumberDigitsMax) {
    return NumberError::kPrecision;
  }
  unsigned __int128 coefficient = 0;
  for (size_t at = first; at <= last; ++at) {
    if (at != point) {
      coefficient = coefficient * 10 + static_cast<unsigned>(mantissa[at] - '0');
    }
  }
  // Places between the last digit that counts and the point: positive on its left, negative on its
  // right.
  const int64_t shift =
      last < point ? static_cast<int64_t>(point - last - 1) : -static_cast<int64_t>(last - point);
  return Normalize(scanned.negative, coefficient, scanned.exponent + shift, number);
}

NumberError Number::Normalize(bool negative, unsigned __int128 coefficient, int64_t exponent,
                              Number* number) {
  if (coefficient == 0) {
    *number = Number();
    return NumberError::kNone;
  }
  while (coefficient > std::numeric_limits<uint64_t>::max() && coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  if (coefficient <= std::numeric_limits<uint64_t>::max()) {
    uint64_t small = static_cast<uint64_t>(coefficient);
    while (small % 10 == 0) {
      small /= 10;
      ++exponent;
    }
    coefficient = small;
  }
  const int digits = DecimalDigits(coefficient);
  if (digits > limits::kNumberDigitsMax) {
    return NumberError::kPrecision;
  }
  const int64_t magnitude = exponent + digits - 1;
  if (magnitude > limits::kNumberMagnitudeMax) {
    return NumberError::kOverflow;
  }
  if (magnitude < limits::kNumberMagnitudeMin) {
    return NumberError::kUnderflow;
  }
  number->coefficient_ = coefficient;
  number->exponent_ = static_cast<int32_t>(exponent);
  number->negative_ = negative;
  return NumberError::kNone;
}

// Why 128 bits are enough. Let `low` be the operand with the smaller exponent e and `high` the
// other, and measure both in units of 10^e, so that low is its own coefficient, below 10^38.
// - Equal exponents: both are below 10^38, their sum below 2 * 10^38 < 2^128.
// - Otherwise high is a multiple of ten in these units and low, being trimmed, is not: the last
//   digit of the result is not zero, so the result can be stored only if it is below 10^38 in these
//   units. As low is below 10^38, high must then be below 2 * 10^38. If it is not, the answer is
//   kPrecision without computing; if it is, sum and difference stay below 3 * 10^38 < 2^128.
NumberError Number::Add(const Number& a, const Number& b, Number* sum) {
  if (a.IsZero() || b.IsZero()) {
    *sum = a.IsZero() ? b : a;
    return NumberError::kNone;
  }
  const Number& high = a.exponent_ >= b.exponent_ ? a : b;
  const Number& low = a.exponent_ >= b.exponent_ ? b : a;
  const int shift = high.exponent_ - low.exponent_;
  if (shift > limits::kNumberDigitsMax ||
      high.coefficient_ >= 2 * kPowersOfTen[limits::kNumberDigitsMax - shift]) {
    return NumberError::kPrecision;
  }
  const unsigned __int128 aligned = high.coefficient_ * kPowersOfTen[shift];
  if (high.negative_ == low.negative_) {
    return Normalize(high.negative_, aligned + low.coefficient_, low.exponent_, sum);
  }
  if (aligned >= low.coefficient_) {
    return Normalize(high.negative_, aligned - low.coefficient_, low.exponent_, sum);
  }
  return Normalize(low.negative_, low.coefficient_ - aligned, low.exponent_, sum);
}

NumberError Number::Subtract(const Number& a, const Number& b, Number* difference) {
  Number negated = b;
  negated.negative_ = !b.negative_ && !b.IsZero();
  return Add(a, negated, difference);
}

int Number::Compare(const Number& a, const Number& b) {
  const int sign_a = a.IsZero() ? 0 : (a.negative_ ? -1 : 1);
  const int sign_b = b.IsZero() ? 0 : (b.negative_ ? -1 : 1);
  if (sign_a != sign_b || sign_a == 0) {
    return sign_a - sign_b;
  }
  const int digits_a = DecimalDigits(a.coefficient_);
  const int digits_b = DecimalDigits(b.coefficient_);
  const int top_a = a.exponent_ + digits_a;
  const int top_b = b.exponent_ + digits_b;
  if (top_a != top_b) {
    return top_a < top_b ? -sign_a : sign_a;
  }
  // Equal magnitudes: bring both to as many digits as the longer has, at most 38.
  unsigned __int128 aligned_a = a.coefficient_;
  unsigned __int128 aligned_b = b.coefficient_;
  if (digits_a < digits_b) {
    aligned_a *= kPowersOfTen[digits_b - digits_a];
  } else {
    aligned_b *= kPowersOfTen[digits_a - digits_b];
  }
  if (aligned_a == aligned_b) {
    return 0;
  }
  return aligned_a < aligned_b ? -sign_a : sign_a;
}

bool Number::ToInt64(int64_t* value) const {
  // 10^19 is beyond the range, so larger exponents cannot fit.
  constexpr int kDigitsMax = 19;
  if (exponent_ < 0 || exponent_ + DecimalDigits(coefficient_) > kDigitsMax) {
    return false;
  }
  return ApplySign(coefficient_ * kPowersOfTen[exponent_], negative_, value);
}

int64_t Number::FloorToInt64() const {
  const int64_t limit =
      negative_ ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  int64_t value = 0;
  if (exponent_ >= 0) {
    return ToInt64(&value) ? value : limit;
  }
  // The last digit of the coefficient is not zero, so there is always a fraction to round away.
  const unsigned __int128 whole =
      -exponent_ <= limits::kNumberDigitsMax ? coefficient_ / kPowersOfTen[-exponent_] : 0;
  return ApplySign(whole + (negative_ ? 1 : 0), negative_, &value) ? value : limit;
}

}  // namespace millrace
