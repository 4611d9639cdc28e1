// Names and values of queries.
#include "server/request/query.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

TEST(QueryTest, DecodesText) {
  EXPECT_EQ(DecodeQueryText(""), "");
  EXPECT_EQ(DecodeQueryText("a+b%20c%2b%2B"), "a b c++");
  EXPECT_EQ(DecodeQueryText("%00%ff"), std::string("\0\xff", 2));
  for (const std::string_view broken : {"%", "%4", "a%4", "%g0", "%0g", "%%41"}) {
    EXPECT_EQ(DecodeQueryText(broken), std::nullopt) << broken;
  }
}

TEST(QueryTest, FindsParameters) {
  constexpr std::string_view kQuery = "table=a%26b&from&table=second&%66ilter=%7B%22x%22:1=2%7d";
  EXPECT_EQ(QueryParameter(kQuery, "table"), "a&b");
  EXPECT_EQ(QueryParameter(kQuery, "from"), "");
  EXPECT_EQ(QueryParameter(kQuery, "filter"), "{\"x\":1=2}");
  EXPECT_EQ(QueryParameter(kQuery, "tab"), std::nullopt);
  EXPECT_EQ(QueryParameter("", ""), std::nullopt);
  EXPECT_EQ(QueryParameter("a=%x&b=1", "a"), std::nullopt);
  EXPECT_EQ(QueryParameter("a=%x&b=1", "b"), "1");
}

}  // namespace
}  // namespace millrace::server
