// The writer: structure, escapes and the text of numbers.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "storage/base/json.h"

namespace millrace::json {
namespace {

TEST(JsonWriterTest, PlacesCommasAndColons) {
  std::string out = "kept:";
  Writer writer(&out);
  writer.BeginObject();
  writer.Member("a", "x");
  writer.Key("b");
  writer.BeginArray();
  writer.Int(-1);
  writer.Bool(true);
  writer.Raw("null");
  writer.BeginObject();
  writer.EndObject();
  writer.BeginArray();
  writer.EndArray();
  writer.EndArray();
  writer.Key("c");
  writer.Base64("hello");
  writer.Key("d");
  writer.Bool(false);
  writer.EndObject();
  EXPECT_EQ(out, R"(kept:{"a":"x","b":[-1,true,null,{},[]],"c":"aGVsbG8=","d":false})");
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendQuoted(&out, text);
  return out;
}

TEST(JsonWriterTest, EscapesWhatJsonNeedsAndNothingElse) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("\"\\\b\f\n\r\t/"), R"("\"\\\b\f\n\r\t/")");
  EXPECT_EQ(Quoted(std::string_view("\0\x01\x1F\x7F", 4)), "\"\\u0000\\u0001\\u001f\x7F\"");
  EXPECT_EQ(Quoted("\xC3\xA9\xF0\x9F\x98\x80<>&'"), "\"\xC3\xA9\xF0\x9F\x98\x80<>&'\"");
}

// The escape check works on blocks of 16: every byte at every position of one must be seen.
// Every length around the block sizes of the check, with the byte to escape at every place.
TEST(JsonWriterTest, QuotesWithNeighboursAtEveryLength) {
  for (size_t size = 0; size <= 40; ++size) {
    const std::string plain(size, '\x7f');
    std::string out = "x";
    AppendQuoted(&out, "{", plain, "}");
    EXPECT_EQ(out, "x{\"" + plain + "\"}");
    for (size_t at = 0; at < size; ++at) {
      for (const char escaped : {'"', '\\', '\x1f', '\0'}) {
        std::string text(size, '\xc3');
        text[at] = escaped;
        std::string simple;
        AppendQuoted(&simple, text);
        out.clear();
        AppendQuoted(&out, "<", text, ">");
        EXPECT_EQ(out, "<" + simple + ">");
        EXPECT_GT(simple.size(), size + 2);
      }
    }
  }
}

TEST(JsonWriterTest, WhatIsWrittenParsesBack) {
  for (int c = 0; c < 0x80; ++c) {
    for (size_t before = 0; before < 36; ++before) {
      const std::string text = std::string(before, 'x') + static_cast<char>(c) + "y";
      std::string written = Quoted(text);
      Document document;
      ASSERT_TRUE(document.Parse(written).ok()) << c << " after " << before;
      ASSERT_EQ(document.root().AsString(), text) << c << " after " << before;
    }
  }
}

std::string Double(double value) {
  std::string out;
  Writer(&out).Double(value);
  return out;
}

TEST(JsonWriterTest, DoublesArePlainAndShortest) {
  EXPECT_EQ(Double(0), "0.0");
  EXPECT_EQ(Double(1), "1.0");
  EXPECT_EQ(Double(0.5), "0.5");
  EXPECT_EQ(Double(-0.1), "-0.1");
  EXPECT_EQ(Double(1763675000.123), "1763675000.123");
  EXPECT_EQ(Double(1e21), "1000000000000000000000.0");
  EXPECT_EQ(Double(1e-7), "0.0000001");
  EXPECT_EQ(Double(std::numeric_limits<double>::max()).size(), 311u);
  EXPECT_EQ(Double(-std::numeric_limits<double>::denorm_min()).size(), 327u);
  // The longest there is: a denormal with 17 digits.
  EXPECT_GT(Double(-2.2250738585072011e-308).size(), 320u);
}

std::string Timestamp(int64_t epoch_ms) {
  std::string out;
  Writer(&out).TimestampMs(epoch_ms);
  return out;
}

TEST(JsonWriterTest, TimestampsAreSecondsWithFraction) {
  EXPECT_EQ(Timestamp(1763675000123), "1763675000.123");
  EXPECT_EQ(Timestamp(1763675000120), "1763675000.12");
  EXPECT_EQ(Timestamp(1763675000100), "1763675000.1");
  EXPECT_EQ(Timestamp(1763675000001), "1763675000.001");
  EXPECT_EQ(Timestamp(1763675000010), "1763675000.01");
  EXPECT_EQ(Timestamp(1763675000000), "1763675000.0");
  EXPECT_EQ(Timestamp(0), "0.0");
  EXPECT_EQ(Timestamp(-1500), "-1.5");
  EXPECT_EQ(Timestamp(std::numeric_limits<int64_t>::min()), "-9223372036854775.808");
}

TEST(JsonWriterTest, IntegersAtTheEnds) {
  std::string out;
  Writer writer(&out);
  writer.BeginArray();
  writer.Int(std::numeric_limits<int64_t>::min());
  writer.Int(std::numeric_limits<int64_t>::max());
  writer.EndArray();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807]");
}

}  // namespace
}  // namespace millrace::json
