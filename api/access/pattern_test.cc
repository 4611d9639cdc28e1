// Texts with wildcards and variables.
#include "api/access/pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "api/access/test_facts.h"

namespace millrace::api::access {
namespace {

struct PatternCase {
  const char* pattern;
  const char* text;
  bool matches;
  PatternRules rules;
};

const PatternCase kCases[] = {
    {"", "", true, {}},
    {"", "a", false, {}},
    {"abc", "abc", true, {}},
    {"abc", "abcd", false, {}},
    {"abc", "ABC", false, {}},
    {"*", "", true, {}},
    {"*", "anything: at/all", true, {}},
    {"ab*", "ab", true, {}},
    {"ab*", "abc", true, {}},
    {"ab*", "a", false, {}},
    {"*bc", "abc", true, {}},
    {"*bc", "abcbc", true, {}},
    {"*bc", "abcb", false, {}},
    {"a*c*e", "abcde", true, {}},
    {"a*c*e", "abcd", false, {}},
    {"a?c", "abc", true, {}},
    {"a?c", "ac", false, {}},
    {"a**c", "abbc", true, {}},
    {"?*", "", false, {}},
    {"arn:aws:dynamodb:*:*:table/a", "arn:aws:dynamodb:us-east-1:000000000000:table/a", true, {}},
    {"arn:aws:dynamodb:*:*:table/a", "arn:aws:dynamodb:us-east-1:000000000000:table/ab", false, {}},
    {"a*", "a*", true, {false, true, false}},
    {"a*", "abc", false, {false, true, false}},
    {"DynamoDB:Get*", "dynamodb:getitem", true, {true, false, true}},
    {"${aws:username}", "ada", true, {}},
    {"${AWS:UserName}-*", "ada-1", true, {}},
    {"${aws:username}", "bob", false, {}},
    {"x/${aws:username}/*", "x/ada/y", true, {}},
    {"x/${aws:username}/*", "x/adam/y", false, {}},
    // A value of a variable has no wildcards.
    {"${aws:referer}", "abc", false, {}},
    {"${aws:referer}", "a*", true, {}},
    {"${aws:userid}", "", false, {}},
    {"${aws:userid, 'nobody'}", "nobody", true, {}},
    {"${aws:TagKeys}", "a", false, {}},
    {"${*}${?}${$}", "*?$", true, {}},
    {"${*}", "a", false, {}},
    {"${aws:username}", "${aws:username}", true, {true, false, false}},
    {"${aws:username}", "ada", false, {true, false, false}},
};

TEST(PatternTest, MatchesAsWritten) {
  const TestFacts facts(
      {{"aws:username", {"ada"}}, {"aws:referer", {"a*"}}, {"aws:TagKeys", {"a", "b"}}});
  for (const PatternCase& entry : kCases) {
    const Result<Pattern> pattern = Pattern::Compile(entry.pattern, entry.rules);
    ASSERT_TRUE(pattern.ok()) << entry.pattern;
    EXPECT_EQ(pattern->Matches(entry.text, facts), entry.matches)
        << entry.pattern << " | " << entry.text;
  }
}

TEST(PatternTest, RefusesWhatHasNoMeaning) {
  EXPECT_FALSE(Pattern::Compile("${aws:username", {}).ok());
  EXPECT_FALSE(Pattern::Compile("${aws:username, nobody}", {}).ok());
  EXPECT_FALSE(Pattern::Compile(std::string(Pattern::kSizeMax + 1, 'a'), {}).ok());
  EXPECT_TRUE(Pattern::Compile(std::string(Pattern::kSizeMax, 'a'), {}).ok());
}

}  // namespace
}  // namespace millrace::api::access
