// Damage is found without changing anything, and what is mended opens and holds what it should.
#include "storage/engine/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/engine/engine.h"
#include "storage/engine/fault_file_system.h"
#include "storage/engine/fault_test_support.h"

namespace millrace::engine {
namespace {

using ::testing::HasSubstr;

class RepairTest : public ::testing::Test {
 protected:
  void Fill(int writes) {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(SmallOptions(path()));
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    engine.value()->Start();
    const int done = static_cast<int>(engine.value()->statistics().last_sequence);
    ASSERT_EQ(Script::Continue(engine->get(), done, writes), writes);
  }

  std::vector<std::string> Files(std::string_view part) const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      if (entry.path().filename().string().find(part) != std::string::npos) {
        paths.push_back(entry.path().string());
      }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  DamageReport Find() const {
    Result<DamageReport> report = FindDamage(path());
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? std::move(report).value() : DamageReport();
  }

  Status Open() const { return Engine::Open(SmallOptions(path())).status(); }
  const std::string& path() const { return directory_.path(); }

  TemporaryDirectory directory_;
};

TEST_F(RepairTest, NothingIsFoundInASoundFolder) {
  Fill(60);
  const DamageReport report = Find();
  EXPECT_FALSE(report.any());
  EXPECT_TRUE(report.lines.empty());
}

// Everything before the damage is kept, nothing behind it.
TEST_F(RepairTest, ALogEndsBeforeItsDamage) {
  Fill(12);  // all of it is in the log
  const std::string log = Files(".log").back();
  ASSERT_TRUE(FlipBit(log, std::filesystem::file_size(log) / 2).ok());
  ASSERT_EQ(Open().code(), StatusCode::kCorruption);
  const DamageReport report = Find();
  ASSERT_TRUE(report.log_damaged);
  EXPECT_EQ(Open().code(), StatusCode::kCorruption);  // finding has mended nothing
  const Status mended = RepairDamage(path(), report);
  ASSERT_TRUE(mended.ok()) << mended.ToString();
  Result<std::unique_ptr<Engine>> engine = Engine::Open(SmallOptions(path()));
  ASSERT_TRUE(engine.ok()) << engine.status().ToString();
  const int last = Script::Check(**engine);
  EXPECT_GT(last, 0);
  EXPECT_LT(last, 12);
  EXPECT_THAT(report.lines.at(0), HasSubstr("after commit " + std::to_string(last) + " is lost"));
  engine->reset();
  Fill(30);
}

TEST_F(RepairTest, ATableFileGoesWithItsEntries) {
  Fill(19);
  ASSERT_TRUE(Open().ok());  // what was in the log is in table files now
  const std::vector<std::string> files = Files(".sst");
  ASSERT_FALSE(files.empty());
  ASSERT_TRUE(FlipBit(files.front(), 60).ok());
  const DamageReport report = Find();
  ASSERT_EQ(report.table_files.size(), 1u);
  EXPECT_THAT(report.lines.at(0), HasSubstr("bytes) cannot be read"));
  const Status mended = RepairDamage(path(), report);
  ASSERT_TRUE(mended.ok()) << mended.ToString();
  EXPECT_EQ(Open().ToString(), Status::Ok().ToString());
  EXPECT_FALSE(Find().any());
}

TEST_F(RepairTest, ADamagedListOfFilesIsNotTouched) {
  Fill(60);
  for (const std::string& manifest : Files("MANIFEST")) {
    ASSERT_TRUE(FlipBit(manifest, 200).ok());
  }
  ASSERT_EQ(Open().code(), StatusCode::kCorruption);
  const DamageReport report = Find();
  ASSERT_TRUE(report.manifest_damaged);
  const Status status = RepairDamage(path(), report);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore a backup"));
}

}  // namespace
}  // namespace millrace::engine
