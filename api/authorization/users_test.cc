// The policies file: whose key is whose, and what is refused.
#include "api/authorization/users.h"

#include <gtest/gtest.h>

namespace millrace::api {
namespace {

constexpr std::string_view kAccount = "000000000000";
constexpr const char* kFile = R"({
  "policies": {"all": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
  "users": [
    {"name": "ada", "access_keys": ["A1", "A2"], "policies": ["all",
      {"Statement": {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}}],
     "tags": {"team": "web"}},
    {"name": "bob"}
  ]})";

TEST(UsersTest, FindsUsersByTheirKeys) {
  const std::vector<NamedKey> keys = {{"B1", "bob"}, {"A2", "bob"}, {"A3", "ada"}, {"C1", "carl"}};
  const Result<Users> users = Users::Parse(kFile, kAccount, keys);
  ASSERT_TRUE(users.ok()) << users.status().ToString();
  EXPECT_EQ(users->size(), 2u);
  for (const char* const key : {"A1", "A2", "A3"}) {
    const User* const user = users->Find(key);
    ASSERT_NE(user, nullptr) << key;
    EXPECT_EQ(user->principal.arn, "arn:aws:iam::000000000000:user/ada");
    EXPECT_EQ(user->policy.size(), 2u);
    EXPECT_EQ(user->tags.size(), 1u);
  }
  ASSERT_NE(users->Find("B1"), nullptr);
  EXPECT_EQ(users->Find("B1")->policy.size(), 0u);
  EXPECT_EQ(users->Find("C1"), nullptr);
  EXPECT_EQ(users->Find(""), nullptr);
}

TEST(UsersTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const text : {
           "",
           "[]",
           "{}",
           R"({"users": {}})",
           R"({"users": [], "groups": []})",
           R"({"users": [{}]})",
           R"({"users": ["ada"]})",
           R"({"users": [{"name": ""}]})",
           R"({"users": [{"name": "a b"}]})",
           R"({"users": [{"name": "ada"}, {"name": "ada"}]})",
           R"({"users": [{"name": "ada", "keys": []}]})",
           R"({"users": [{"name": "ada", "access_keys": "A1"}]})",
           R"({"users": [{"name": "ada", "access_keys": [""]}]})",
           R"({"users": [{"name": "ada", "access_keys": ["A1"]},
                         {"name": "bob", "access_keys": ["A1"]}]})",
           R"({"users": [{"name": "ada", "policies": ["none"]}]})",
           R"({"users": [{"name": "ada", "policies": [{"Statement": {"Effect": "Allow"}}]}]})",
           R"({"users": [{"name": "ada", "tags": {"a": 1}}]})",
           R"({"policies": {"unused": {}}, "users": []})",
       }) {
    EXPECT_FALSE(Users::Parse(text, kAccount, {}).ok()) << text;
  }
}

// Where the mistake is.
TEST(UsersTest, NamesTheUser) {
  const Result<Users> users = Users::Parse(
      R"({"users": [{"name": "ada", "policies": [{"Statement": [{"Effect": "Maybe"}]}]}]})",
      kAccount, {});
  EXPECT_EQ(users.status().message(), "user \"ada\": statement 1: Effect must be Allow or Deny");
}

}  // namespace
}  // namespace millrace::api
