// Each form with texts that have it and texts that just miss it.
#include "api/functions/patterns.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace millrace::api {
namespace {

void Expect(const Pattern& pattern, const std::vector<std::string_view>& good,
            const std::vector<std::string_view>& bad) {
  for (const std::string_view text : good) {
    EXPECT_TRUE(pattern.matches(text)) << pattern.text << " should match " << text;
  }
  for (const std::string_view text : bad) {
    EXPECT_FALSE(pattern.matches(text)) << pattern.text << " should not match " << text;
  }
}

TEST(PatternsTest, Role) {
  Expect(
      kRoleArnPattern,
      {"arn:aws:iam::000000000000:role/lambda", "arn:aws-cn:iam::123456789012:role/a/b+c=d,e.f@g",
       "arn::iam::123456789012:rolex", "arn:aws-us-gov:iam::123456789012:role/x"},
      {"", "role", "arn:aws:iam::12345678901:role/x", "arn:aws:iam::1234567890123:role/x",
       "arn:aws:iam::123456789012:role", "arn:aws:iam::123456789012:user/x",
       "arn:aws:iam::123456789012:role/a b", "arn:aws1:iam::123456789012:role/x"});
}

TEST(PatternsTest, Handler) {
  Expect(kHandlerPattern, {"index.handler", "a/b.c"}, {"", "a b", "a\tb", "a\n"});
}

TEST(PatternsTest, Resource) {
  Expect(kResourceArnPattern,
         {"", "arn:aws:sqs:us-east-1:000000000000:q", "arn::kms:", "arn:aws:a.b-c:x y"},
         {"sqs", "arn:aws:sqs", "arn:aws:SQS:x", "arn:aws::x"});
}

TEST(PatternsTest, EnvironmentName) {
  Expect(kEnvironmentNamePattern, {"AB", "a_", "a1"}, {"", "A", "_AB", "1A", "A-B", "A B"});
}

TEST(PatternsTest, LogGroup) {
  Expect(kLogGroupPattern, {"/aws/lambda/f", "a#b.c-d_e"}, {"", "a b", "a:b"});
}

TEST(PatternsTest, AliasAndVersion) {
  Expect(kAliasNamePattern, {"prod", "1a", "a-b_c"}, {"", "12", "a.b", "$LATEST"});
  Expect(kVersionPattern, {"$LATEST", "1", "0012"}, {"", "LATEST", "1a", "prod"});
}

TEST(PatternsTest, Permission) {
  Expect(kStatementIdPattern, {"a-b_1"}, {"", "a.b", "a b"});
  Expect(kActionPattern, {"*", "lambda:*", "lambda:InvokeFunction"},
         {"", "lambda:", "lambda:a1", "s3:Get", "lambda:a*"});
  Expect(kPrincipalPattern, {"*", "s3.amazonaws.com"}, {"", "a b"});
  Expect(kSourceAccountPattern, {"123456789012"}, {"", "12345678901", "12345678901a"});
  Expect(kOrganizationPattern, {"o-abcdefghij"}, {"", "o-abc", "x-abcdefghij", "o-ABCDEFGHIJ"});
}

TEST(PatternsTest, SourceAndDestination) {
  Expect(kSourceArnPattern,
         {"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:s3:::bucket",
          "arn:aws:sqs:us-gov-east-1:000000000000:q", "arn:aws:dynamodb:us-east-1::x"},
         {"", "arn:aws:sqs", "arn:sqs:us-east-1:000000000000:q", "arn:aws:sqs:useast1:1:q",
          "arn:aws:sqs:us-east-1:123:q"});
  Expect(kDestinationArnPattern, {"", "arn:aws:sqs:us-east-1:000000000000:q"}, {"q"});
}

TEST(PatternsTest, LayerVersion) {
  Expect(kLayerVersionArnPattern, {"arn:aws:lambda:us-east-1:000000000000:layer:a-b_1:12"},
         {"", "a", "arn:aws:lambda:us-east-1:000000000000:layer:a", "arn:aws:lambda:x:1:layer:a:1",
          "arn:aws:lambda:us-east-1:000000000000:layer:a:b"});
}

TEST(PatternsTest, Line) {
  Expect(kLinePattern, {"", "https://a.example", "*", "x y", "\xc3\xa9"},
         {"a\r\nb: c", "\n", "a\tb", "\x7f", std::string_view("\0", 1)});
}

TEST(PatternsTest, Bucket) { Expect(kBucketPattern, {"local-dir", "a.b"}, {"a.", "a/b"}); }

}  // namespace
}  // namespace millrace::api
