// What tags say about how a function is run.
#include "streams/functions/executor_tags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::streams {
namespace {

TEST(ExecutorTags, WhatIsSaidIsRead) {
  EXPECT_EQ(ReadExecutorTags({}, Executor::kAttach)->executor, Executor::kAttach);
  EXPECT_EQ(ReadExecutorTags({{"millrace:executor", "process"}}, Executor::kAttach)->executor,
            Executor::kProcess);
  const auto http = ReadExecutorTags(
      {{"millrace:executor", "http"}, {"millrace:url", "http://127.0.0.1:9000/f"}, {"team", "x"}},
      Executor::kProcess);
  ASSERT_TRUE(http.ok());
  EXPECT_EQ(http->executor, Executor::kHttp);
  EXPECT_EQ(http->url, "http://127.0.0.1:9000/f");
  const std::vector<std::string> words = {"node", "a b.mjs"};
  EXPECT_EQ(ReadExecutorTags(
                {{"millrace:executor", "command"}, {"millrace:command", R"(["node","a b.mjs"])"}},
                Executor::kProcess)
                ->command,
            words);
  const std::vector<std::string> more_words = {"python3", "-m", "main"};
  EXPECT_EQ(
      ReadExecutorTags({{"millrace:command", "python3  -m main "}}, Executor::kProcess)->command,
      more_words);
}

TEST(ExecutorTags, WhatMakesNoSenseIsRefused) {
  const std::vector<FunctionTags> wrong = {
      {{"millrace:executor", "docker"}},
      {{"millrace:executor", "http"}},
      {{"millrace:executor", "command"}},
      {{"millrace:executor", "command"}, {"millrace:command", "  "}},
      {{"millrace:command", "[1]"}},
      {{"millrace:command", "[]"}},
      {{"millrace:command", "[\"a\""}},
      {{"millrace:command", "[\"a\\u0000b\"]"}},
      {{"millrace:executor", "http"}, {"millrace:url", "https://x/"}},
      {{"millrace:url", "http://"}},
      {{"millrace:url", "http:///x"}},
      {{"millrace:url", "http://a b/"}},
      {{"millrace:url", "file:///etc/passwd"}},
  };
  for (const FunctionTags& tags : wrong) {
    EXPECT_EQ(ReadExecutorTags(tags, Executor::kProcess).status().code(),
              StatusCode::kInvalidArgument)
        << tags.begin()->second;
  }
}

TEST(ExecutorTags, DigestsDiffer) {
  EXPECT_EQ(ExecutorDigest({}), "");
  const std::string url = ExecutorDigest({Executor::kHttp, "http://a/", {}});
  EXPECT_NE(url, ExecutorDigest({Executor::kHttp, "http://b/", {}}));
  EXPECT_NE(ExecutorDigest({Executor::kCommand, "", {"a", "b"}}),
            ExecutorDigest({Executor::kCommand, "", {"a b"}}));
}

}  // namespace
}  // namespace millrace::streams
