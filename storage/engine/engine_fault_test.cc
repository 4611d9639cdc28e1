// Disks that are full, fail or give back wrong bytes: what was acknowledged stays, what is read is
// right or an error, and after a full disk writes go on by themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/engine/engine.h"
#include "storage/engine/fault_file_system.h"
#include "storage/engine/fault_test_support.h"

namespace millrace::engine {
namespace {

using ::testing::HasSubstr;

// Writes under numbers, each to two spaces, and what became of them.
class FaultTest : public ::testing::Test {
 protected:
  static std::string KeyOf(int number) { return "key" + std::to_string(1000 + number); }

  Status Open(Durability durability = Durability::kSync, bool with_disk = true) {
    engine_.reset();
    Options options = SmallOptions(directory_.path(), with_disk ? &disk_ : nullptr);
    options.durability = durability;
    options.sync_interval_ms = 1;
    Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
    if (engine.ok()) {
      engine_ = std::move(engine).value();
      engine_->Start();
    }
    return engine.status();
  }

  void SetFaults(std::string_view plan) { disk_.SetFaults(ParseFaults(plan).value()); }

  Status Write(int number) {
    TestMutation write({}, [number](auto, WriteSet* writes) {
      writes->Put(Space::kItems, KeyOf(number), Noise(number, 3000));
      writes->Put(Space::kLog, KeyOf(number), Noise(number + 1, 1000));
      writes->AddToCounters(1, 1, 4000);
      return Status::Ok();
    });
    const Status status = engine_->SubmitAndWait(&write);
    if (status.ok()) {
      acknowledged_.insert(number);
    }
    return status;
  }

  // Writes until one fails, 300 at most. The number of the one that failed, 0: none.
  int WriteUntilFailure() {
    for (int count = 0; count < 300; ++count) {
      if (!Write(++number_).ok()) {
        return number_;
      }
    }
    return 0;
  }

  bool WaitForHealth(bool healthy) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (engine_->health().ok() != healthy) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  // What is there is what was acknowledged, and `perhaps` the one that failed.
  void Check(int perhaps = 0) {
    int64_t found_count = 0;
    for (int number = 1; number <= number_; ++number) {
      PinnedValue item;
      PinnedValue record;
      ASSERT_TRUE(engine_->Get(Space::kItems, KeyOf(number), &item).ok());
      ASSERT_TRUE(engine_->Get(Space::kLog, KeyOf(number), &record).ok());
      EXPECT_EQ(item.found(), record.found()) << "half of write " << number;
      if (number != perhaps) {
        EXPECT_EQ(item.found(), acknowledged_.contains(number)) << number;
      }
      if (item.found()) {
        ++found_count;
        EXPECT_EQ(item.bytes(), Noise(number, 3000));
      }
    }
    EXPECT_EQ(engine_->Counters(1).item_count, found_count);
    EXPECT_EQ(engine_->Counters(1).size_bytes, found_count * 4000);
  }

  // Where the table files and logs are.
  std::vector<std::string> Files(const std::string& extension) {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().extension() == extension) {
        paths.push_back(entry.path().string());
      }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  TemporaryDirectory directory_;
  FaultFileSystem disk_;
  std::unique_ptr<Engine> engine_;
  int number_ = 0;
  std::set<int> acknowledged_;
};

class FullDiskTest : public FaultTest, public ::testing::WithParamInterface<const char*> {};

// Read-only while there is no space, saying why; then on as if nothing had been, without the write
// that failed, also after a restart.
TEST_P(FullDiskTest, WritesGoOnWhenThereIsSpaceAgain) {
  for (const Durability durability : {Durability::kSync, Durability::kNone}) {
    ASSERT_TRUE(Open(durability).ok());
    for (int round = 0; round < 3; ++round) {
      SetFaults(GetParam());
      const int failed = WriteUntilFailure();
      ASSERT_GT(failed, 0);
      // If only one kind of file found no space, it may have gone on already.
      SetFaults("no_space count=0");
      EXPECT_FALSE(Write(++number_).ok());
      ASSERT_TRUE(WaitForHealth(false));
      EXPECT_EQ(engine_->health().code(), StatusCode::kReadOnly);
      EXPECT_THAT(std::string(engine_->health().message()), HasSubstr("when there is space again"));
      EXPECT_EQ(Write(++number_).code(), StatusCode::kReadOnly);
      EXPECT_FALSE(engine_->DropRange(Space::kItems, "a", "b").ok());
      Check();
      SetFaults("");
      ASSERT_TRUE(WaitForHealth(true));
      for (int count = 0; count < 40; ++count) {
        ASSERT_TRUE(Write(++number_).ok());
      }
      Check();
    }
    ASSERT_TRUE(Open(durability).ok());
    Check();
    // The first write after the start: nothing but the log has been touched.
    SetFaults("no_space count=0");
    EXPECT_FALSE(Write(++number_).ok());
    SetFaults("");
    ASSERT_TRUE(WaitForHealth(true));
    EXPECT_TRUE(Write(++number_).ok());
    ASSERT_TRUE(Open(durability).ok());
    Check();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Where, FullDiskTest,
    ::testing::Values("no_space file=.log bytes=50000", "no_space file=.log first=5 count=0",
                      "no_space file=.sst count=0", "no_space file=.sst bytes=30000",
                      "no_space bytes=90000", "no_space create count=0",
                      "no_space create file=.log count=0", "no_space file=MANIFEST count=0"));

// The disk is full once more at any moment of going on: the next try goes on from there.
TEST_F(FaultTest, GoingOnMayFailAtAnyMoment) {
  int failures = 0;
  for (const std::string file : {"MANIFEST", ".sst", ".log"}) {
    for (const std::string operation : {"create", "write", "sync"}) {
      for (int first = 1; first <= 12; ++first) {
        ASSERT_TRUE(Open().ok());
        SetFaults("no_space file=.log bytes=150000");
        ASSERT_GT(WriteUntilFailure(), 0);
        const uint64_t before = disk_.statistics().faults;
        SetFaults("no_space " + operation + " file=" + file + " first=" + std::to_string(first));
        ASSERT_TRUE(WaitForHealth(true)) << operation << " " << file << " " << first;
        failures += disk_.statistics().faults > before ? 1 : 0;
        SetFaults("");
        // A compaction that has met the fault may be heard of later.
        for (int count = 0; count < 20;) {
          ASSERT_TRUE(WaitForHealth(true)) << operation << " " << file << " " << first;
          count += Write(++number_).ok() ? 1 : 0;
        }
      }
      Check();
    }
  }
  EXPECT_GT(failures, 20);
  std::printf("failures while going on: %d\n", failures);
}

// The power may fail at any moment of going on.
TEST_F(FaultTest, APowerCutWhileGoingOnLosesNothing) {
  int cuts = 0;
  for (int point = 1; point < 60; ++point) {
    TemporaryDirectory directory;
    FaultFileSystem disk;
    Options options = SmallOptions(directory.path(), &disk);
    int acknowledged = 0;
    {
      Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
      ASSERT_TRUE(engine.ok());
      engine.value()->Start();
      disk.SetFaults(ParseFaults("no_space file=.log bytes=150000").value());
      acknowledged = Script::Continue(engine->get(), 0, 100);
      ASSERT_LT(acknowledged, 100);
      disk.SetFaults(ParseFaults("power_cut first=" + std::to_string(point)).value());
      for (int wait = 0; wait < 2000 && !engine.value()->health().ok(); ++wait) {
        if (disk.statistics().power_is_cut) {
          break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    if (!disk.statistics().power_is_cut) {
      break;
    }
    ++cuts;
    options.file_system_hook = nullptr;
    Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
    ASSERT_TRUE(engine.ok()) << engine.status().ToString() << " at " << point;
    const int last = Script::Check(**engine);
    EXPECT_GE(last, acknowledged);
    EXPECT_LE(last, acknowledged + 1);
  }
  EXPECT_GT(cuts, 3);
  std::printf("power cuts while going on: %d\n", cuts);
}

// A sync now and then that finds no space.
TEST_F(FaultTest, SyncingNowAndThenGoesOnAsWell) {
  ASSERT_TRUE(Open(Durability::kInterval).ok());
  SetFaults("no_space sync file=.log count=0\nno_space file=.sst count=0");
  ASSERT_TRUE(Write(++number_).ok());
  ASSERT_TRUE(WaitForHealth(false));
  SetFaults("");
  ASSERT_TRUE(WaitForHealth(true));
  ASSERT_TRUE(Write(++number_).ok());
  ASSERT_TRUE(Open().ok());
  Check();
}

class FailingDiskTest : public FaultTest, public ::testing::WithParamInterface<const char*> {};

// A disk that fails is not trusted again before somebody has looked: a restart.
TEST_P(FailingDiskTest, WritesStopUntilTheRestart) {
  for (const Durability durability : {Durability::kSync, Durability::kNone}) {
    ASSERT_TRUE(Open(durability).ok());
    SetFaults(GetParam());
    const int failed = WriteUntilFailure();
    ASSERT_GT(failed, 0);
    SetFaults("");
    ASSERT_TRUE(WaitForHealth(false));
    EXPECT_THAT(std::string(engine_->health().message()), HasSubstr("injected"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(Write(++number_).code(), StatusCode::kReadOnly);
    Check();
    ASSERT_TRUE(Open(durability).ok());
    Check(failed);
    PinnedValue value;
    ASSERT_TRUE(engine_->Get(Space::kItems, KeyOf(failed), &value).ok());
    if (value.found()) {
      acknowledged_.insert(failed);
    }
    EXPECT_TRUE(Write(++number_).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Where, FailingDiskTest,
                         ::testing::Values("fail file=.log first=9", "short file=.log first=9",
                                           "fail sync file=.log first=9", "fail file=.sst",
                                           "short file=.sst first=2", "fail sync file=.sst",
                                           "fail sync file=MANIFEST first=3"));

// A block that cannot be read or is wrong is an error, not an absent item; the next try may do.
TEST_F(FaultTest, ReadsThatFailAreErrors) {
  for (const auto& [plan, code] : {std::pair("fail read file=.sst count=0", StatusCode::kIoError),
                                   std::pair("flip file=.sst count=0", StatusCode::kCorruption)}) {
    ASSERT_TRUE(Open().ok());
    for (int count = 0; count < 60; ++count) {
      ASSERT_TRUE(Write(++number_).ok());
    }
    ASSERT_TRUE(Open().ok());  // nothing is in the cache
    SetFaults(plan);
    int failures = 0;
    for (int number = 1; number <= number_; ++number) {
      PinnedValue value;
      const Status status = engine_->Get(Space::kItems, KeyOf(number), &value);
      if (status.ok()) {
        ASSERT_TRUE(value.found());
        EXPECT_EQ(value.bytes(), Noise(number, 3000));
      } else {
        EXPECT_EQ(status.code(), code) << status.ToString();
        ++failures;
      }
    }
    EXPECT_GT(failures, 0);
    SetFaults("");
    Check();
  }
}

// A byte of a table file has changed on the disk: its block is refused, the rest is read.
TEST_F(FaultTest, ADamagedBlockIsNoticed) {
  ASSERT_TRUE(Open().ok());
  for (int count = 0; count < 60; ++count) {
    ASSERT_TRUE(Write(++number_).ok());
  }
  ASSERT_TRUE(Open(Durability::kSync, false).ok());  // what was in memory is in files now
  engine_.reset();
  for (const std::string& path : Files(".sst")) {
    ASSERT_TRUE(FlipBit(path, 1000).ok());
  }
  const Status opened = Open(Durability::kSync, false);
  if (!opened.ok()) {
    EXPECT_EQ(opened.code(), StatusCode::kCorruption);
    EXPECT_THAT(std::string(opened.message()), HasSubstr("tools/repair"));
    return;
  }
  int failures = 0;
  for (int number = 1; number <= number_; ++number) {
    PinnedValue value;
    const Status status = engine_->Get(Space::kItems, KeyOf(number), &value);
    failures += status.ok() ? 0 : 1;
    if (status.ok()) {
      ASSERT_TRUE(value.found()) << number;
      EXPECT_EQ(value.bytes(), Noise(number, 3000));
    }
  }
  EXPECT_GT(failures, 0);
}

// The file that says which files there are.
TEST_F(FaultTest, ADamagedManifestIsRefusedWithTheWayOut) {
  ASSERT_TRUE(Open().ok());
  for (int count = 0; count < 60; ++count) {
    ASSERT_TRUE(Write(++number_).ok());
  }
  engine_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) {
      ASSERT_TRUE(FlipBit(entry.path().string(), 300).ok());
    }
  }
  const Status status = Open();
  EXPECT_EQ(status.code(), StatusCode::kCorruption) << status.ToString();
  EXPECT_THAT(std::string(status.message()), HasSubstr("tools/repair"));
}

}  // namespace
}  // namespace millrace::engine
