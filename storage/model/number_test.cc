// Parsing, canonical text, sizes, the sortable form and conversions of numbers.
#include "storage/model/number.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "storage/base/random.h"
#include "storage/model/decimal_model.h"

namespace millrace {
namespace {

NumberError ParseError(std::string_view text) {
  Number number;
  return Number::Parse(text, &number);
}

Number Parsed(std::string_view text) {
  Number number;
  EXPECT_EQ(Number::Parse(text, &number), NumberError::kNone) << text;
  return number;
}

std::string Sortable(const Number& number) {
  std::string bytes;
  number.AppendSortable(&bytes);
  return bytes;
}

std::string Zeros(size_t count) { return std::string(count, '0'); }

// A text of the grammar with up to 42 digits, mostly storable, often short, often with zeros.
std::string RandomText(SeededRandom* random) {
  const auto below = [&](uint64_t bound) { return random->Next64() % bound; };
  std::string digits;
  const uint64_t count = 1 + (below(3) == 0 ? below(42) : below(6));
  for (uint64_t index = 0; index < count; ++index) {
    digits += static_cast<char>('0' + (below(3) == 0 ? 0 : below(10)));
  }
  if (below(2) == 0) {
    digits.insert(below(digits.size() + 1), ".");
  }
  const char* const signs[] = {"", "", "-", "+"};
  std::string text = signs[below(4)] + digits;
  if (below(2) == 0) {
    const int exponent =
        below(2) == 0 ? static_cast<int>(below(20)) - 10 : static_cast<int>(below(300)) - 160;
    text += below(2) == 0 ? "e" : "E";
    text += (exponent >= 0 && below(2) == 0 ? "+" : "") + std::to_string(exponent);
  }
  return text;
}

TEST(NumberParse, FollowsTheGrammar) {
  for (const char* text :
       {"5", "+5", "-7", "5.", ".5", "+.5", "00042", "1e+2", "1.5E+3", "1E-130"}) {
    EXPECT_EQ(ParseError(text), NumberError::kNone) << text;
  }
  for (const char* text : {" 5",    "5 ",  "1+2",  "1.2.3", "++5", "+e2", "1e",  "1e+",
                           "e5",    ".e1", ".",    "-",     "+",   "-.",  "NaN", "Infinity",
                           "1_000", "0x1", "1e5.", "1e5e5", "1-",  "--1", "1,5", "\xD9\xA1"}) {
    EXPECT_EQ(ParseError(text), NumberError::kSyntax) << text;
  }
  EXPECT_EQ(ParseError(""), NumberError::kEmpty);
  EXPECT_EQ(ParseError(std::string_view("1\0", 2)), NumberError::kSyntax);
}

TEST(NumberParse, WritesTheCanonicalText) {
  const std::pair<std::string, std::string> cases[] = {{"00042", "42"},
                                                       {"+42", "42"},
                                                       {"4.2e1", "42"},
                                                       {"1.200", "1.2"},
                                                       {"-0", "0"},
                                                       {"0.000", "0"},
                                                       {"0e5", "0"},
                                                       {"1e3", "1000"},
                                                       {"1E-5", "0.00001"},
                                                       {"-.5", "-0.5"},
                                                       {"100", "100"},
                                                       {"1E125", "1" + Zeros(125)},
                                                       {"120.0340", "120.034"},
                                                       {"5.", "5"},
                                                       {"10.01", "10.01"},
                                                       {"-12345.678", "-12345.678"},
                                                       {"1E-130", "0." + Zeros(129) + "1"}};
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(Parsed(text).ToString(), canonical) << text;
    EXPECT_EQ(Parsed(canonical), Parsed(text)) << text;
  }
}

TEST(NumberParse, NamesTheLimitThatIsExceeded) {
  const std::string nines38(38, '9');
  EXPECT_EQ(ParseError(nines38), NumberError::kNone);
  EXPECT_EQ(ParseError(nines38 + "e88"), NumberError::kNone);
  EXPECT_EQ(ParseError(nines38 + "e89"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("1e126"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("-1e126"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("0.1e127"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("0.1e126"), NumberError::kNone);
  EXPECT_EQ(ParseError("9.9e-131"), NumberError::kUnderflow);
  EXPECT_EQ(ParseError("1.2345678901234567890123456789012345678e-130"), NumberError::kNone);
  EXPECT_EQ(ParseError(nines38 + "9"), NumberError::kPrecision);
  EXPECT_EQ(ParseError(nines38 + "0"), NumberError::kNone);
  EXPECT_EQ(ParseError("000" + nines38 + ".000"), NumberError::kNone);
  EXPECT_EQ(ParseError(nines38 + ".1"), NumberError::kPrecision);
  // Of several limits the precision is named.
  EXPECT_EQ(ParseError(nines38 + "9e200"), NumberError::kPrecision);
  EXPECT_EQ(ParseError(nines38 + "9e-300"), NumberError::kPrecision);
}

TEST(NumberParse, IsSafeForAnyLength) {
  EXPECT_EQ(ParseError("1e999999999999"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("1e-999999999999"), NumberError::kUnderflow);
  EXPECT_EQ(ParseError("1e18446744073709551617"), NumberError::kOverflow);
  EXPECT_EQ(ParseError("1e" + std::string(100000, '9')), NumberError::kOverflow);
  EXPECT_EQ(ParseError("1e-" + std::string(100000, '9')), NumberError::kUnderflow);
  EXPECT_EQ(Parsed("0e" + std::string(100000, '9')), Number());
  EXPECT_EQ(Parsed("5e" + Zeros(100000)), Parsed("5"));
  EXPECT_EQ(Parsed(Zeros(1000000)), Number());
  EXPECT_EQ(Parsed("-" + Zeros(1000000) + "7"), Parsed("-7"));
  EXPECT_EQ(Parsed("1" + Zeros(1000000) + "e-1000000"), Parsed("1"));
  EXPECT_EQ(Parsed("0." + Zeros(1000000) + "1e1000001"), Parsed("1"));
  EXPECT_EQ(ParseError(std::string(1000000, '7')), NumberError::kPrecision);
}

TEST(NumberParse, LeavesTheNumberAloneOnFailure) {
  for (const char* text : {"", "x", "1x", "123456789012345678901x", "1e126", "1e-131"}) {
    Number number = Number::FromInt64(3);
    EXPECT_NE(Number::Parse(text, &number), NumberError::kNone);
    EXPECT_EQ(number, Number::FromInt64(3)) << text;
  }
}

TEST(Number, AgreesWithTheSlowModel) {
  SeededRandom random(1);
  int stored = 0;
  for (int round = 0; round < 50000; ++round) {
    const std::string text = RandomText(&random);
    Number number;
    const NumberError error = Number::Parse(text, &number);
    if (error == NumberError::kSyntax) {
      // Only the lone point is not a number.
      ASSERT_EQ(text.find_first_of("0123456789", 0) < text.find_first_of("eE"), false) << text;
      continue;
    }
    const DecimalModel model = DecimalModel::FromText(text);
    ASSERT_EQ(error, model.Check()) << text;
    if (error != NumberError::kNone) {
      continue;
    }
    ++stored;
    ASSERT_EQ(number.ToString(), model.CanonicalText()) << text;
    ASSERT_EQ(number.DynamoSize(), model.DynamoSize()) << text;
    ASSERT_EQ(number.IsZero(), model.IsZero()) << text;
    ASSERT_EQ(number.negative(), model.negative()) << text;
    ASSERT_EQ(Parsed(number.ToString()), number) << text;
    const std::string sortable = Sortable(number);
    Number read;
    ASSERT_LE(sortable.size(), Number::kSortableSizeMax);
    ASSERT_EQ(Number::ReadSortable(sortable + "x", &read), sortable.size()) << text;
    ASSERT_EQ(read, number) << text;
    ASSERT_EQ(Number::SortableDynamoSize(sortable), model.DynamoSize()) << text;
    std::string written = "=";
    ASSERT_TRUE(Number::AppendSortableAsText(sortable, &written));
    ASSERT_EQ(written, "=" + model.CanonicalText());
  }
  EXPECT_GT(stored, 20000);
}

TEST(Number, SortsAsBytesTheWayItComparesAsNumber) {
  SeededRandom random(2);
  std::vector<std::string> texts;
  while (texts.size() < 500) {
    const std::string text = RandomText(&random);
    if (ParseError(text) == NumberError::kNone) {
      texts.push_back(text);
    }
  }
  for (const std::string& a : texts) {
    const Number number_a = Parsed(a);
    const DecimalModel model_a = DecimalModel::FromText(a);
    const std::string sortable_a = Sortable(number_a);
    for (const std::string& b : texts) {
      const Number number_b = Parsed(b);
      const int expected = DecimalModel::Compare(model_a, DecimalModel::FromText(b));
      const std::string sortable_b = Sortable(number_b);
      const int compared = Number::Compare(number_a, number_b);
      const int sorted = sortable_a.compare(sortable_b);
      ASSERT_EQ(compared < 0, expected < 0) << a << " " << b;
      ASSERT_EQ(compared > 0, expected > 0) << a << " " << b;
      ASSERT_EQ(sorted < 0, expected < 0) << a << " " << b;
      ASSERT_EQ(sorted > 0, expected > 0) << a << " " << b;
      ASSERT_EQ(number_a == number_b, expected == 0) << a << " " << b;
      ASSERT_TRUE(expected == 0 || sortable_b.compare(0, sortable_a.size(), sortable_a) != 0);
    }
  }
}

TEST(NumberSize, HasTheSizesDynamoDbCharges) {
  const std::pair<std::string, uint32_t> cases[] = {
      {"0", 1},   {"5", 2},   {"42", 2},        {"-42", 3},   {"123", 3},
      {"1.5", 3}, {"100", 2}, {"0.0000001", 2}, {"1E125", 2}, {std::string(38, '9'), 20}};
  for (const auto& [text, size] : cases) {
    EXPECT_EQ(Parsed(text).DynamoSize(), size) << text;
    EXPECT_EQ(Number::SortableDynamoSize(Sortable(Parsed(text))), size) << text;
  }
}

TEST(NumberSortable, RefusesWhatNoNumberGives) {
  const std::string forms[] = {"",
                               "\x04",
                               "\x01",
                               "\x03",
                               "\x03\x81",
                               "\x03\x81\x02",
                               std::string("\x03\x81\x00", 3),               // no pairs
                               std::string("\x03\x81\x01\x02\x00", 5),       // first pair zero
                               std::string("\x03\x81\x02\x01\x00", 5),       // last pair zero
                               std::string("\x03\x81\x65\x00", 4),           // pair of 100
                               std::string("\x03\xC0\x02\x00", 4),           // exponent too large
                               std::string("\x03\x3F\x02\x00", 4),           // exponent too small
                               "\x03\x81" + std::string(20, '\x0C') + '\0',  // 40 digits
                               "\x03\x81" + std::string(21, '\x0B') + '\0',  // 21 pairs
                               "\x03\x81" + std::string(100, '\x0C')};
  for (const std::string& form : forms) {
    Number number;
    std::string text;
    EXPECT_EQ(Number::ReadSortable(form, &number), 0u);
    EXPECT_FALSE(Number::AppendSortableAsText(form, &text));
    EXPECT_EQ(Number::SortableDynamoSize(form), 0u);
    EXPECT_EQ(text, "");
  }
  std::string text;
  EXPECT_FALSE(Number::AppendSortableAsText("\x02\x02", &text)) << "more behind it";
}

TEST(NumberSortable, IsTheOnlyFormOfItsNumber) {
  SeededRandom random(3);
  int sound = 0;
  for (int round = 0; round < 100000; ++round) {
    const std::string text = RandomText(&random);
    if (ParseError(text) != NumberError::kNone) {
      continue;
    }
    std::string form = Sortable(Parsed(text));
    form[random.Next64() % form.size()] = static_cast<char>(random.Next64());
    Number number;
    const size_t size = Number::ReadSortable(form, &number);
    if (size != 0) {
      ++sound;
      ASSERT_EQ(Sortable(number), form.substr(0, size));
      ASSERT_EQ(Parsed(number.ToString()), number);
    }
  }
  EXPECT_GT(sound, 10000);
}

TEST(NumberInt64, ConvertsBothWays) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{100}, int64_t{-12000},
                              kMax, kMin, kMax - 1, kMin + 1, int64_t{1000000000000000000}}) {
    const Number number = Number::FromInt64(value);
    EXPECT_EQ(number.ToString(), std::to_string(value));
    EXPECT_EQ(number, Parsed(std::to_string(value)));
    int64_t back = 5;
    EXPECT_TRUE(number.ToInt64(&back));
    EXPECT_EQ(back, value);
    EXPECT_EQ(number.FloorToInt64(), value);
  }
  int64_t value = 7;
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "0.5", "1e19", "1e125",
                           "99999999999999999999999999999999999999", "1e-130"}) {
    EXPECT_FALSE(Parsed(text).ToInt64(&value)) << text;
  }
  EXPECT_EQ(value, 7);
}

TEST(NumberInt64, RoundsDownAndClamps) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  const std::pair<const char*, int64_t> cases[] = {{"1.9", 1},
                                                   {"-1.1", -2},
                                                   {"0.5", 0},
                                                   {"-0.5", -1},
                                                   {"1e-130", 0},
                                                   {"-1e-130", -1},
                                                   {"1e30", kMax},
                                                   {"-1e30", kMin},
                                                   {"9223372036854775807.5", kMax},
                                                   {"9223372036854775808", kMax},
                                                   {"-9223372036854775808", kMin},
                                                   {"-9223372036854775808.5", kMin},
                                                   {"12345678901234567890123456789012345678", kMax},
                                                   {"1e125", kMax},
                                                   {"-1e125", kMin},
                                                   {"1.2345678901234567890123456789012345678", 1}};
  for (const auto& [text, floor] : cases) {
    EXPECT_EQ(Parsed(text).FloorToInt64(), floor) << text;
  }
}

}  // namespace
}  // namespace millrace
