// Signatures against AWS's published examples: its documentation's request, and requests of its
// test suite.
#include "server/auth/signature.h"

#include <gtest/gtest.h>

#include "storage/base/digest.h"

namespace millrace::server {
namespace {

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kDate[] = "20150830T123600Z";
constexpr char kToken[] = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

struct Example {
  std::string method = "GET";
  std::string target = "/";
  std::vector<HeaderField> headers;
  std::string body;
  std::string signed_headers = "host;x-amz-date";
  std::string signature;
  std::string service = "service";
};

// Requests of AWS's documentation and of its test suite.
const Example kExamples[] = {
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
    // A header that is there several times: its values in their order.
    {"GET",
     "/",
     {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"GET",
     "/",
     {{"My-Header1", "value4"},
      {"My-Header1", "value1"},
      {"My-Header1", "value3"},
      {"My-Header1", "value2"}},
     "",
     "host;my-header1;x-amz-date",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"POST",
     "/",
     {{"My-Header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    // What is encoded in paths and queries, and in which order their parts are signed.
    {"GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     "",
     "host;x-amz-date",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"GET",
     "/example space/",
     {},
     "",
     "host;x-amz-date",
     "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"GET",
     "/./example",
     {},
     "",
     "host;x-amz-date",
     "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    {"GET",
     "/?Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"POST",
     "/?Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"GET",
     "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
     {},
     "",
     "host;x-amz-date",
     "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
    {"GET",
     "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     "",
     "host;x-amz-date",
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"GET",
     "/?\xE1\x88\xB4=bar",
     {},
     "",
     "host;x-amz-date",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"GET",
     "/",
     {{"X-Amz-Security-Token", kToken}},
     "",
     "host;x-amz-date;x-amz-security-token",
     "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
    {"POST",
     "/",
     {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"Content-Length", "13"},
      {"X-Amz-Content-Sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"}},
     "Param1=value1",
     "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
     "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"},
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
  for (const Example& example : kExamples) {
    EXPECT_TRUE(IsRight(example)) << example.method << " " << example.target;
  }
  // Ways of writing the same path.
  for (const char* path : {"/example/..", "//", "/./"}) {
    Example example = kExamples[1];
    example.target = path;
    EXPECT_TRUE(IsRight(example)) << path;
  }
}

TEST(Signature, AcceptsAPublishedPresignedExample) {
  const std::string target =
      "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1&X-Amz-Algorithm=AWS4-HMAC-SHA256&"
      "X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&"
      "X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&"
      "X-Amz-Signature=";
  const std::string signature = "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787";
  const auto is_right = [&signature](const std::string& changed) {
    const std::string whole = changed + signature;
    RequestHead head;
    head.SetRequestLine("GET", whole, 1);
    EXPECT_TRUE(head.AddField("Host", "example.amazonaws.com"));
    CheckedCredentials credentials;
    credentials.is_presigned = true;
    credentials.query = ParseQueryCredentials(head.query());
    credentials.signed_headers = credentials.query.signed_headers;
    credentials.signature = credentials.query.signature;
    credentials.date = credentials.query.date;
    EXPECT_TRUE(SplitCredential(credentials.query.credential, &credentials.scope));
    return SignatureIsRight(head, "", credentials, DeriveSigningKey(kSecret, credentials.scope));
  };
  EXPECT_TRUE(is_right(target));
  for (const auto& [from, to] : {std::pair("Value1", "Value2"), std::pair("3600", "3601"),
                                 std::pair("Param-3", "Param-4"), std::pair("1236", "1237")}) {
    std::string changed = target;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    EXPECT_FALSE(is_right(changed)) << from;
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
