// Changes in a directory are noticed, and only those.
#include "streams/functions/directory_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "storage/engine/test_support.h"

namespace millrace::streams {
namespace {

class DirectoryWatchTest : public testing::Test {
 protected:
  DirectoryWatchTest() {
    std::filesystem::create_directories(root_ + "/lib/deep");
    Write("index.py");
    last_ = watch_.Generation();
  }
  void Write(const std::string& path) { std::ofstream(root_ + "/" + path) << "x"; }
  // Whether there has been a change since the last call.
  bool Changed() {
    const uint64_t generation = watch_.Generation();
    return std::exchange(last_, generation) != generation;
  }

  engine::TemporaryDirectory directory_;
  const std::string root_ = directory_.path() + "/app";
  DirectoryWatch watch_{root_};
  uint64_t last_ = 0;
};

TEST_F(DirectoryWatchTest, EveryKindOfChangeIsNoticed) {
  EXPECT_FALSE(Changed());
  Write("index.py");
  EXPECT_TRUE(Changed());
  EXPECT_FALSE(Changed());
  Write("lib/deep/new.py");
  EXPECT_TRUE(Changed());
  std::filesystem::remove(root_ + "/lib/deep/new.py");
  EXPECT_TRUE(Changed());
  std::filesystem::rename(root_ + "/index.py", root_ + "/main.py");
  EXPECT_TRUE(Changed());
  std::filesystem::create_symlink("main.py", root_ + "/index.py");
  EXPECT_TRUE(Changed());
  // Also in folders that have come later.
  std::filesystem::create_directories(root_ + "/later/deeper");
  EXPECT_TRUE(Changed());
  Write("later/deeper/a.py");
  EXPECT_TRUE(Changed());
  EXPECT_FALSE(Changed());
}

TEST_F(DirectoryWatchTest, WhatToolsWriteIsNoChange) {
  std::filesystem::create_directories(root_ + "/__pycache__");
  Write("__pycache__/index.pyc");
  Write(".index.py.swp");
  std::filesystem::create_directories(root_ + "/.git/objects");
  Write(".git/objects/x");
  EXPECT_FALSE(Changed());
  std::ifstream(root_ + "/index.py").get();
  EXPECT_FALSE(Changed());
}

TEST_F(DirectoryWatchTest, ADirectoryThatIsReplacedIsWatchedOn) {
  std::filesystem::rename(root_, directory_.path() + "/old");
  EXPECT_TRUE(Changed());
  EXPECT_FALSE(Changed());
  std::filesystem::create_directories(root_);
  EXPECT_TRUE(Changed());
  Write("index.py");
  EXPECT_TRUE(Changed());
  EXPECT_FALSE(Changed());
}

}  // namespace
}  // namespace millrace::streams
