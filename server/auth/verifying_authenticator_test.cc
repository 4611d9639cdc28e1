// Requests that are signed here, and what becomes of them when somebody changes them on their way.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "server/auth/authenticator.h"
#include "server/auth/signature.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

// 2025-11-21T00:00:00Z.
constexpr int64_t kNowMs = 1763683200000;
constexpr char kDate[] = "20251121T000000Z";

class VerifyingAuthenticatorTest : public testing::Test {
 protected:
  VerifyingAuthenticatorTest() { keys_.Add({"AKID", "secret", "", "test"}); }

  // The signature of a GET of that path by a client of the functions service.
  static std::string SignatureOf(const std::string& path) {
    const CredentialScope scope = {"AKID", "20251121", "us-east-1", "lambda", "aws4_request"};
    const std::string canonical = "GET\n" + path + "\n\nhost:h\nx-amz-date:" + kDate +
                                  "\n\nhost;x-amz-date\n" + Hex(Sha256(""));
    const std::string text = std::string("AWS4-HMAC-SHA256\n") + kDate +
                             "\n20251121/us-east-1/lambda/aws4_request\n" + Hex(Sha256(canonical));
    const auto key = DeriveSigningKey("secret", scope);
    return Hex(HmacSha256({reinterpret_cast<const char*>(key.data()), key.size()}, text));
  }

  // Whether a GET of `target` is accepted that was signed for `path`.
  bool Accepts(const std::string& target, const std::string& path) {
    const std::string authorization =
        "AWS4-HMAC-SHA256 Credential=AKID/20251121/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" +
        SignatureOf(path);
    RequestHead head;
    head.SetRequestLine("GET", target, 1);
    EXPECT_TRUE(head.AddField("Host", "h"));
    EXPECT_TRUE(head.AddField("X-Amz-Date", kDate));
    EXPECT_TRUE(head.AddField("Authorization", authorization));
    std::string key;
    const bool accepted = verifying_.Authenticate(head, "", &key).ok();
    EXPECT_EQ(key, accepted ? "AKID" : "");
    return accepted;
  }

 private:
  static std::string Hex(const std::array<uint8_t, 32>& digest) {
    return ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  }

  ManualClock clock_{kNowMs};
  AccessKeys keys_{""};
  VerifyingAuthenticator verifying_{&clock_, "us-east-1", &keys_};
};

TEST_F(VerifyingAuthenticatorTest, TheSignatureIsOfThePath) {
  EXPECT_TRUE(Accepts("/_url/one/x", "/_url/one/x"));
  EXPECT_TRUE(Accepts("/_url/one/..x/y..", "/_url/one/..x/y.."));
  EXPECT_FALSE(Accepts("/_url/two/x", "/_url/one/x"));
}

// What is behind one URL must not be reached with a signature for another.
TEST_F(VerifyingAuthenticatorTest, PathsThatLeadBackAreRefused) {
  EXPECT_FALSE(Accepts("/_url/two/../one/x", "/_url/one/x"));
  EXPECT_FALSE(Accepts("/_url/one/x/..", "/_url/one"));
  EXPECT_FALSE(Accepts("/..", "/"));
}

}  // namespace
}  // namespace millrace::server
