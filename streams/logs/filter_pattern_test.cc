// The words of filter patterns.
#include "streams/logs/filter_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::streams {
namespace {

bool Matches(std::string_view pattern, std::string_view message) {
  const auto parsed = LogFilterPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << pattern;
  return parsed.ok() && parsed.value().Matches(message);
}

TEST(LogFilterPattern, TermsMustAllOccurAndExcludedOnesMustNot) {
  EXPECT_TRUE(Matches("", "anything"));
  EXPECT_TRUE(Matches("  ", ""));
  EXPECT_TRUE(Matches("ERROR", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(Matches("error", "[ERROR 400] BAD REQUEST"));
  EXPECT_TRUE(Matches("ERROR BAD", "BAD ERROR"));
  EXPECT_FALSE(Matches("ERROR BAD", "ERROR"));
  EXPECT_TRUE(Matches("ERROR -EXIT", "ERROR CODE 3"));
  EXPECT_FALSE(Matches("ERROR -EXIT", "ERROR EXIT 3"));
  EXPECT_TRUE(Matches("-EXIT", "fine"));
}

TEST(LogFilterPattern, QuotesHoldSpacesAndQuotes) {
  EXPECT_TRUE(Matches("\"INTERNAL SERVER ERROR\"", "an INTERNAL SERVER ERROR here"));
  EXPECT_FALSE(Matches("\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR SERVER"));
  EXPECT_TRUE(Matches("\"say \\\"no\\\"\"", "they say \"no\" again"));
  EXPECT_FALSE(Matches("-\"a b\"", "a b"));
  EXPECT_TRUE(Matches("?\"a b\" ?c", "c"));
}

TEST(LogFilterPattern, AlternativesCountOnlyAlone) {
  EXPECT_TRUE(Matches("?ERROR ?WARN", "WARN 1"));
  EXPECT_FALSE(Matches("?ERROR ?WARN", "INFO 1"));
  EXPECT_TRUE(Matches("?ERROR REQUEST", "REQUEST 1"));
}

TEST(LogFilterPattern, OtherLanguagesAreRefused) {
  for (const char* const text :
       {"{ $.a = 1 }", "[a, b]", "%x%", "\"open", "a -", "?", "-\"\"", "a {"}) {
    EXPECT_EQ(LogFilterPattern::Parse(text).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace millrace::streams
