// Integers in byte strings: layouts, and varints that are cut short or too long.
#include "storage/base/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(BytesTest, FixedLayouts) {
  std::string out;
  AppendBigEndian32(&out, 0x01020304);
  AppendBigEndian64(&out, 0x0102030405060708);
  AppendLittleEndian32(&out, 0x01020304);
  AppendLittleEndian64(&out, 0x0102030405060708);
  EXPECT_EQ(out,
            "\x01\x02\x03\x04"
            "\x01\x02\x03\x04\x05\x06\x07\x08"
            "\x04\x03\x02\x01"
            "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(LoadBigEndian32(out.data()), 0x01020304u);
  EXPECT_EQ(LoadBigEndian64(out.data() + 4), 0x0102030405060708u);
  EXPECT_EQ(LoadLittleEndian32(out.data() + 12), 0x01020304u);
  EXPECT_EQ(LoadLittleEndian64(out.data() + 16), 0x0102030405060708u);
  StoreLittleEndian32(out.data(), 0x0A0B0C0D);
  EXPECT_EQ(out.substr(0, 4), "\x0D\x0C\x0B\x0A");
}

TEST(BytesTest, VarintsComeBackAndNoPrefixDoes) {
  for (const uint32_t value : {0u, 1u, 127u, 128u, 16383u, 16384u, 2097151u, 2097152u, 268435455u,
                               268435456u, 4294967295u}) {
    std::string out;
    AppendVarint32(&out, value);
    uint32_t read = ~value;
    const char* const end = out.data() + out.size();
    EXPECT_EQ(ReadVarint32(out.data(), end, &read), end);
    EXPECT_EQ(read, value);
    for (size_t size = 0; size < out.size(); ++size) {
      EXPECT_EQ(ReadVarint32(out.data(), out.data() + size, &read), nullptr);
    }
  }
}

TEST(BytesTest, VarintsBeyond32BitsAreRefused) {
  uint32_t value = 0;
  for (const std::string text : {"\xFF\xFF\xFF\xFF\x10", "\xFF\xFF\xFF\xFF\xFF\x01"}) {
    EXPECT_EQ(ReadVarint32(text.data(), text.data() + text.size(), &value), nullptr);
  }
}

}  // namespace
}  // namespace millrace
