// For tests: a decimal number as an array of digits around a fixed point, as slow and as simple as
// on paper, and without any of the techniques of number.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/model/number.h"

namespace millrace {

// Holds what tests can produce: powers of ten from kPowerMin to -kPowerMin - 1.
class DecimalModel {
 public:
  static constexpr int kPowerMin = -250;
  static constexpr int kPlaces = 500;

  DecimalModel() { digits_.fill(0); }
  // From a text of the grammar whose digits all lie in the range above.
  static DecimalModel FromText(std::string_view text);

  static DecimalModel Add(const DecimalModel& a, const DecimalModel& b);
  static DecimalModel Negate(const DecimalModel& a);
  static int Compare(const DecimalModel& a, const DecimalModel& b);

  bool IsZero() const;
  bool negative() const { return negative_; }
  // What DynamoDB says of storing it: kNone, kPrecision, kOverflow or kUnderflow.
  NumberError Check() const;
  std::string CanonicalText() const;
  uint32_t DynamoSize() const;

 private:
  int Highest() const;  // power of the first digit that is not zero
  int Lowest() const;   // power of the last one
  int DigitAt(int power) const { return digits_[static_cast<size_t>(power - kPowerMin)]; }
  static int CompareMagnitudes(const DecimalModel& a, const DecimalModel& b);

  bool negative_ = false;
  std::array<int8_t, kPlaces> digits_;
};

}  // namespace millrace
