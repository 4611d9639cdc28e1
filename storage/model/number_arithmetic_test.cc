// Addition and subtraction of numbers: exact, or refused with the right reason.
#include <gtest/gtest.h>

#include <string>

#include "storage/base/random.h"
#include "storage/model/decimal_model.h"
#include "storage/model/number.h"

namespace millrace {
namespace {

Number Parsed(std::string_view text) {
  Number number;
  EXPECT_EQ(Number::Parse(text, &number), NumberError::kNone) << text;
  return number;
}

// The sum as text, or the name of the error.
std::string Sum(std::string_view a, std::string_view b) {
  Number sum;
  switch (Number::Add(Parsed(a), Parsed(b), &sum)) {
    case NumberError::kNone:
      return sum.ToString();
    case NumberError::kOverflow:
      return "overflow";
    case NumberError::kUnderflow:
      return "underflow";
    case NumberError::kPrecision:
      return "precision";
    default:
      return "another error";
  }
}

// A storable number: digits drawn so that long, full and nearly cancelling operands are frequent.
std::string RandomOperand(SeededRandom* random, int exponent) {
  const auto below = [&](uint64_t bound) { return static_cast<int>(random->Next64() % bound); };
  const int count = below(2) == 0 ? 1 + below(38) : 38 - below(2);
  const int style = below(4);
  std::string digits;
  for (int index = 0; index < count; ++index) {
    const int digit = style == 0 ? 9 : style == 1 ? (index == 0 ? 1 : 0) : below(10);
    digits += static_cast<char>('0' + digit);
  }
  return (below(2) == 0 ? "-" : "") + digits + "e" + std::to_string(exponent);
}

TEST(NumberAdd, IsExact) {
  EXPECT_EQ(Sum("1", "2"), "3");
  EXPECT_EQ(Sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(Sum("5", "-5"), "0");
  EXPECT_EQ(Sum("-5", "3"), "-2");
  EXPECT_EQ(Sum("5", "5"), "10");
  EXPECT_EQ(Sum("0", "-7"), "-7");
  EXPECT_EQ(Sum("1e125", "-1e125"), "0");
  EXPECT_EQ(Sum("1e38", "-1"), std::string(38, '9'));
  EXPECT_EQ(Sum("19e37", "-" + std::string(38, '9')), "90000000000000000000000000000000000001");
  EXPECT_EQ(Sum(std::string(38, '9'), "1"), "1" + std::string(38, '0'));
}

TEST(NumberAdd, RefusesWhatCannotBeStored) {
  EXPECT_EQ(Sum("1e38", "1"), "precision");
  EXPECT_EQ(Sum("2e38", "-1"), "precision");
  EXPECT_EQ(Sum("1e39", "-1"), "precision");
  EXPECT_EQ(Sum("1e125", "1e-130"), "precision");
  EXPECT_EQ(Sum("9e125", "1e125"), "overflow");
  EXPECT_EQ(Sum("-9e125", "-9e125"), "overflow");
  EXPECT_EQ(Sum("1.5e-130", "-1.4e-130"), "underflow");
}

TEST(NumberAdd, LeavesTheResultAloneOnFailureAndMayOverwriteAnOperand) {
  Number sum = Number::FromInt64(3);
  EXPECT_EQ(Number::Add(Parsed("9e125"), Parsed("9e125"), &sum), NumberError::kOverflow);
  EXPECT_EQ(sum, Number::FromInt64(3));
  EXPECT_EQ(Number::Add(sum, sum, &sum), NumberError::kNone);
  EXPECT_EQ(sum, Number::FromInt64(6));
  EXPECT_EQ(Number::Subtract(sum, sum, &sum), NumberError::kNone);
  EXPECT_EQ(sum, Number());
}

TEST(NumberAdd, AgreesWithTheSlowModel) {
  SeededRandom random(4);
  int counts[6] = {};
  for (int round = 0; round < 30000; ++round) {
    // Every fourth pair lies at the upper limit.
    const int exponent = round % 4 == 0 ? 88 : static_cast<int>(random.Next64() % 218) - 130;
    const int distance =
        round % 4 == 0 ? -(round / 4 % 2) : static_cast<int>(random.Next64() % 81) - 40;
    const std::string a = RandomOperand(&random, exponent);
    const std::string b = RandomOperand(&random, exponent + distance);
    Number number_a;
    Number number_b;
    if (Number::Parse(a, &number_a) != NumberError::kNone ||
        Number::Parse(b, &number_b) != NumberError::kNone) {
      continue;
    }
    const DecimalModel model_a = DecimalModel::FromText(a);
    const DecimalModel model_b = DecimalModel::FromText(b);
    for (const bool subtract : {false, true}) {
      const DecimalModel expected =
          DecimalModel::Add(model_a, subtract ? DecimalModel::Negate(model_b) : model_b);
      Number result;
      const NumberError error = subtract ? Number::Subtract(number_a, number_b, &result)
                                         : Number::Add(number_a, number_b, &result);
      ASSERT_EQ(error, expected.Check()) << a << (subtract ? " - " : " + ") << b;
      ++counts[static_cast<int>(error)];
      if (error == NumberError::kNone) {
        ASSERT_EQ(result.ToString(), expected.CanonicalText()) << a << " " << subtract << " " << b;
        ASSERT_EQ(result, Parsed(expected.CanonicalText()));
      }
    }
  }
  EXPECT_GT(counts[static_cast<int>(NumberError::kNone)], 3000);
  EXPECT_GT(counts[static_cast<int>(NumberError::kPrecision)], 3000);
  EXPECT_GT(counts[static_cast<int>(NumberError::kOverflow)], 20);
}

}  // namespace
}  // namespace millrace
