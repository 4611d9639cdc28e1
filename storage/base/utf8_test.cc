// UTF-8: every boundary of the encoding, at every distance from a block of ASCII.
#include "storage/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(Utf8Test, AcceptsEveryBoundaryCharacter) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
  for (const char* character :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    for (size_t before = 0; before < 35; ++before) {
      EXPECT_TRUE(IsValidUtf8(std::string(before, 'x') + character));
      EXPECT_TRUE(IsValidUtf8(std::string(before, 'x') + character + std::string(20, 'y')));
    }
  }
}

TEST(Utf8Test, RefusesEveryKindOfMalformedText) {
  for (const char* bad : {"\x80",
                          "\xBF",
                          "\xC0\xAF",
                          "\xC1\xBF",
                          "\xC2",
                          "\xC2\x7F",
                          "\xC2\xC2",
                          "\xE0\x9F\xBF",
                          "\xE1\x80",
                          "\xE1\x80\x7F",
                          "\xE1\x7F\x80",
                          "\xED\xA0\x80",
                          "\xED\xBF\xBF",
                          "\xF0\x8F\xBF\xBF",
                          "\xF1\x80\x80",
                          "\xF1\x80\x80\x7F",
                          "\xF1\x80\x7F\x80",
                          "\xF1\x7F\x80\x80",
                          "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80",
                          "\xFE",
                          "\xFF"}) {
    for (size_t before = 0; before < 35; ++before) {
      EXPECT_FALSE(IsValidUtf8(std::string(before, 'x') + bad));
      EXPECT_FALSE(IsValidUtf8(std::string(before, 'x') + bad + std::string(20, 'y')));
    }
  }
}

TEST(Utf8Test, CountsUtf16CodeUnits) {
  EXPECT_EQ(Utf16Length(""), 0u);
  EXPECT_EQ(Utf16Length("abc"), 3u);
  EXPECT_EQ(Utf16Length("\xC3\xA9\xE2\x82\xAC"), 2u);
  EXPECT_EQ(Utf16Length("a\xF0\x9F\x98\x80z"), 4u);
}

TEST(Utf8, ToValid) {
  EXPECT_EQ(ToValidUtf8("plain \xC3\xA9 \xF0\x9F\x98\x80"), "plain \xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(ToValidUtf8("a\xFF\xC3z\xE2\x82"),
            "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_TRUE(IsValidUtf8(ToValidUtf8("\xED\xA0\x80\xC0\x80")));
  EXPECT_EQ(ToValidUtf8(""), "");
}

}  // namespace
}  // namespace millrace
