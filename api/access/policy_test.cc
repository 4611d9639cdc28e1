// Documents: what they say about requests, and what is refused.
#include "api/access/policy.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "api/access/test_facts.h"

namespace millrace::api::access {
namespace {

constexpr const char* kTable = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

const Principal kAda = {"ada", "arn:aws:iam::000000000000:user/ada", "000000000000"};

Verdict Judge(const Policy& policy, std::string_view action, std::string_view resource) {
  const TestFacts facts({{"aws:username", {"ada"}}, {"dynamodb:LeadingKeys", {"ada"}}});
  return policy.Judge({action, resource, &kAda, &facts});
}

struct PolicyCase {
  const char* statements;
  const char* action;
  const char* resource;
  Verdict verdict;
};

constexpr Verdict kSilent = Verdict::kSilent;
constexpr Verdict kAllowed = Verdict::kAllowed;
constexpr Verdict kDenied = Verdict::kDenied;

const PolicyCase kIdentityCases[] = {
    {R"({"Effect": "Allow", "Action": "*", "Resource": "*"})", "dynamodb:PutItem", kTable,
     kAllowed},
    {R"({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"})", "dynamodb:PutItem",
     kTable, kSilent},
    {R"({"Effect": "Allow", "Action": "DYNAMODB:putitem", "Resource": "*"})", "dynamodb:PutItem",
     kTable, kAllowed},
    {R"({"Effect": "Allow", "Action": ["dynamodb:Get*", "dynamodb:Put*"], "Resource": "*"})",
     "dynamodb:PutItem", kTable, kAllowed},
    {R"({"Effect": "Allow", "NotAction": "dynamodb:Delete*", "Resource": "*"})",
     "dynamodb:DeleteTable", kTable, kSilent},
    {R"({"Effect": "Allow", "NotAction": "dynamodb:Delete*", "Resource": "*"})", "dynamodb:PutItem",
     kTable, kAllowed},
    {R"({"Effect": "Allow", "Action": "dynamodb:*",
         "Resource": "arn:aws:dynamodb:*:*:table/orders"})",
     "dynamodb:PutItem", kTable, kAllowed},
    {R"({"Effect": "Allow", "Action": "dynamodb:*",
         "Resource": "arn:aws:dynamodb:*:*:table/orders"})",
     "dynamodb:Query", "arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/by-day",
     kSilent},
    {R"({"Effect": "Allow", "Action": "*", "NotResource": "*/orders"})", "dynamodb:PutItem", kTable,
     kSilent},
    {R"({"Effect": "Allow", "Action": "*", "NotResource": "*/customers"})", "dynamodb:PutItem",
     kTable, kAllowed},
    // A denial wins, wherever it stands.
    {R"([{"Effect": "Allow", "Action": "*", "Resource": "*"},
         {"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"}])",
     "dynamodb:DeleteItem", kTable, kDenied},
    {R"([{"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"},
         {"Effect": "Allow", "Action": "*", "Resource": "*"}])",
     "dynamodb:DeleteItem", kTable, kDenied},
    {R"([{"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"},
         {"Effect": "Allow", "Action": "*", "Resource": "*"}])",
     "dynamodb:PutItem", kTable, kAllowed},
    {R"({"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"})", "dynamodb:PutItem",
     kTable, kSilent},
    // Conditions.
    {R"({"Effect": "Allow", "Action": "*", "Resource": "*",
         "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"}}})",
     "dynamodb:PutItem", kTable, kAllowed},
    {R"({"Effect": "Allow", "Action": "*", "Resource": "*",
         "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "bob"}}})",
     "dynamodb:PutItem", kTable, kSilent},
    {R"({"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:username": "bob"}}})",
     "dynamodb:PutItem", kTable, kDenied},
    {R"([])", "dynamodb:PutItem", kTable, kSilent},
};

const PolicyCase kResourceCases[] = {
    {R"({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})", "dynamodb:GetItem",
     kTable, kAllowed},
    {R"({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kAllowed},
    {R"({"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::000000000000:user/bob",
         "arn:aws:iam::000000000000:user/ada"]}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kAllowed},
    {R"({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/bob"},
         "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
    // An account as a whole: permits nothing by itself, but denies.
    {R"({"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
    {R"({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "*",
         "Resource": "*"})",
     "dynamodb:GetItem", kTable, kDenied},
    {R"({"Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
    {R"({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::000000000000:user/ada"},
         "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
    {R"({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::000000000000:user/bob"},
         "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kDenied},
    // Documents for AWS name the account beside who is excepted; it excepts nobody else.
    {R"({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::000000000000:user/bob",
         "arn:aws:iam::000000000000:root"]}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kDenied},
    {R"({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::000000000000:user/ada",
         "000000000000"]}, "Action": "*", "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
    {R"({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "*",
         "Resource": "*"})",
     "dynamodb:GetItem", kTable, kSilent},
};

std::string Document(const char* statements) {
  return std::string(R"({"Version": "2012-10-17", "Statement": )") + statements + "}";
}

TEST(PolicyTest, JudgesUsers) {
  for (const PolicyCase& entry : kIdentityCases) {
    Policy policy;
    const Status status = policy.AddText(Document(entry.statements), PolicyKind::kIdentity);
    ASSERT_TRUE(status.ok()) << entry.statements << ": " << status.ToString();
    EXPECT_EQ(Judge(policy, entry.action, entry.resource), entry.verdict) << entry.statements;
  }
}

TEST(PolicyTest, JudgesWhoeverComesToAResource) {
  for (const PolicyCase& entry : kResourceCases) {
    Policy policy;
    const Status status = policy.AddText(Document(entry.statements), PolicyKind::kResource);
    ASSERT_TRUE(status.ok()) << entry.statements << ": " << status.ToString();
    EXPECT_EQ(Judge(policy, entry.action, entry.resource), entry.verdict) << entry.statements;
  }
}

TEST(PolicyTest, AddsUpDocuments) {
  Policy policy;
  EXPECT_EQ(Judge(policy, "dynamodb:GetItem", kTable), kSilent);
  ASSERT_TRUE(policy
                  .AddText(Document(R"({"Effect": "Allow", "Action": "*", "Resource": "*"})"),
                           PolicyKind::kIdentity)
                  .ok());
  ASSERT_TRUE(policy
                  .AddText(Document(R"({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"})"),
                           PolicyKind::kIdentity)
                  .ok());
  EXPECT_EQ(policy.size(), 2u);
  EXPECT_EQ(Judge(policy, "dynamodb:GetItem", kTable), kAllowed);
  EXPECT_EQ(Judge(policy, "sqs:SendMessage", "*"), kDenied);
}

// Documents of the first version have no variables.
TEST(PolicyTest, KnowsVersions) {
  constexpr const char* kStatement =
      R"("Statement": {"Effect": "Allow", "Action": "*", "Resource": "${aws:username}"}})";
  Policy policy;
  ASSERT_TRUE(policy.AddText(std::string("{") + kStatement, PolicyKind::kIdentity).ok());
  EXPECT_EQ(Judge(policy, "a:B", "ada"), kSilent);
  EXPECT_EQ(Judge(policy, "a:B", "${aws:username}"), kAllowed);
  Policy second;
  ASSERT_TRUE(
      second
          .AddText(std::string(R"({"Version": "2012-10-17", )") + kStatement, PolicyKind::kIdentity)
          .ok());
  EXPECT_EQ(Judge(second, "a:B", "ada"), kAllowed);
}

TEST(PolicyTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const text : {
           "",
           "[]",
           "\"Allow\"",
           "{}",
           R"({"Version": "2012-10-17"})",
           R"({"Version": "2013-01-01", "Statement": []})",
           R"({"Statement": [], "Rules": []})",
           R"({"Statement": "Allow"})",
           R"({"Statement": {"Action": "*", "Resource": "*"}})",
           R"({"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": 1, "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "", "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "a:*",
               "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
               "NotResource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "If": 1}})",
           R"({"Statement": {"Sid": 1, "Effect": "Allow", "Action": "*", "Resource": "*"}})",
           R"({"Statement": {"Principal": "*", "Effect": "Allow", "Action": "*",
               "Resource": "*"}})",
           R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
               "Condition": {"Like": {"a": "b"}}}})",
           R"({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"},
               "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})",
           R"({"Version": "2012-10-17", "Version": "2008-10-17",
               "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})",
       }) {
    Policy policy;
    EXPECT_FALSE(policy.AddText(text, PolicyKind::kIdentity).ok()) << text;
    EXPECT_EQ(policy.size(), 0u);
  }
  for (const char* const principal :
       {R"("Principal": "ada",)", R"("Principal": {},)", R"("Principal": {"AWS": 1},)",
        R"("Principal": {"AWS": "ada"},)", R"("Principal": {"People": "ada"},)", "",
        R"("Principal": {"AWS": "arn:aws:iam::000000000000:user/*"},)",
        R"("Principal": {"AWS": ["*", "arn:aws:iam::000000000000:user/ad?"]},)",
        R"("Principal": "*", "NotPrincipal": "*",)", R"("NotPrincipal": "*",)"}) {
    Policy policy;
    const std::string text = std::string("{\"Statement\": {") + principal +
                             R"("Effect": "Allow", "Action": "*", "Resource": "*"}})";
    EXPECT_FALSE(policy.AddText(text, PolicyKind::kResource).ok()) << text;
  }
}

// Where in a long document the mistake is.
TEST(PolicyTest, NamesTheStatement) {
  Policy policy;
  const Status status = policy.AddText(
      Document(R"([{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Perhaps"}])"),
      PolicyKind::kIdentity);
  EXPECT_EQ(status.message(), "statement 2: Effect must be Allow or Deny");
  EXPECT_EQ(policy.size(), 0u);
}

}  // namespace
}  // namespace millrace::api::access
