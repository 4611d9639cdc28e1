// The file of the audit log: order, rotation, and what happens when it cannot be written.
#include "server/audit/audit_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace millrace::server {
namespace {

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    std::string name = (std::filesystem::temp_directory_path() / "audit-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    path_ = directory_ + "/audit.log";
  }
  ~AuditLogTest() override { std::filesystem::remove_all(directory_); }

  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::string directory_;
  std::string path_;
};

TEST_F(AuditLogTest, AppendsLinesInOrder) {
  std::ofstream(path_) << "before\n";
  AuditLog log(path_);
  ASSERT_TRUE(log.Start().ok());
  std::string expected = "before\n";
  for (int index = 0; index < 1000; ++index) {
    log.Append(std::to_string(index));
    expected += std::to_string(index) + "\n";
  }
  log.Stop();
  EXPECT_EQ(Read(path_), expected);
  EXPECT_EQ(log.dropped_count(), 0u);
}

TEST_F(AuditLogTest, FollowsRotation) {
  AuditLog log(path_);
  ASSERT_TRUE(log.Start().ok());
  log.Append("one");
  // Lines are only known to be written once the log has ended, so wait for this one.
  while (Read(path_) != "one\n") {
    std::this_thread::yield();
  }
  std::filesystem::rename(path_, path_ + ".1");
  log.Append("two");
  log.Stop();
  EXPECT_EQ(Read(path_ + ".1"), "one\n");
  EXPECT_EQ(Read(path_), "two\n");
}

TEST_F(AuditLogTest, DropsWhatCannotBeWritten) {
  AuditLog log("/dev/full");
  ASSERT_TRUE(log.Start().ok());
  log.Append("one");
  log.Append("two");
  log.Stop();
  EXPECT_EQ(log.dropped_count(), 2u);
}

TEST_F(AuditLogTest, RefusesAFileThatCannotBeOpened) {
  AuditLog log(directory_ + "/none/audit.log");
  EXPECT_EQ(log.Start().code(), StatusCode::kIoError);
}

// Nobody waits, and memory is bounded, however much comes.
TEST_F(AuditLogTest, BoundsWhatWaits) {
  AuditLog log(path_);
  const std::string line(1 << 20, 'x');
  for (int index = 0; index < 10; ++index) {
    log.Append(line);
  }
  EXPECT_EQ(log.dropped_count(), 7u);
  ASSERT_TRUE(log.Start().ok());
  log.Stop();
  EXPECT_EQ(std::filesystem::file_size(path_), 3 * (line.size() + 1));
}

}  // namespace
}  // namespace millrace::server
