// Signatures against ones that were made by the Python SDK of AWS, and digests against published
// ones.

#include "bench/load/request_signer.h"

#include <string>

#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

// 2025-11-21T00:00:00Z.
constexpr std::time_t kTime = 1'763'683'200;

std::string ToHex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

TEST(HasherTest, PublishedDigests) {
  Hasher hasher;
  EXPECT_EQ(ToHex(hasher.Hash("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test cases 2 and 6.
  EXPECT_EQ(ToHex(hasher.Authenticate("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(hasher.Authenticate(std::string(131, '\xaa'),
                                      "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(RequestSignerTest, SignsAsTheSdkDoes) {
  RequestSigner signer("AKIDBENCH",
                       "a secret that is longer than one block of the digest, which is sixty-four "
                       "bytes",
                       "127.0.0.1:8000");
  const std::string expected =
      "X-Amz-Date: 20251121T000000Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=AKIDBENCH/20251121/us-east-1/dynamodb/"
      "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
      "01e2fad1f0af1eb86a8c0ccd62cadfafe2cf02ffdf73fad611be1b985fcac4e3\r\n";
  std::string head;
  signer.AppendHeaders("DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}", kTime, &head);
  EXPECT_EQ(head, expected);
  // What was kept of the first second is not used in another, and is right again later.
  head.clear();
  signer.AppendHeaders("DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}", kTime + 86'400, &head);
  EXPECT_NE(head.find("Credential=AKIDBENCH/20251122/"), std::string::npos) << head;
  head.clear();
  signer.AppendHeaders("DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}", kTime, &head);
  EXPECT_EQ(head, expected);
}

}  // namespace
}  // namespace millrace::bench
