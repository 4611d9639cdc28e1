// Credentials files, read once and again, and which key a request finds.
#include "server/auth/access_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "server/auth/signature.h"

namespace millrace::server {
namespace {

using testing::HasSubstr;

TEST(CredentialsFile, ReadsSections) {
  const auto keys = ParseCredentialsFile(
      "# comment\n\n[default]\naws_access_key_id = AKIA1\r\naws_secret_access_key=s=1\n"
      "region = eu-west-1\n; comment\n[ other ]\naws_secret_access_key = s2\n"
      "aws_access_key_id = AKIA2\naws_session_token = t2\n[empty]\n");
  ASSERT_TRUE(keys.ok()) << keys.status().ToString();
  ASSERT_EQ(keys.value().size(), 2u);
  EXPECT_EQ(keys.value()[0].id, "AKIA1");
  EXPECT_EQ(keys.value()[0].secret, "s=1");
  EXPECT_EQ(keys.value()[0].session_token, "");
  EXPECT_EQ(keys.value()[1].profile, "other");
  EXPECT_EQ(keys.value()[1].session_token, "t2");
}

TEST(CredentialsFile, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"aws_access_key_id = a", "line 1 of the credentials file: a setting outside"},
      {"[a]\nnonsense", "line 2 of the credentials file: neither"},
      {"[a\n", "line 1 of the credentials file: a section is [name]"},
      {"[]\n", "a section is [name]"},
      {"[a\rb]\n", "a section is [name]"},
      {"[a]\naws_access_key_id = a\rb\n", "line 2 of the credentials file: a control character"},
      {"[a]\naws_access_key_id = a\n[b]\n", "no aws_secret_access_key"},
      {"[a]\naws_secret_access_key = a\n", "no aws_access_key_id"},
      {"[a]\naws_access_key_id = a\naws_secret_access_key = x\n"
       "[b]\naws_access_key_id = a\naws_secret_access_key = y\n",
       "twice"},
  };
  for (const auto& [text, problem] : rows) {
    const auto keys = ParseCredentialsFile(text);
    ASSERT_FALSE(keys.ok()) << text;
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr(problem));
  }
}

class AccessKeysTest : public testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  void Write(const std::string& secret, const std::string& id = "AKIA") {
    // Another file under the same name, as tools that write with care do it.
    const std::string fresh = path_ + ".new";
    std::ofstream(fresh) << "[default]\naws_access_key_id = " << id
                         << "\naws_secret_access_key = " << secret << "\n";
    ASSERT_EQ(std::rename(fresh.c_str(), path_.c_str()), 0);
  }

  const std::string path_ = testing::TempDir() + "access_keys_" + std::to_string(getpid());
  const CredentialScope scope_ = {"AKIA", "20150830", "us-east-1", "dynamodb", "aws4_request"};
  AccessKeys keys_{path_};
  AccessKeys::Lookup found_;
};

TEST_F(AccessKeysTest, FindsKeysAndReadsTheFileAgain) {
  EXPECT_EQ(keys_.Load().code(), StatusCode::kNotFound);
  Write("one");
  ASSERT_TRUE(keys_.Load().ok());
  ASSERT_TRUE(keys_.Find(scope_, &found_));
  EXPECT_EQ(found_.signing_key, DeriveSigningKey("one", scope_));
  EXPECT_EQ(keys_.LoadIfChanged().value(), false);

  Write("two");
  EXPECT_EQ(keys_.LoadIfChanged().value(), true);
  ASSERT_TRUE(keys_.Find(scope_, &found_));
  EXPECT_EQ(found_.signing_key, DeriveSigningKey("two", scope_));

  Write("three", "OTHER");
  EXPECT_EQ(keys_.LoadIfChanged().value(), true);
  EXPECT_FALSE(keys_.Find(scope_, &found_));
}

TEST_F(AccessKeysTest, KeepsWhatItKnowsWhenTheFileIsBroken) {
  Write("one");
  ASSERT_TRUE(keys_.Load().ok());
  std::ofstream(path_) << "nonsense";
  EXPECT_FALSE(keys_.LoadIfChanged().ok());
  EXPECT_TRUE(keys_.Find(scope_, &found_));
  // It is said once.
  EXPECT_EQ(keys_.LoadIfChanged().value(), false);
}

TEST_F(AccessKeysTest, KeepsAddedKeysAndManyScopes) {
  Write("one");
  keys_.Add({"FUNCTION", "secret", "token", ""});
  ASSERT_TRUE(keys_.Load().ok());
  CredentialScope scope = scope_;
  scope.access_key_id = "FUNCTION";
  for (const std::string_view service :
       {"dynamodb", "sqs", "lambda", "logs", "a", "b", "c", "d", "e", "dynamodb", "e", "sqs"}) {
    scope.service = service;
    ASSERT_TRUE(keys_.Find(scope, &found_));
    EXPECT_EQ(found_.signing_key, DeriveSigningKey("secret", scope)) << service;
    EXPECT_EQ(found_.session_token, "token");
  }
}

}  // namespace
}  // namespace millrace::server
