// Time to live with a manual clock: which items expire and when, what goes with them, entries of
// items that were there before, and that the sweeper finds what is written behind its back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/tables/test_support.h"
#include "storage/tables/time_to_live_sweeper.h"
#include "storage/tables/verify.h"

namespace millrace::tables {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kNow = 1'700'000'000;  // of the test store's clock, in seconds

class Removals final : public ChangeVisitor {
 public:
  bool Visit(const LoggedChange& change) override {
    if (change.record.type == ChangeType::kRemove) {
      EXPECT_TRUE(change.record.by_time_to_live);
      keys.emplace_back(change.record.key_source().Find("p").payload());
    }
    return true;
  }
  std::vector<std::string> keys;
};

class TimeToLiveTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { sweeper_.reset(); }

  void Open() {
    sweeper_.reset();
    ASSERT_TRUE(store_.Open().ok());
    sweeper_ = std::make_unique<TimeToLiveSweeper>(store_.engine(), store_.catalog(),
                                                   &store_.clock(), TimeToLiveOptions());
    store_.clock().AdvanceMs(kNow * 1000 - store_.clock().NowMs());
  }
  void Create() {
    TableDescriptor descriptor = DescribeTable("table");
    descriptor.stream = TableStream();
    descriptor.stream->enabled = true;
    ASSERT_TRUE(store_.calls().Create(descriptor).ok());
  }
  void Enable(const std::string& attribute) {
    ASSERT_TRUE(store_.calls()
                    .Update(
                        "table",
                        [&](const TableDescriptor&, TableDescriptor* changed) {
                          changed->time_to_live = TimeToLive();
                          changed->time_to_live->attribute_name = attribute;
                          return Status::Ok();
                        },
                        false)
                    .ok());
  }
  void Disable() {
    ASSERT_TRUE(store_.calls()
                    .Update(
                        "table",
                        [](const TableDescriptor&, TableDescriptor* changed) {
                          changed->time_to_live.reset();
                          return Status::Ok();
                        },
                        false)
                    .ok());
  }
  TablePointer table() { return store_.catalog()->Find("table"); }

  void Put(const std::string& key, const TestValue& expires) {
    const TestValue value = TestValue::String(key);
    std::string item;
    ItemBuilder builder(&item);
    builder.CopyValue("p", value.view());
    if (expires.view().present()) {
      builder.CopyValue("expires", expires.view());
    }
    builder.Finish();
    while (true) {
      TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
        *change = ItemChange::kPut;
        *bytes = item;
        return Status::Ok();
      });
      mutation.Prepare(table(), store_.items()->hash_seed(), value.view(), ValueView());
      ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
      const Status status = mutation.Wait();
      if (status.code() != StatusCode::kSchemaChanged) {
        ASSERT_TRUE(status.ok());
        return;
      }
    }
  }
  void Put(const std::string& key, int64_t expires) { Put(key, TestValue::Number(expires)); }
  // Sweeps, and returns the keys that are left, sorted.
  std::vector<std::string> Sweep() {
    const Status status = sweeper_->RunOnce();
    EXPECT_TRUE(status.ok()) << status.ToString();
    return Keys();
  }
  std::vector<std::string> Keys() {
    class Collector final : public ItemVisitor {
     public:
      void Visit(const ItemView& item) override { keys.emplace(item.Find("p").payload()); }
      std::set<std::string> keys;
    };
    Collector collector;
    PageOutcome outcome;
    PageRequest request;
    EXPECT_TRUE(store_.items()->ReadPage(*table(), request, &collector, &outcome).ok());
    return {collector.keys.begin(), collector.keys.end()};
  }
  std::vector<std::string> RemovedInOrder() {
    Removals removals;
    EXPECT_TRUE(store_.change_log()->Read({table()->stream()->stream_id, 0, 0, 0}, &removals).ok());
    return removals.keys;
  }
  void ExpectSound() {
    std::atomic<bool> stop{false};
    store_.catalog()->RunMaintenance(stop);
    VerifyReport report;
    ASSERT_TRUE(VerifyDatabase(*store_.engine(), &report).ok());
    EXPECT_EQ(report.problem_count, 0u) << (report.problems.empty() ? "" : report.problems[0]);
  }

  TestStore store_;
  std::unique_ptr<TimeToLiveSweeper> sweeper_;
};

TEST_F(TimeToLiveTest, DeletesExactlyWhatHasExpired) {
  Create();
  Enable("expires");
  Put("second ago", kNow - 1);
  Put("now", kNow);
  Put("later", kNow + 100);
  Put("five years", kNow - kExpiryAgeMaxSeconds);
  Put("older", kNow - kExpiryAgeMaxSeconds - 1);
  Put("milliseconds", kNow * 1000);
  Put("negative", -5);
  Put("text", TestValue::String(std::to_string(kNow - 10)));
  Put("none", TestValue::None());
  EXPECT_THAT(Sweep(),
              ElementsAre("later", "milliseconds", "negative", "none", "now", "older", "text"));
  EXPECT_THAT(RemovedInOrder(), ElementsAre("five years", "second ago"));
  EXPECT_EQ(sweeper_->deleted_count(), 2u);
  store_.clock().AdvanceMs(1000);
  EXPECT_THAT(Sweep(), ElementsAre("later", "milliseconds", "negative", "none", "older", "text"));
  store_.clock().AdvanceMs(99'000);
  EXPECT_EQ(Sweep().size(), 6u);  // expires when its second is over
  store_.clock().AdvanceMs(1000);
  EXPECT_THAT(Sweep(), ElementsAre("milliseconds", "negative", "none", "older", "text"));
  ExpectSound();
}

TEST_F(TimeToLiveTest, RefreshedItemsStay) {
  Create();
  Enable("expires");
  Put("a", kNow + 10);
  Put("b", kNow + 10);
  Put("c", kNow + 10);
  Put("b", kNow + 1000);
  Put("c", TestValue::None());
  store_.clock().AdvanceMs(20'000);
  EXPECT_THAT(Sweep(), ElementsAre("b", "c"));
  ExpectSound();
}

TEST_F(TimeToLiveTest, ItemsWrittenWithATimeThatHasPassedAreFound) {
  Create();
  Enable("expires");
  EXPECT_THAT(Sweep(), IsEmpty());
  store_.clock().AdvanceMs(1000'000);
  EXPECT_THAT(Sweep(), IsEmpty());
  Put("old", kNow - 1'000'000);
  Put("recent", kNow + 500);
  EXPECT_THAT(Sweep(), IsEmpty());
  EXPECT_THAT(RemovedInOrder(), ElementsAre("old", "recent"));
}

TEST_F(TimeToLiveTest, ItemsFromBeforeGetTheirEntries) {
  Create();
  for (int index = 0; index < 1000; ++index) {
    Put(std::to_string(index), index % 2 == 0 ? kNow - 10 : kNow + 10);
  }
  Enable("expires");
  EXPECT_EQ(table()->time_to_live()->state, TimeToLiveState::kEnabling);
  EXPECT_EQ(Sweep().size(), 500u);
  EXPECT_EQ(table()->time_to_live()->state, TimeToLiveState::kEnabled);
  ExpectSound();
  // The entries are as durable as everything else.
  Open();
  store_.clock().AdvanceMs(11'000);
  EXPECT_THAT(Sweep(), IsEmpty());
  ExpectSound();
}

TEST_F(TimeToLiveTest, AnotherAttributeMeansOtherEntries) {
  Create();
  Enable("expires");
  Put("a", kNow + 10);
  Sweep();
  Disable();
  ExpectSound();
  Put("b", kNow + 10);
  Enable("p");  // a key attribute; text never expires
  Sweep();
  store_.clock().AdvanceMs(20'000);
  EXPECT_THAT(Sweep(), ElementsAre("a", "b"));
  Disable();
  Enable("expires");
  EXPECT_THAT(Sweep(), IsEmpty());
  ExpectSound();
}

TEST_F(TimeToLiveTest, ATableThatIsDeletedTakesItsEntriesAlong) {
  Create();
  Enable("expires");
  Put("a", kNow - 10);
  ASSERT_TRUE(store_.calls().Delete("table").ok());
  ASSERT_TRUE(sweeper_->RunOnce().ok());
  EXPECT_EQ(sweeper_->deleted_count(), 0u);
  ExpectSound();
}

// Items are refreshed, or written anew with old times, while they are swept: what is left and what
// was removed must agree with the last writes.
TEST_F(TimeToLiveTest, WritersAndSweeperAgree) {
  Create();
  Enable("expires");
  constexpr int kKeys = 50;
  std::atomic<bool> stop{false};
  std::thread sweeping([&] {
    while (!stop.load()) {
      ASSERT_TRUE(sweeper_->RunOnce().ok());
    }
  });
  SeededRandom random(5);
  std::vector<int64_t> last(kKeys);
  for (int round = 0; round < 3000; ++round) {
    const int key = static_cast<int>(random.Next64() % kKeys);
    last[key] = kNow + static_cast<int64_t>(random.Next64() % 2000) - 1000;
    Put(std::to_string(key), last[key]);
    if (round % 100 == 0) {
      store_.clock().AdvanceMs(5000);
    }
  }
  stop.store(true);
  sweeping.join();
  const int64_t now = store_.clock().NowMs() / 1000;
  const std::vector<std::string> left = Sweep();
  const std::set<std::string> keys(left.begin(), left.end());
  for (int key = 0; key < kKeys; ++key) {
    if (last[key] != 0) {
      EXPECT_EQ(keys.contains(std::to_string(key)), last[key] >= now) << key;
    }
  }
  ExpectSound();
}

}  // namespace
}  // namespace millrace::tables
