// Paths and queries as clients write them.
#include "api/functions/rest_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::api {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RestPath, BeginsWithADate) {
  EXPECT_TRUE(IsRestPath("/2015-03-31/functions"));
  EXPECT_TRUE(IsRestPath("/2015-03-31/"));
  for (const char* path : {"/", "", "/2015-03-31", "/2015-3-31/functions", "/metrics",
                           "/2015-03-3x/functions", "2015-03-31/functions/", "/_admin/x/y/z/aa"}) {
    EXPECT_FALSE(IsRestPath(path)) << path;
  }
}

TEST(RestPath, MatchesTemplates) {
  std::vector<std::string> segments;
  constexpr char kCode[] = "/2015-03-31/functions/{FunctionName}/code";
  EXPECT_TRUE(MatchRestPath(kCode, "/2015-03-31/functions/f/code", &segments));
  EXPECT_THAT(segments, ElementsAre("f"));
  EXPECT_TRUE(MatchRestPath(kCode, "/2015-03-31/functions/a%3Ab%3af/code/", &segments));
  EXPECT_THAT(segments, ElementsAre("a:b:f"));
  EXPECT_TRUE(MatchRestPath(kCode, "/2015-03-31/functions/x%2Fy/code", &segments));
  EXPECT_THAT(segments, ElementsAre("x/y"));
  EXPECT_TRUE(MatchRestPath("/d/{a}/x/{b}", "/d/1/x/2", &segments));
  EXPECT_THAT(segments, ElementsAre("1", "2"));
  for (const char* path :
       {"/2015-03-31/functions/f", "/2015-03-31/functions/f/code/x", "/2015-03-31/functions//code",
        "/2015-03-31/functions/f%/code", "/2015-03-31/functions/f%4/code",
        "/2015-03-31/functions/%zz/code", "/2015-03-31/functions/%ff/code",
        "/2015-03-31/functions/\xA6/code", "/2015-03-31/functions/f/cod", "/", ""}) {
    EXPECT_FALSE(MatchRestPath(kCode, path, &segments)) << path;
  }
}

TEST(RestPath, SlashAtTheEndOfCollections) {
  EXPECT_TRUE(MatchRestPath("/2015-03-31/functions", "/2015-03-31/functions/", nullptr));
  EXPECT_TRUE(MatchRestPath("/2015-03-31/functions", "/2015-03-31/functions", nullptr));
  EXPECT_FALSE(MatchRestPath("/2015-03-31/functions/{f}", "/2015-03-31/functions/", nullptr));
}

TEST(RestPath, Queries) {
  EXPECT_THAT(ParseRestQuery("Marker=a%2Bb+c&tagKeys=1&tagKeys=2&Empty=&Bare"),
              ElementsAre(Pair("Marker", "a+b c"), Pair("tagKeys", "1"), Pair("tagKeys", "2"),
                          Pair("Empty", ""), Pair("Bare", "")));
  EXPECT_THAT(ParseRestQuery("a=%&b=2&=x&&c=%C3&%FF=1"), ElementsAre(Pair("b", "2")));
  EXPECT_THAT(ParseRestQuery("c=%C3%A9"), ElementsAre(Pair("c", "\xC3\xA9")));
  EXPECT_THAT(ParseRestQuery(""), ElementsAre());
}

}  // namespace
}  // namespace millrace::api
