// Which folders are accepted as a database, and that one is used by one opener at a time.
#include "storage/engine/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "storage/engine/engine.h"
#include "storage/engine/test_support.h"

namespace millrace::engine {
namespace {

using ::testing::HasSubstr;

class DataDirectoryTest : public ::testing::Test {
 protected:
  std::string PathOf(const std::string& name) const { return directory_.path() + "/" + name; }
  void WriteFile(const std::string& name, const std::string& text) const {
    std::ofstream(PathOf(name), std::ios::binary) << text;
  }
  Status OpenStatus() const {
    Options options;
    options.data_dir = directory_.path();
    return Engine::Open(options).status();
  }

  TemporaryDirectory directory_;
};

TEST_F(DataDirectoryTest, MakesMissingFolders) {
  Options options;
  options.data_dir = PathOf("a/b/c");
  EXPECT_TRUE(Engine::Open(options).ok());
  EXPECT_TRUE(std::filesystem::exists(PathOf("a/b/c/MILLRACE")));
}

TEST_F(DataDirectoryTest, RefusesAFolderWithOtherFiles) {
  WriteFile("letter.txt", "dear");
  const Status status = OpenStatus();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not empty"));
  EXPECT_FALSE(std::filesystem::exists(PathOf("MILLRACE.lock")));
}

TEST_F(DataDirectoryTest, RefusesAnotherProgramsRocksdb) {
  WriteFile("CURRENT", "MANIFEST-000001\n");
  const Status status = OpenStatus();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
}

TEST_F(DataDirectoryTest, RefusesANewerFormatNamingBoth) {
  ASSERT_TRUE(OpenStatus().ok());
  WriteFile("MILLRACE", "millrace database, format 7, complete\n");
  const Status status = OpenStatus();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_THAT(std::string(status.message()), HasSubstr("format 7"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("up to 1"));
}

TEST_F(DataDirectoryTest, RefusesAMarkerThatIsNotOurs) {
  for (const std::string text :
       {"", "hello", "millrace database, format ", "millrace database, format 0, complete\n",
        "millrace database, format 1, whatever\n"}) {
    WriteFile("MILLRACE", text);
    EXPECT_EQ(OpenStatus().code(), StatusCode::kCorruption) << text;
  }
}

// A process that died while the database was being made leaves an incomplete marker; the next one
// starts afresh.
TEST_F(DataDirectoryTest, FinishesAnInterruptedCreation) {
  WriteFile("MILLRACE", "millrace database, format 1, incomplete\n");
  WriteFile("MILLRACE.tmp", "mill");
  EXPECT_TRUE(OpenStatus().ok());
  EXPECT_TRUE(OpenStatus().ok());
}

// A database that was complete is never silently made anew.
TEST_F(DataDirectoryTest, RefusesWhenRocksdbsFilesAreLost) {
  ASSERT_TRUE(OpenStatus().ok());
  std::filesystem::remove(PathOf("CURRENT"));
  EXPECT_FALSE(OpenStatus().ok());
}

TEST_F(DataDirectoryTest, IsOpenOnceInOneProcess) {
  Options options;
  options.data_dir = directory_.path();
  Result<std::unique_ptr<Engine>> first = Engine::Open(options);
  ASSERT_TRUE(first.ok());
  const Status status = OpenStatus();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "database folder " + directory_.path() + " is in use by another process");
  first.value().reset();
  EXPECT_TRUE(OpenStatus().ok());
}

TEST_F(DataDirectoryTest, IsOpenOnceAcrossProcesses) {
  Result<std::unique_ptr<DataDirectory>> held = DataDirectory::Open(directory_.path(), 1);
  ASSERT_TRUE(held.ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Status status = DataDirectory::Open(directory_.path(), 1).status();
    _exit(status.code() == StatusCode::kFailedPrecondition ? 0 : 1);
  }
  int exit_status = -1;
  ASSERT_EQ(waitpid(child, &exit_status, 0), child);
  EXPECT_EQ(exit_status, 0);
}

}  // namespace
}  // namespace millrace::engine
