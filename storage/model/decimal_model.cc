// Paper-and-pencil arithmetic.
#include "storage/model/decimal_model.h"

#include <algorithm>
#include <cctype>

#include "storage/base/check.h"

namespace millrace {

DecimalModel DecimalModel::FromText(std::string_view text) {
  DecimalModel model;
  std::string mantissa(text.substr(0, text.find_first_of("eE")));
  const int exponent =
      mantissa.size() == text.size() ? 0 : std::stoi(std::string(text.substr(mantissa.size() + 1)));
  if (mantissa[0] == '-' || mantissa[0] == '+') {
    model.negative_ = mantissa[0] == '-';
    mantissa.erase(0, 1);
  }
  int power = exponent - 1 + static_cast<int>(std::min(mantissa.find('.'), mantissa.size()));
  for (const char c : mantissa) {
    if (c == '.') {
      continue;
    }
    if (c != '0') {
      CHECK(std::isdigit(static_cast<unsigned char>(c)) && power >= kPowerMin &&
            power < kPowerMin + kPlaces);
      model.digits_[static_cast<size_t>(power - kPowerMin)] = static_cast<int8_t>(c - '0');
    }
    --power;
  }
  model.negative_ = model.negative_ && !model.IsZero();
  return model;
}

DecimalModel DecimalModel::Add(const DecimalModel& a, const DecimalModel& b) {
  DecimalModel sum;
  const bool a_larger = CompareMagnitudes(a, b) >= 0;
  const DecimalModel& large = a_larger ? a : b;
  const DecimalModel& small = a_larger ? b : a;
  const int sign = a.negative_ == b.negative_ ? 1 : -1;
  int carry = 0;
  for (size_t place = 0; place < kPlaces; ++place) {
    int digit = large.digits_[place] + sign * small.digits_[place] + carry;
    carry = 0;
    if (digit > 9) {
      digit -= 10;
      carry = 1;
    } else if (digit < 0) {
      digit += 10;
      carry = -1;
    }
    sum.digits_[place] = static_cast<int8_t>(digit);
  }
  CHECK(carry == 0);
  sum.negative_ = large.negative_ && !sum.IsZero();
  return sum;
}

DecimalModel DecimalModel::Negate(const DecimalModel& a) {
  DecimalModel negated = a;
  negated.negative_ = !a.negative_ && !a.IsZero();
  return negated;
}

int DecimalModel::CompareMagnitudes(const DecimalModel& a, const DecimalModel& b) {
  for (size_t place = kPlaces; place-- > 0;) {
    if (a.digits_[place] != b.digits_[place]) {
      return a.digits_[place] - b.digits_[place];
    }
  }
  return 0;
}

int DecimalModel::Compare(const DecimalModel& a, const DecimalModel& b) {
  if (a.negative_ != b.negative_) {
    return a.negative_ ? -1 : 1;
  }
  return a.negative_ ? -CompareMagnitudes(a, b) : CompareMagnitudes(a, b);
}

bool DecimalModel::IsZero() const {
  for (const int8_t digit : digits_) {
    if (digit != 0) {
      return false;
    }
  }
  return true;
}

int DecimalModel::Highest() const {
  int power = kPowerMin + kPlaces - 1;
  while (DigitAt(power) == 0) {
    --power;
  }
  return power;
}

int DecimalModel::Lowest() const {
  int power = kPowerMin;
  while (DigitAt(power) == 0) {
    ++power;
  }
  return power;
}

NumberError DecimalModel::Check() const {
  if (IsZero()) {
    return NumberError::kNone;
  }
  if (Highest() - Lowest() + 1 > 38) {
    return NumberError::kPrecision;
  }
  if (Highest() > 125) {
    return NumberError::kOverflow;
  }
  return Highest() < -130 ? NumberError::kUnderflow : NumberError::kNone;
}

std::string DecimalModel::CanonicalText() const {
  if (IsZero()) {
    return "0";
  }
  std::string text = negative_ ? "-" : "";
  for (int power = std::max(Highest(), 0); power >= std::min(Lowest(), 0); --power) {
    if (power == -1) {
      text += '.';
    }
    text += static_cast<char>('0' + DigitAt(power));
  }
  return text;
}

uint32_t DecimalModel::DynamoSize() const {
  if (IsZero()) {
    return 1;
  }
  uint32_t before = 0;
  uint32_t behind = 0;
  for (int power = Highest(); power >= Lowest(); --power) {
    ++(power >= 0 ? before : behind);
  }
  return 1 + before / 2 + before % 2 + behind / 2 + behind % 2 + (negative_ ? 1 : 0);
}

}  // namespace millrace
