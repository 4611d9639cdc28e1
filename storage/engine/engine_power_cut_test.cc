// The power fails at every moment at which something is synced: whatever was acknowledged is there
// afterwards, and nothing is half there.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>

#include "storage/engine/engine.h"
#include "storage/engine/fault_file_system.h"
#include "storage/engine/fault_test_support.h"

namespace millrace::engine {
namespace {

// What one machine did until the power failed.
struct Life {
  bool opened = false;
  int acknowledged = 0;  // writes
  FaultStatistics disk;
};

// Opens the store, goes on with the script, and closes.
Life Live(const std::string& path, std::vector<Fault> faults, Durability durability) {
  FaultFileSystem disk;
  disk.SetFaults(std::move(faults));
  Life life;
  Options options = SmallOptions(path, &disk);
  options.durability = durability;
  options.sync_interval_ms = 1;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
  if (engine.ok()) {
    life.opened = true;
    engine.value()->Start();
    const int done = static_cast<int>(engine.value()->statistics().last_sequence);
    life.acknowledged = Script::Continue(engine->get(), done);
    engine->reset();
  }
  life.disk = disk.statistics();
  return life;
}

Fault CutAt(uint64_t sync_point, uint64_t torn_seed) {
  Fault fault;
  fault.effect = Fault::Effect::kPowerCut;
  fault.operation = FileOperation::kSync;
  fault.first = sync_point;
  fault.torn_seed = torn_seed;
  return fault;
}

// Opens what is left, compares it, and sees that it can be written to and opened again. Returns
// the number of the last write.
int Inspect(const std::string& path) {
  int last = 0;
  {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(SmallOptions(path));
    EXPECT_TRUE(engine.ok()) << engine.status().ToString();
    if (!engine.ok()) {
      return -1;
    }
    last = Script::Check(**engine);
    engine.value()->Start();
    EXPECT_EQ(Script::Continue(engine->get(), last, last + 1), last + 1);
  }
  Result<std::unique_ptr<Engine>> again = Engine::Open(SmallOptions(path));
  EXPECT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again.ok() ? Script::Check(**again) : -1, last + 1);
  return last;
}

struct Case {
  Durability durability = Durability::kSync;
  bool torn = false;
  uint64_t stride = 1;  // every sync point, or fewer of them
  uint64_t first = 1;
};

// For the names of the tests.
void PrintTo(const Case& value, std::ostream* stream) {
  *stream << (value.durability == Durability::kSync ? "synced" : "not synced")
          << (value.torn ? ", torn" : "") << ", from point " << value.first << " in steps of "
          << value.stride;
}

class PowerCutTest : public ::testing::TestWithParam<Case> {};

TEST_P(PowerCutTest, NothingAcknowledgedIsLost) {
  const Case& param = GetParam();
  uint64_t cuts = 0;
  uint64_t before_opened = 0;
  for (uint64_t point = param.first;; point += param.stride) {
    SCOPED_TRACE("power cut at sync point " + std::to_string(point));
    TemporaryDirectory directory;
    const Life life =
        Live(directory.path(), {CutAt(point, param.torn ? point : 0)}, param.durability);
    if (!life.disk.power_is_cut) {
      ASSERT_EQ(life.acknowledged, Script::kWrites);
      break;
    }
    ++cuts;
    before_opened += life.opened ? 0 : 1;
    const int last = Inspect(directory.path());
    if (param.durability == Durability::kSync) {
      EXPECT_GE(last, life.acknowledged);
    }
    EXPECT_LE(last, life.acknowledged + 1);
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(before_opened, 0u);
  EXPECT_GT(cuts, param.durability == Durability::kSync ? Script::kWrites / param.stride : 20);
  RecordProperty("power_cuts", static_cast<int>(cuts));
  std::printf("power cuts: %d\n", static_cast<int>(cuts));
}

constexpr Durability kSync = Durability::kSync;
constexpr Durability kNone = Durability::kNone;
INSTANTIATE_TEST_SUITE_P(AllUnsyncedIsLost, PowerCutTest,
                         ::testing::Values(Case{kSync, false, 2, 1}, Case{kSync, false, 2, 2}));
INSTANTIATE_TEST_SUITE_P(SomeUnsyncedIsLeft, PowerCutTest,
                         ::testing::Values(Case{kSync, true, 2, 1}, Case{kSync, true, 2, 2}));
// Writes at the end may be lost, but only at the end.
INSTANTIATE_TEST_SUITE_P(SyncedByFlushesOnly, PowerCutTest,
                         ::testing::Values(Case{kNone, false, 2, 1}, Case{kNone, true, 2, 2}));

// The power fails again and again while the store recovers, each time one sync point later.
TEST(RepeatedPowerCutTest, RecoveryMayBeCutToo) {
  uint64_t cuts = 0;
  for (const uint64_t point : {90u, 150u, 200u}) {
    SCOPED_TRACE("power cut at sync point " + std::to_string(point));
    TemporaryDirectory directory;
    Life life = Live(directory.path(), {CutAt(point, point)}, Durability::kSync);
    ASSERT_TRUE(life.disk.power_is_cut);
    const int acknowledged = life.acknowledged;
    for (uint64_t later = 1; !life.opened || life.acknowledged == acknowledged; ++later) {
      life = Live(directory.path(), {CutAt(later, later % 2)}, Durability::kSync);
      if (!life.opened) {
        ++cuts;
      }
      ASSERT_LT(later, 100u);
      if (life.opened && life.acknowledged > acknowledged) {
        break;
      }
    }
    EXPECT_GE(Inspect(directory.path()), acknowledged);
  }
  EXPECT_GT(cuts, 10u);
  std::printf("power cuts while recovering: %d\n", static_cast<int>(cuts));
}

// The machinery itself: without the sync before the acknowledgement, writes are lost.
TEST(PowerCutCanaryTest, ACutWithoutSyncLosesWrites) {
  TemporaryDirectory directory;
  FaultFileSystem disk;
  Options options = SmallOptions(directory.path(), &disk);
  options.durability = Durability::kNone;
  int acknowledged = 0;
  {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
    ASSERT_TRUE(engine.ok());
    engine.value()->Start();
    acknowledged = Script::Continue(engine->get(), 0, 10);
    ASSERT_TRUE(disk.CutPower().ok());
  }
  EXPECT_EQ(acknowledged, 10);
  EXPECT_EQ(Inspect(directory.path()), 0);
}

}  // namespace
}  // namespace millrace::engine
