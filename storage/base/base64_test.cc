// Base64: the test vectors of RFC 4648, every byte value, and strictness.
#include "storage/base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string Encode(std::string_view bytes) {
  std::string out;
  EncodeBase64(bytes, &out);
  return out;
}

TEST(Base64Test, KnownVectorsBothWays) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xFB\xFF", "+/8="}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Encode(bytes), text);
    std::string decoded = "kept:";
    EXPECT_EQ(DecodeBase64(text, &decoded), Base64Error::kNone);
    EXPECT_EQ(decoded, std::string("kept:") + bytes);
  }
}

TEST(Base64Test, EveryByteAndLengthComesBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string decoded;
    ASSERT_EQ(DecodeBase64(Encode(bytes), &decoded), Base64Error::kNone);
    ASSERT_EQ(decoded, bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64Test, RefusesBadLength) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm9vY", "====="}) {
    std::string out = "kept";
    EXPECT_EQ(DecodeBase64(text, &out), Base64Error::kLength) << text;
    EXPECT_EQ(out, "kept");
  }
}

TEST(Base64Test, RefusesBadCharactersAndPadding) {
  for (const char* text : {"Zm9-", "Zm9_", "Zm 9", "Zm9\n", "Z===", "====", "Zg=A", "=g==",
                           "Zg==Zg==", "Zm8=Zm9v", "Zh==", "Zm9=", "Z\xC3\xA9v", "Zm9vZ!=="}) {
    std::string out = "kept";
    EXPECT_EQ(DecodeBase64(text, &out), Base64Error::kAlphabet) << text;
    EXPECT_EQ(out, "kept");
  }
}

}  // namespace
}  // namespace millrace
