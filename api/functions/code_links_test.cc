// Links open what they were made for, for as long as they say, and nothing else.
#include "api/functions/code_links.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::api {
namespace {

class CodeLinksTest : public testing::Test {
 protected:
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  CodeLinks links_{&clock_, &random_};
};

TEST_F(CodeLinksTest, OpenWhatTheyWereMadeFor) {
  const std::string link = links_.Make("abc123");
  EXPECT_TRUE(link.starts_with("/_functions/code/abc123?Expires=1700000600&Signature=")) << link;
  EXPECT_EQ(links_.Check(link), "abc123");
}

TEST_F(CodeLinksTest, Expire) {
  const std::string link = links_.Make("abc123");
  clock_.AdvanceMs(CodeLinks::kLifetimeS * 1000 - 1);
  EXPECT_TRUE(links_.Check(link).has_value());
  clock_.AdvanceMs(1);
  EXPECT_FALSE(links_.Check(link).has_value());
}

TEST_F(CodeLinksTest, AnyChangeSpoilsThem) {
  const std::string link = links_.Make("abc123");
  for (size_t i = 0; i < link.size(); ++i) {
    std::string changed = link;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(links_.Check(changed).has_value()) << changed;
    EXPECT_FALSE(links_.Check(link.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(links_.Check(link + "0").has_value());
  EXPECT_FALSE(links_.Check("").has_value());
  EXPECT_FALSE(links_.Check("/_functions/code/a&Signature=1?Expires=1").has_value());
  EXPECT_FALSE(links_.Check("?Expires=&Signature=").has_value());
}

TEST_F(CodeLinksTest, AnotherKeyMakesOthers) {
  CodeLinks others(&clock_, &random_);
  EXPECT_FALSE(others.Check(links_.Make("abc123")).has_value());
}

}  // namespace
}  // namespace millrace::api
