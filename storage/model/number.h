// Number: DynamoDB's decimal. Up to 38 significant digits, magnitudes from 1E-130 to 9.99...E125,
// exact. Held as sign, coefficient and power of ten; the coefficient of 38 digits fits the
// compiler's 128-bit integer, so addition needs no library and never rounds (docs/adr says why
// libmpdec is not used).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// Why a text is not a number, or a sum cannot be stored. The api layer has the AWS sentence for
// each. When several limits are exceeded at once the precision is reported.
enum class NumberError {
  kNone,
  kEmpty,      // no text at all
  kSyntax,     // not the grammar sign? (digits [. digits?] | . digits) ([eE] sign? digits)?
  kOverflow,   // magnitude of 1E126 or more
  kUnderflow,  // not zero, but smaller than 1E-130
  kPrecision,  // more than 38 significant digits
};

// A value type; const methods are thread-safe.
class Number {
 public:
  Number() = default;  // zero
  static Number FromInt64(int64_t value);

  // Parses `text` as sent by a client. Linear in its length, and any length and exponent is safe.
  // `number` is unchanged on failure.
  static NumberError Parse(std::string_view text, Number* number);

  // a + b and a - b, exactly; kOverflow, kUnderflow (two nearly equal numbers close to the lower
  // limit) or kPrecision when the result cannot be stored. `sum` may be one of the operands; it is
  // unchanged on failure.
  static NumberError Add(const Number& a, const Number& b, Number* sum);
  static NumberError Subtract(const Number& a, const Number& b, Number* difference);

  // Negative, zero or positive as a is less than, equal to or greater than b.
  static int Compare(const Number& a, const Number& b);

  bool IsZero() const { return coefficient_ == 0; }
  bool negative() const { return negative_; }

  // The canonical text: plain decimal notation, no exponent, no superfluous zeros; "0" for zero.
  std::string ToString() const;
  void AppendTo(std::string* out) const;

  // The size DynamoDB charges: 1 for zero, else 1 + half the digits before the point + half those
  // after, each rounded up, + 1 when negative.
  uint32_t DynamoSize() const;

  // Sign, exponent, 20 pairs of digits, terminator.
  static constexpr size_t kSortableSizeMax = 23;
  // The sortable form: comparing two of them byte by byte compares the numbers, equal numbers have
  // equal bytes, and none is a prefix of another. 1 to kSortableSizeMax bytes. This is the form
  // that reaches disk, in values and in keys; storage/codec/FORMAT.md describes it.
  void AppendSortable(std::string* out) const;
  // Reads a sortable form from the front of `bytes`; returns the bytes it takes, 0 when it is
  // malformed.
  static size_t ReadSortable(std::string_view bytes, Number* number);
  // Appends the canonical text of exactly one sortable form without building a Number. False when
  // it is malformed or followed by more (nothing is appended).
  static bool AppendSortableAsText(std::string_view sortable, std::string* out);
  // What WriteSortableAsText may write to: "-0.", 129 zeros and 38 digits are the longest text, and
  // one more is written for the digit that an odd count of zeros takes back.
  static constexpr size_t kTextRoom = 3 + 129 + 38 + 1;
  // The same to `out`, which has kTextRoom bytes; returns the end of the text, nullptr when the
  // form is malformed or followed by more.
  static char* WriteSortableAsText(std::string_view sortable, char* out);
  // DynamoSize() of exactly one sortable form, 0 when it is malformed.
  static uint32_t SortableDynamoSize(std::string_view sortable);

  // The value as int64_t if it is an integer in range.
  bool ToInt64(int64_t* value) const;
  // The value rounded toward minus infinity and clamped to int64_t.
  int64_t FloorToInt64() const;

  friend bool operator==(const Number& a, const Number& b) {
    return a.coefficient_ == b.coefficient_ && a.exponent_ == b.exponent_ &&
           a.negative_ == b.negative_;
  }

 private:
  // Makes a number of `coefficient` * 10^`exponent` after trimming zeros, if it can be stored.
  static NumberError Normalize(bool negative, unsigned __int128 coefficient, int64_t exponent,
                               Number* number);
  // Parse of everything but short integers.
  static NumberError ParseGeneral(std::string_view text, Number* number);
  // Writes the sortable form to `out`, which has kSortableSizeMax bytes; returns its size.
  size_t WriteSortable(char* out) const;

  // Value is coefficient_ * 10^exponent_, with no trailing zero in coefficient_; zero is 0 * 10^0,
  // not negative.
  unsigned __int128 coefficient_ = 0;
  int32_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace millrace
