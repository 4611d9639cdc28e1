// Digests against published vectors; the keyed hash against fixed values, because it reaches disk.
#include "storage/base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string Sha256Hex(std::string_view data) {
  const auto digest = Sha256(data);
  return ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

TEST(DigestTest, Crc32) {
  EXPECT_EQ(Crc32(""), 0u);
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926u);
}

TEST(DigestTest, Md5) {
  EXPECT_EQ(Md5Hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5Hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(DigestTest, Sha256) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, HmacSha256) {
  const auto digest = HmacSha256("Jefe", "what do ya want for nothing?");
  EXPECT_EQ(ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()}),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // Nothing is left of the key before; a key of no bytes is one.
  const auto other = HmacSha256("", "");
  EXPECT_EQ(ToHex({reinterpret_cast<const char*>(other.data()), other.size()}),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(HmacSha256({}, {}), other);
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?"), digest);
}

TEST(DigestTest, KeyedHash128NeverChanges) {
  // The value of XXH3-128 for no data and no seed, as xxHash publishes it.
  EXPECT_EQ(KeyedHash128(0, ""), (Hash128{0x99AA06D3014798D8, 0x6001C324468D497F}));
  EXPECT_EQ(KeyedHash128(1, "key"), KeyedHash128(1, "key"));
  EXPECT_NE(KeyedHash128(1, "key"), KeyedHash128(2, "key"));
  EXPECT_NE(KeyedHash128(1, "key"), KeyedHash128(1, "kez"));
}

TEST(DigestTest, ToHex) { EXPECT_EQ(ToHex(std::string_view("\0\x0F\xA5\xFF", 4)), "000fa5ff"); }

}  // namespace
}  // namespace millrace
