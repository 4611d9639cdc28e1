// Sequence numbers there and back, their order, and what is none.
#include "streams/sequence_number.h"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::streams {
namespace {

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

TEST(SequenceNumber, HasTwentyOneDigits) {
  EXPECT_EQ(FormatSequenceNumber(0), "100000000000000000000");
  EXPECT_EQ(FormatSequenceNumber(42), "100000000000000000042");
  EXPECT_EQ(FormatSequenceNumber(kLargest), "118446744073709551615");
  std::string text = "in front ";
  AppendSequenceNumber(7, &text);
  EXPECT_EQ(text, "in front 100000000000000000007");
}

TEST(SequenceNumber, OrdersLikeTheNumber) {
  EXPECT_LT(FormatSequenceNumber(9), FormatSequenceNumber(10));
  EXPECT_LT(FormatSequenceNumber(999999), FormatSequenceNumber(kLargest));
}

TEST(SequenceNumber, ComesBack) {
  for (const uint64_t sequence : {uint64_t{0}, uint64_t{1}, uint64_t{1234567890123}, kLargest}) {
    EXPECT_EQ(ParseSequenceNumber(FormatSequenceNumber(sequence)), sequence);
  }
}

TEST(SequenceNumber, RefusesOtherTexts) {
  for (const std::string_view text :
       {"", "1", "10000000000000000004", "1000000000000000000042", "200000000000000000042",
        "000000000000000000042", "1-0000000000000000042", "1+0000000000000000042",
        "10000000000000000004x", " 10000000000000000042", "118446744073709551616"}) {
    EXPECT_FALSE(ParseSequenceNumber(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::streams
