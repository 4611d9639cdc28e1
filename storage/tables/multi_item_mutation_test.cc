// Writes of several items: all or nothing over several tables, one commit, counters, order among
// concurrent ones, and reads of several items from one view.
#include "storage/tables/multi_item_mutation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/tables/multi_item_test_support.h"

namespace millrace::tables {
namespace {

class MultiItemMutationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    one_ = MakeTable("one", AttributeType::kNull);
    two_ = MakeTable("two", AttributeType::kNumber);
  }

  TablePointer MakeTable(const std::string& name, AttributeType sort_type) {
    const Result<TablePointer> table = store_.calls().Create(DescribeTable(name, sort_type));
    EXPECT_TRUE(table.ok());
    return table.value();
  }
  std::string Get(const TablePointer& table, const TestValue& p, const TestValue& s) {
    engine::PinnedValue pin;
    ItemView item;
    EXPECT_TRUE(store_.items()->Get(*table, p.view(), s.view(), &pin, &item).ok());
    return item.present() ? std::string(item.Find("v").payload()) : "<none>";
  }
  Status SubmitAndWait(TestMultiMutation* mutation) {
    RETURN_IF_ERROR(store_.items()->Submit(mutation));
    return mutation->Wait();
  }
  std::vector<ItemTarget> BothTargets() const {
    return {{one_, a_.view(), none_.view()}, {two_, b_.view(), three_.view()}};
  }
  uint64_t seed() { return store_.items()->hash_seed(); }

  TestStore store_;
  TablePointer one_;
  TablePointer two_;
  const TestValue a_ = TestValue::String("a");
  const TestValue b_ = TestValue::String("b");
  const TestValue three_ = TestValue::Number(3);
  const TestValue none_ = TestValue::None();
};

TEST_F(MultiItemMutationTest, WritesItemsOfSeveralTablesInOneCommit) {
  const uint64_t groups = store_.engine()->statistics().groups;
  const std::vector<std::string> items = {EncodeItem(a_.view(), none_.view(), "12345"),
                                          EncodeItem(b_.view(), three_.view(), "x")};
  TestMultiMutation mutation(PutAll(items));
  mutation.Prepare(BothTargets(), seed());
  ASSERT_TRUE(SubmitAndWait(&mutation).ok());
  EXPECT_EQ(store_.engine()->statistics().groups, groups + 1);
  EXPECT_EQ(Get(one_, a_, none_), "12345");
  EXPECT_EQ(Get(two_, b_, three_), "x");
  EXPECT_EQ(store_.items()->Counters(*one_).item_count, 1);
  // "p" + "a" + "v" + "12345".
  EXPECT_EQ(store_.items()->Counters(*one_).size_bytes, 8);
  EXPECT_EQ(store_.items()->Counters(*two_).item_count, 1);

  TestMultiMutation removal([](std::span<const ItemView> old_items, std::span<ItemDecision> made) {
    EXPECT_EQ(old_items[0].Find("v").payload(), "12345");
    EXPECT_EQ(old_items[1].Find("v").payload(), "x");
    made[0].change = ItemChange::kDelete;
    return Status::Ok();
  });
  removal.Prepare(BothTargets(), seed());
  ASSERT_TRUE(SubmitAndWait(&removal).ok());
  EXPECT_EQ(Get(one_, a_, none_), "<none>");
  EXPECT_EQ(Get(two_, b_, three_), "x");
  EXPECT_EQ(store_.items()->Counters(*one_).item_count, 0);
  EXPECT_EQ(store_.items()->Counters(*one_).size_bytes, 0);
}

TEST_F(MultiItemMutationTest, ARefusalWritesNothing) {
  const std::string item = EncodeItem(a_.view(), none_.view(), "new");
  TestMultiMutation mutation([&](std::span<const ItemView>, std::span<ItemDecision> made) {
    made[0] = {ItemChange::kPut, item};
    return Status(StatusCode::kRefused, "no");
  });
  mutation.Prepare(BothTargets(), seed());
  EXPECT_EQ(SubmitAndWait(&mutation).code(), StatusCode::kRefused);
  EXPECT_EQ(Get(one_, a_, none_), "<none>");
  EXPECT_EQ(store_.items()->Counters(*one_).item_count, 0);
}

TEST_F(MultiItemMutationTest, AnItemUnderAForeignKeyFailsTheWholeWrite) {
  // The second item has the key of the first one.
  const std::vector<std::string> items = {EncodeItem(a_.view(), none_.view(), "1"),
                                          EncodeItem(a_.view(), none_.view(), "2")};
  TestMultiMutation mutation(PutAll(items));
  mutation.Prepare(BothTargets(), seed());
  EXPECT_EQ(SubmitAndWait(&mutation).code(), StatusCode::kInternal);
  EXPECT_EQ(Get(one_, a_, none_), "<none>");
}

TEST_F(MultiItemMutationTest, ATableThatHasChangedRefusesTheWholeWrite) {
  const std::vector<std::string> items = {EncodeItem(a_.view(), none_.view(), "1"),
                                          EncodeItem(b_.view(), three_.view(), "2")};
  TestMultiMutation mutation(PutAll(items));
  mutation.Prepare(BothTargets(), seed());
  const auto edit = [](const TableDescriptor&, TableDescriptor* changed) {
    changed->deletion_protection_enabled = true;
    return Status::Ok();
  };
  ASSERT_TRUE(store_.calls().Update("two", edit, false).ok());
  EXPECT_EQ(SubmitAndWait(&mutation).code(), StatusCode::kSchemaChanged);
  EXPECT_EQ(mutation.apply_count, 0);
  EXPECT_EQ(Get(one_, a_, none_), "<none>");
}

TEST_F(MultiItemMutationTest, TellsDuplicateKeys) {
  TestMultiMutation mutation(nullptr);
  mutation.Prepare(BothTargets(), seed());
  EXPECT_FALSE(mutation.HasDuplicateKeys());
  std::vector<ItemTarget> targets = BothTargets();
  targets.push_back({one_, b_.view(), none_.view()});
  mutation.Prepare(targets, seed());
  EXPECT_FALSE(mutation.HasDuplicateKeys());  // the same value in two tables
  targets.push_back({one_, a_.view(), none_.view()});
  mutation.Prepare(targets, seed());
  EXPECT_TRUE(mutation.HasDuplicateKeys());
}

TEST_F(MultiItemMutationTest, MultiGetFindsItemsOfSeveralTables) {
  ASSERT_TRUE(PutItem(store_.items(), one_, a_.view(), none_.view(), "1").ok());
  ASSERT_TRUE(PutItem(store_.items(), two_, b_.view(), three_.view(), "2").ok());
  std::vector<ItemTarget> targets = BothTargets();
  targets.insert(targets.begin(), {one_, b_.view(), none_.view()});
  ItemReads reads;
  ASSERT_TRUE(store_.items()->MultiGet(targets, &reads).ok());
  EXPECT_FALSE(reads.items[0].present());
  EXPECT_EQ(reads.items[1].Find("v").payload(), "1");
  EXPECT_EQ(reads.items[2].Find("v").payload(), "2");
}

// Transfers between two tables keep the sum, and no read of both sees half a transfer.
TEST_F(MultiItemMutationTest, ReadersNeverSeeHalfOfAWrite) {
  const std::vector<ItemTarget> targets = BothTargets();
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int round = 0; round < 300; ++round) {
      const std::string text = std::to_string(round);
      const std::vector<std::string> items = {EncodeItem(a_.view(), none_.view(), text),
                                              EncodeItem(b_.view(), three_.view(), text)};
      TestMultiMutation mutation(PutAll(items));
      mutation.Prepare(targets, seed());
      ASSERT_TRUE(SubmitAndWait(&mutation).ok());
    }
    stop.store(true);
  });
  while (!stop.load()) {
    ItemReads reads;
    ASSERT_TRUE(store_.items()->MultiGet(targets, &reads).ok());
    EXPECT_EQ(reads.items[0].Find("v").present(), reads.items[1].Find("v").present());
    if (reads.items[0].present()) {
      EXPECT_EQ(reads.items[0].Find("v").payload(), reads.items[1].Find("v").payload());
    }
  }
  writer.join();
}

// Many threads increment two counters that must stay equal: each step sees the one before.
TEST_F(MultiItemMutationTest, ConcurrentWritesAreSerial) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 50;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        std::vector<std::string> items(2);
        TestMultiMutation mutation([&](std::span<const ItemView> old, std::span<ItemDecision> d) {
          const std::string before(old[0].present() ? old[0].Find("v").payload() : "0");
          EXPECT_EQ(before, old[1].present() ? old[1].Find("v").payload() : "0");
          const std::string after = std::to_string(std::stoi(before) + 1);
          items[0] = EncodeItem(a_.view(), none_.view(), after);
          items[1] = EncodeItem(b_.view(), three_.view(), after);
          return PutAll(items)(old, d);
        });
        mutation.Prepare(BothTargets(), seed());
        ASSERT_TRUE(SubmitAndWait(&mutation).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(Get(one_, a_, none_), std::to_string(kThreads * kRounds));
  EXPECT_EQ(Get(two_, b_, three_), std::to_string(kThreads * kRounds));
}

}  // namespace
}  // namespace millrace::tables
