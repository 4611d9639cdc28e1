// Writers against a table that is deleted and created again all the time: a write either lands in
// the table it was meant for, before that goes, or is told that the schema changed. Nothing is lost
// and nothing comes back.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

constexpr int kWriters = 3;
constexpr int kLives = 40;

// Counts all items of a table by paging through it.
class Counter final : public ItemVisitor {
 public:
  void Visit(const ItemView&) override { ++count; }
  int64_t count = 0;
};

TEST(SchemaRaceTest, WritersAgainstDeleteAndCreate) {
  TestStore store;
  ASSERT_TRUE(store.Open().ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> landed{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (int index = 0; !stop.load(); ++index) {
        const TablePointer table = store.catalog()->FindUsable("music");
        if (table == nullptr) {
          std::this_thread::yield();
          continue;
        }
        const TestValue key =
            TestValue::String(std::to_string(writer) + "-" + std::to_string(index));
        const Status status = PutItem(store.items(), table, key.view(), ValueView(), "v");
        if (status.ok()) {
          ++landed;
        } else {
          ASSERT_EQ(status.code(), StatusCode::kSchemaChanged);
          // Published before the refusal was told: the next look finds another table, or none.
          EXPECT_NE(store.catalog()->FindUsable("music"), table);
        }
      }
    });
  }
  const std::atomic<bool> never{false};
  std::thread maintenance([&] {
    while (!stop.load()) {
      store.catalog()->RunMaintenance(never);
      std::this_thread::yield();
    }
  });
  for (int life = 0; life < kLives; ++life) {
    const Result<TablePointer> created = store.calls().Create(DescribeTable("music"));
    ASSERT_TRUE(created.ok()) << created.status().ToString();
    // Not before somebody has written into this life.
    const int64_t before = landed.load();
    while (landed.load() < before + 5) {
      std::this_thread::yield();
    }
    ASSERT_TRUE(store.calls().Delete("music").ok());
    EXPECT_EQ(store.engine()->Counters((*created)->id()).item_count, 0);
  }
  stop.store(true);
  for (std::thread& thread : threads) {
    thread.join();
  }
  maintenance.join();
  store.catalog()->RunMaintenance(never);
  EXPECT_GE(landed.load(), kLives * 5);
  // All data of all lives is gone, although writers raced with every delete.
  const std::unique_ptr<engine::Scanner> scanner = store.engine()->Scan(engine::ScanRange());
  EXPECT_FALSE(scanner->Valid());
}

// Updates do not lose writes: what was acknowledged is there, and the counters agree.
TEST(SchemaRaceTest, WritersAgainstUpdates) {
  TestStore store;
  ASSERT_TRUE(store.Open().ok());
  ASSERT_TRUE(store.calls().Create(DescribeTable("music")).ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> landed{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (int index = 0; !stop.load();) {
        const TablePointer table = store.catalog()->FindUsable("music");
        ASSERT_NE(table, nullptr);
        const TestValue key =
            TestValue::String(std::to_string(writer) + "-" + std::to_string(index));
        const Status status = PutItem(store.items(), table, key.view(), ValueView(), "v");
        if (status.ok()) {
          ++landed;
          ++index;
        } else {
          ASSERT_EQ(status.code(), StatusCode::kSchemaChanged);
        }
      }
    });
  }
  for (int round = 0; round < 100; ++round) {
    const int64_t before = landed.load();
    while (landed.load() == before) {
      std::this_thread::yield();
    }
    ASSERT_TRUE(store.calls().Update("music", nullptr, true).ok());
  }
  stop.store(true);
  for (std::thread& thread : threads) {
    thread.join();
  }
  const TablePointer table = store.catalog()->FindUsable("music");
  EXPECT_EQ(table->descriptor().version, 101u);
  EXPECT_EQ(store.items()->Counters(*table).item_count, landed.load());
  Counter counter;
  PageOutcome outcome;
  ASSERT_TRUE(store.items()->ReadPage(*table, PageRequest(), &counter, &outcome).ok());
  EXPECT_EQ(counter.count, landed.load());
}

}  // namespace
}  // namespace millrace::tables
