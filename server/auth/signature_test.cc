// Signatures against AWS's published examples: its documentation's request, and requests of its
// test suite.
#include "server/auth/signature.h"

#include <gtest/gtest.h>

#include "storage/base/digest.h"

namespace millrace::server {
namespace {

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kDate[] = "20150830T123600Z";

struct Example {
  std::string method = "GET";
  std::string target = "/";
  std::vector<HeaderField> headers;
  std::string body;
  std::string signed_headers = "host;x-amz-date";
  std::string signature;
  std::string service = "service";
};

CheckedCredentials CredentialsOf(const Example& example) {
  CheckedCredentials credentials;
  credentials.signed_headers = example.signed_headers;
  credentials.signature = example.signature;
  credentials.date = kDate;
  credentials.scope = {"AKIDEXAMPLE", "20150830", "us-east-1", example.service, "aws4_request"};
  return credentials;
}

bool IsRight(const Example& example) {
  RequestHead head;
  head.SetRequestLine(example.method, example.target, 1);
  if (example.service == "service") {
    EXPECT_TRUE(head.AddField("Host", "example.amazonaws.com"));
  }
  for (const HeaderField& field : example.headers) {
    EXPECT_TRUE(head.AddField(field.name, field.value));
  }
  EXPECT_TRUE(head.AddField("X-Amz-Date", kDate));
  const CheckedCredentials credentials = CredentialsOf(example);
  return SignatureIsRight(head, example.body, credentials,
                          DeriveSigningKey(kSecret, credentials.scope));
}

TEST(Signature, DerivesTheKeyOfTheDocumentation) {
  const auto key =
      DeriveSigningKey(kSecret, {"AKIDEXAMPLE", "20150830", "us-east-1", "iam", "aws4_request"});
  EXPECT_EQ(ToHex({reinterpret_cast<const char*>(key.data()), key.size()}),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(Signature, AcceptsPublishedExamples) {
  const Example examples[] = {
      {"GET",
       "/?Action=ListUsers&Version=2010-05-08",
       {{"Host", "iam.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
       "",
       "content-type;host;x-amz-date",
       "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
       "iam"},
      {"GET",
       "/",
       {},
       "",
       "host;x-amz-date",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"POST",
       "/",
       {},
       "",
       "host;x-amz-date",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"GET",
       "/?Param2=value2&Param1=value1",
       {},
       "",
       "host;x-amz-date",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"POST",
       "/",
       {{"Content-Type", "application/x-www-form-urlencoded"}},
       "Param1=value1",
       "content-type;host;x-amz-date",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {"GET",
       "/\xE1\x88\xB4",
       {},
       "",
       "host;x-amz-date",
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"GET",
       "/",
       {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
       "",
       "host;my-header1;my-header2;x-amz-date",
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
  };
  for (const Example& example : examples) {
    EXPECT_TRUE(IsRight(example)) << example.method << " " << example.target;
  }
  // Ways of writing the same path.
  for (const char* path : {"/example/..", "//", "/./"}) {
    Example example = examples[1];
    example.target = path;
    EXPECT_TRUE(IsRight(example)) << path;
  }
}

TEST(Signature, RefusesWhatWasChanged) {
  const Example right = {"POST",
                         "/",
                         {{"Content-Type", "application/x-www-form-urlencoded"}},
                         "Param1=value1",
                         "content-type;host;x-amz-date",
                         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"};
  ASSERT_TRUE(IsRight(right));
  std::vector<Example> changed(8, right);
  changed[0].method = "PUT";
  changed[1].target = "/a";
  changed[2].target = "/?a=b";
  changed[3].headers[0].value = "application/json";
  changed[4].body = "Param1=value2";
  changed[5].signed_headers = "host;x-amz-date";
  changed[6].signature.back() = 'b';
  changed[7].signature.pop_back();
  changed.push_back(right);
  changed.back().headers.clear();  // signed, and not there
  for (size_t i = 0; i < changed.size(); ++i) {
    EXPECT_FALSE(IsRight(changed[i])) << i;
  }
}

// Headers that are named thousands of times would otherwise make a few kilobytes of a request into
// gigabytes to hash. The signature is that of the canonical request with the header twice.
TEST(Signature, RefusesHeadersThatAreSignedTwice) {
  const Example twice = {"GET",
                         "/",
                         {},
                         "",
                         "host;host;x-amz-date",
                         "e2f62a63de409264558d3d41a1a71af867610d76e35dfcd73d4a55c68c03f940"};
  EXPECT_FALSE(IsRight(twice));
}

}  // namespace
}  // namespace millrace::server
