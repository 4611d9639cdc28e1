// Each operator with what it matches and what not, each refusal, and the rules about arrays, absent
// members and numbers.
#include "streams/pattern/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::streams {
namespace {

using testing::HasSubstr;

bool Matches(std::string_view pattern_text, std::string event, const PatternOptions& options = {}) {
  const Result<Pattern> pattern = Pattern::Compile(pattern_text, options);
  EXPECT_TRUE(pattern.ok()) << pattern_text << ": " << pattern.status().ToString();
  json::Document document;
  EXPECT_TRUE(document.Parse({event.data(), event.size()}).ok()) << event;
  return pattern.ok() && pattern.value().Matches(document.root());
}

// Of the member "a": which values match the list, and which do not.
void Check(const std::string& list, const std::vector<std::string>& matching,
           const std::vector<std::string>& others) {
  const std::string pattern = R"({"a":)" + list + "}";
  for (const std::string& value : matching) {
    EXPECT_TRUE(Matches(pattern, value.empty() ? "{}" : R"({"a":)" + value + "}"))
        << list << " " << value;
  }
  for (const std::string& value : others) {
    EXPECT_FALSE(Matches(pattern, value.empty() ? "{}" : R"({"a":)" + value + "}"))
        << list << " " << value;
  }
}

std::string RefusalOf(std::string_view pattern) {
  const Result<Pattern> compiled = Pattern::Compile(pattern);
  return compiled.ok() ? "" : std::string(compiled.status().message());
}

TEST(PatternTest, Values) {
  Check(R"(["x"])", {R"("x")", R"(["y","x"])"}, {R"("X")", R"("xx")", "1", "null", "{}", ""});
  Check("[1]", {"1", "1.0", "1e0", "[2,1]"}, {R"("1")", "2", "true", ""});
  Check("[300]", {"3.0e2", "300.0000001"}, {"300.000001"});
  Check("[true]", {"true"}, {R"("true")", "false", "1", ""});
  Check("[false]", {"false"}, {"true", "null", "0", ""});
  Check("[null]", {"null"}, {R"("null")", "false", "", "{}", "[]"});
  Check(R"(["x",1,null])", {R"("x")", "1", "null"}, {"2", ""});
}

TEST(PatternTest, Texts) {
  Check(R"([{"prefix":"ab"}])", {R"("ab")", R"("abc")"}, {R"("a")", R"("Ab")", "1", ""});
  Check(R"([{"suffix":"bc"}])", {R"("bc")", R"("abc")"}, {R"("c")", R"("bcd")", ""});
  Check(R"([{"equals-ignore-case":"aBc"}])", {R"("ABC")", R"("abc")"}, {R"("abcd")", ""});
  Check(R"([{"prefix":{"equals-ignore-case":"aB"}}])", {R"("ABC")", R"("ab")"}, {R"("a")", "1"});
}

TEST(PatternTest, Wildcards) {
  Check(R"([{"wildcard":"a*c"}])", {R"("ac")", R"("abc")", R"("acbc")"},
        {R"("a")", R"("acb")", R"("xac")", "1"});
  Check(R"([{"wildcard":"*"}])", {R"("")", R"("x")"}, {"1", ""});
  Check(R"([{"wildcard":"*a*b*"}])", {R"("ab")", R"("xaxxbx")"}, {R"("ba")"});
  Check(R"([{"wildcard":"abc"}])", {R"("abc")"}, {R"("abcd")"});
  Check(R"([{"wildcard":"a\\*\\\\b"}])", {R"("a*\\b")"}, {R"("axb")"});
  // The prefix and the suffix must not share letters.
  Check(R"([{"wildcard":"aba*ba"}])", {R"("ababa")"}, {R"("aba")"});
  // No blow-up: many segments over a long text that almost matches.
  std::string pattern = R"({"a":[{"wildcard":")";
  for (int count = 0; count < 500; ++count) {
    pattern += "*a";
  }
  pattern += R"(b"}]})";
  EXPECT_FALSE(Matches(pattern, R"({"a":")" + std::string(100000, 'a') + R"("})"));
}

TEST(PatternTest, AnythingBut) {
  Check(R"([{"anything-but":"x"}])", {R"("y")", "1", "null", R"(["x","y"])"},
        {R"("x")", R"(["x","x"])", "", "{}", "[]"});
  Check(R"([{"anything-but":["x","y"]}])", {R"("z")"}, {R"("x")", R"("y")"});
  Check(R"([{"anything-but":[1,2]}])", {"3", R"("1")"}, {"1", "2.0"});
  Check(R"([{"anything-but":5}])", {"6"}, {"5"});
  Check(R"([{"anything-but":{"prefix":"ab"}}])", {R"("b")"}, {R"("abc")"});
  Check(R"([{"anything-but":{"prefix":["ab","c"]}}])", {R"("b")"}, {R"("abc")", R"("cd")"});
  Check(R"([{"anything-but":{"suffix":"z"}}])", {R"("b")"}, {R"("az")"});
  Check(R"([{"anything-but":{"equals-ignore-case":["X"]}}])", {R"("b")"}, {R"("x")"});
  Check(R"([{"anything-but":{"wildcard":"a*z"}}])", {R"("b")"}, {R"("abz")"});
}

TEST(PatternTest, Numbers) {
  Check(R"([{"numeric":["=",5]}])", {"5", "5.0"}, {"6", R"("5")", ""});
  Check(R"([{"numeric":[">",5]}])", {"5.000001"}, {"5", "-6", "4.9"});
  Check(R"([{"numeric":[">=",5]}])", {"5"}, {"4.999999"});
  Check(R"([{"numeric":["<",5]}])", {"-1e9"}, {"5"});
  Check(R"([{"numeric":["<=",5]}])", {"5"}, {"5.1"});
  Check(R"([{"numeric":[">",0,"<=",5]}])", {"5", "0.5"}, {"0", "6"});
  Check(R"([{"numeric":[">",5000000000]}])", {"6e9", "1e300"}, {"5e9"});
  const std::string under_n = R"({"age":{"N":[{"numeric":[">=",18]}]}})";
  EXPECT_FALSE(Matches(under_n, R"({"age":{"N":"20"}})"));
  EXPECT_TRUE(Matches(under_n, R"({"age":{"N":"20"}})", {true}));
  EXPECT_FALSE(Matches(under_n, R"({"age":{"N":"17"}})", {true}));
  EXPECT_FALSE(Matches(under_n, R"({"age":{"N":"x"}})", {true}));
}

TEST(PatternTest, Existence) {
  Check(R"([{"exists":true}])", {R"("x")", "null", "[1]"}, {"", "{}", "[]", R"({"b":1})"});
  Check(R"([{"exists":false}])", {"", "{}", "[]", R"({"b":1})"}, {R"("x")", "null", "[1]"});
  EXPECT_TRUE(Matches(R"({"a":{"b":[{"exists":false}]}})", "{}"));
  EXPECT_TRUE(Matches(R"({"a":{"b":[{"exists":false}]}})", R"({"a":1})"));
  EXPECT_FALSE(Matches(R"({"a":{"b":[{"exists":false}]}})", R"({"a":{"b":1}})"));
  EXPECT_TRUE(Matches(R"({"a":["x",{"exists":false}]})", "{}"));
}

TEST(PatternTest, Addresses) {
  Check(R"([{"cidr":"10.0.0.0/8"}])", {R"("10.255.1.2")"},
        {R"("11.0.0.0")", R"("10.0.0")", R"("10.0.0.0.0")", R"("::1")", "10", ""});
  Check(R"([{"cidr":"10.0.0.128/25"}])", {R"("10.0.0.129")"}, {R"("10.0.0.127")"});
  Check(R"([{"cidr":"0.0.0.0/0"}])", {R"("1.2.3.4")"}, {R"("x")"});
  Check(R"([{"cidr":"2001:db8::/33"}])", {R"("2001:db8:7fff::1")"}, {R"("2001:db8:8000::1")"});
}

TEST(PatternTest, ArraysOfObjects) {
  const std::string both = R"({"a":{"b":[1],"c":[2]}})";
  EXPECT_TRUE(Matches(both, R"({"a":[{"b":0},{"b":1,"c":2}]})"));
  // One element has to have it all.
  EXPECT_FALSE(Matches(both, R"({"a":[{"b":1,"c":0},{"b":0,"c":2}]})"));
  EXPECT_TRUE(Matches(both, R"({"a":[[{"b":1,"c":2}]]})"));
  EXPECT_TRUE(Matches(R"({"a":{"b":[{"exists":false}]}})", R"({"a":[{"c":1}]})"));
}

TEST(PatternTest, Alternatives) {
  const std::string pattern = R"({"x":[1],"$or":[{"a":[1]},{"b":{"c":[2]}}]})";
  EXPECT_TRUE(Matches(pattern, R"({"x":1,"a":1})"));
  EXPECT_TRUE(Matches(pattern, R"({"x":1,"b":{"c":2}})"));
  EXPECT_FALSE(Matches(pattern, R"({"x":1,"a":2})"));
  EXPECT_FALSE(Matches(pattern, R"({"x":2,"a":1})"));
  // Without the form of an operator it is a name like any other.
  EXPECT_TRUE(Matches(R"({"$or":["x"]})", R"({"$or":"x"})"));
}

TEST(PatternTest, NamesAreNotPaths) {
  EXPECT_FALSE(Matches(R"({"a.b":[1]})", R"({"a":{"b":1}})"));
  EXPECT_TRUE(Matches(R"({"a.b":[1]})", R"({"a.b":1})"));
  EXPECT_FALSE(Matches(R"({"A":[1]})", R"({"a":1})"));
}

TEST(PatternTest, Refusals) {
  const std::pair<std::string, std::string> refused[] = {
      {"", "not JSON"},
      {"[1]", "an object with at least one member"},
      {"{}", "an object with at least one member"},
      {R"({"a":{}})", "at a: an object with at least one member"},
      {R"({"a":[]})", "at a: a list of at least one value"},
      {R"({"a":"x"})", "at a: a list of at least one value"},
      {R"({"a":{"b":[[1]]}})", "at a.b: a list inside a list"},
      {R"({"a":[1],"a":[2]})", "twice"},
      {R"({"a":[{}]})", "exactly one operator"},
      {R"({"a":[{"prefix":"x","suffix":"y"}]})", "exactly one operator"},
      {R"({"a":[{"matches":"x"}]})", "there is no operator matches"},
      {R"({"a":[{"prefix":1}]})", "takes a string"},
      {R"({"a":[{"prefix":{"suffix":"x"}}]})", "prefix takes"},
      {R"({"a":[{"wildcard":"a**b"}]})", "consecutive asterisks"},
      {R"({"a":[{"wildcard":"**"}]})", "consecutive asterisks"},
      {R"({"a":[{"wildcard":"a\\b"}]})", "a backslash"},
      {R"({"a":[{"wildcard":"a\\"}]})", "a backslash"},
      {R"({"a":[{"exists":"yes"}]})", "true or false"},
      {R"({"a":[{"anything-but":[]}]})", "at least one value"},
      {R"({"a":[{"anything-but":[1,"x"]}]})", "of one type"},
      {R"({"a":[{"anything-but":true}]})", "strings or numbers"},
      {R"({"a":[{"anything-but":{"numeric":["=",1]}}]})", "anything-but takes prefix"},
      {R"({"a":[{"anything-but":{"prefix":[]}}]})", "at least one value"},
      {R"({"a":[{"numeric":["="]}]})", "one or two pairs"},
      {R"({"a":[{"numeric":[">",1,"<"]}]})", "one or two pairs"},
      {R"({"a":[{"numeric":["!",1]}]})", "numeric compares with"},
      {R"({"a":[{"numeric":["<",1,">",0]}]})", "a lower bound and then an upper one"},
      {R"({"a":[{"numeric":["=",1,"<",2]}]})", "a lower bound and then an upper one"},
      {R"({"a":[{"numeric":[">",2,"<",2]}]})", "must be above"},
      {R"({"a":[{"numeric":[">",6e9]}]})", "between -5e9 and 5e9"},
      {R"({"a":[{"numeric":[">","1"]}]})", "a number"},
      {R"({"a":[6e9]})", "between -5e9 and 5e9"},
      {R"({"a":[{"cidr":"10.0.0.0"}]})", "cidr takes"},
      {R"({"a":[{"cidr":"10.0.0.0/33"}]})", "cidr takes"},
      {R"({"a":[{"cidr":"10.0.0/8"}]})", "cidr takes"},
      {R"({"a":[{"cidr":"::/129"}]})", "cidr takes"},
      {R"({"a":["x"]})" + std::string(4096, ' '), "longer than 4096"},
  };
  for (const auto& [pattern, reason] : refused) {
    EXPECT_THAT(RefusalOf(pattern), HasSubstr(reason)) << pattern;
  }
}

TEST(PatternTest, Bounds) {
  std::string deep = R"(["x"])";
  for (int level = 0; level < Pattern::kDepthMax; ++level) {
    deep = R"({"a":)" + deep + "}";
  }
  EXPECT_EQ(RefusalOf(deep), "");
  EXPECT_THAT(RefusalOf(R"({"a":)" + deep + "}"), HasSubstr("too deeply"));
  std::string list = "[1";
  for (int value = 2; value <= 40; ++value) {
    list += "," + std::to_string(value);
  }
  list += "]";
  const std::string alternatives = R"("$or":[{"p":)" + list + R"(},{"q":)" + list + "}]";
  EXPECT_EQ(RefusalOf("{" + alternatives + R"(,"a":[1,2,3,4,5,6,7,8,9,10,11,12]})"), "");
  EXPECT_THAT(RefusalOf("{" + alternatives + R"(,"a":)" + list + "}"),
              HasSubstr("too many combinations"));
  EXPECT_EQ(RefusalOf(R"({"b":)" + list + R"(,"a":)" + list + "}"), "");
}

}  // namespace
}  // namespace millrace::streams
