// The life of tables: states by the clock, names, ids, persistence, and what is left behind when
// they go.
#include "storage/tables/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kTransitionMs = 500;

class CatalogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.Open().ok()); }

  TableState StateOf(const std::string& name) {
    const TablePointer table = store_.catalog()->Find(name);
    EXPECT_NE(table, nullptr);
    return table == nullptr ? TableState::kDeleting : table->StateAt(store_.clock().NowMs());
  }
  int CountKeys(engine::Space space, const std::string& from, const std::string& to) {
    engine::ScanRange range;
    range.space = space;
    range.from = from;
    range.to = to;
    int count = 0;
    const std::unique_ptr<engine::Scanner> scanner = store_.engine()->Scan(range);
    for (; scanner->Valid(); scanner->Next()) {
      ++count;
    }
    return count;
  }
  int ItemCount(uint32_t table_id) {
    std::string from;
    std::string to;
    AppendTablePrefix(table_id, &from);
    AppendTablePrefix(table_id + 1, &to);
    return CountKeys(engine::Space::kItems, from, to);
  }
  int MarkerCount() {
    return CountKeys(engine::Space::kMeta, MetaKindBegin(MetaKind::kDroppedTable),
                     MetaKindEnd(MetaKind::kDroppedTable));
  }
  void Fill(const std::string& name, int count) {
    const TablePointer table = store_.catalog()->FindUsable(name);
    ASSERT_NE(table, nullptr);
    for (int index = 0; index < count; ++index) {
      const TestValue key = TestValue::String("key" + std::to_string(index));
      ASSERT_TRUE(PutItem(store_.items(), table, key.view(), ValueView(), "v").ok());
    }
  }
  void RunMaintenance() {
    const std::atomic<bool> stop{false};
    store_.catalog()->RunMaintenance(stop);
  }

  TestStore store_{kTransitionMs};
};

TEST_F(CatalogTest, StatesFollowTheClock) {
  const Result<TablePointer> created = store_.calls().Create(DescribeTable("music"));
  ASSERT_TRUE(created.ok());
  EXPECT_EQ((*created)->descriptor().state, TableState::kCreating);
  EXPECT_EQ((*created)->descriptor().uuid.size(), 36u);
  EXPECT_EQ(StateOf("music"), TableState::kCreating);
  EXPECT_EQ(store_.catalog()->FindUsable("music"), nullptr);
  store_.clock().AdvanceMs(kTransitionMs - 1);
  EXPECT_EQ(store_.catalog()->FindUsable("music"), nullptr);
  store_.clock().AdvanceMs(1);
  EXPECT_EQ(StateOf("music"), TableState::kActive);
  EXPECT_NE(store_.catalog()->FindUsable("music"), nullptr);

  ASSERT_TRUE(store_.calls().Update("music", nullptr, true).ok());
  EXPECT_EQ(StateOf("music"), TableState::kUpdating);
  EXPECT_NE(store_.catalog()->FindUsable("music"), nullptr);
  store_.clock().AdvanceMs(kTransitionMs);
  EXPECT_EQ(StateOf("music"), TableState::kActive);

  const Result<TablePointer> deleted = store_.calls().Delete("music");
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ((*deleted)->descriptor().state, TableState::kDeleting);
  EXPECT_EQ(StateOf("music"), TableState::kDeleting);
  EXPECT_EQ(store_.catalog()->FindUsable("music"), nullptr);
  EXPECT_EQ(store_.calls().Create(DescribeTable("music")).status().code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(store_.calls().Delete("music").status().code(), StatusCode::kFailedPrecondition);
  store_.clock().AdvanceMs(kTransitionMs);
  EXPECT_EQ(store_.catalog()->Find("music"), nullptr);
  EXPECT_EQ(store_.calls().Delete("music").status().code(), StatusCode::kNotFound);
}

TEST_F(CatalogTest, EverythingIsFoundAgainAfterReopen) {
  TableDescriptor descriptor = DescribeTable("music", AttributeType::kNumber);
  descriptor.tags = {{"owner", "ann"}};
  const Result<TablePointer> created = store_.calls().Create(descriptor);
  ASSERT_TRUE(created.ok());
  ASSERT_TRUE(store_.Open().ok());
  EXPECT_EQ(StateOf("music"), TableState::kCreating);
  store_.clock().AdvanceMs(kTransitionMs);
  const TablePointer table = store_.catalog()->FindUsable("music");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->descriptor().uuid, (*created)->descriptor().uuid);
  EXPECT_EQ(table->key_schema(), descriptor.key_schema);
  EXPECT_EQ(table->descriptor().tags.at(0).value, "ann");
}

TEST_F(CatalogTest, UpdateChangesWhatItMay) {
  const Result<TablePointer> created = store_.calls().Create(DescribeTable("music"));
  ASSERT_TRUE(created.ok());
  store_.clock().AdvanceMs(kTransitionMs);
  const Result<TablePointer> updated = store_.calls().Update(
      "music",
      [](const TableDescriptor& current, TableDescriptor* changed) {
        EXPECT_EQ(current.state, TableState::kActive);
        changed->deletion_protection_enabled = true;
        changed->table_id = 99;
        changed->name = "other";
        return Status::Ok();
      },
      false);
  ASSERT_TRUE(updated.ok());
  EXPECT_TRUE((*created)->superseded());
  EXPECT_FALSE((*updated)->superseded());
  EXPECT_EQ((*updated)->id(), (*created)->id());
  EXPECT_EQ((*updated)->descriptor().name, "music");
  EXPECT_EQ((*updated)->descriptor().version, 2u);
  EXPECT_TRUE(store_.catalog()->FindUsable("music")->descriptor().deletion_protection_enabled);
  const auto refuse = [](const TableDescriptor&, TableDescriptor*) {
    return Status(StatusCode::kRefused, "protected");
  };
  EXPECT_EQ(store_.calls().Delete("music", refuse).status().code(), StatusCode::kRefused);
  EXPECT_FALSE((*updated)->superseded());
  EXPECT_EQ(store_.calls().Update("none", nullptr, false).status().code(), StatusCode::kNotFound);
}

TEST_F(CatalogTest, ListsInByteOrder) {
  for (const char* name : {"b-table", "a.table", "c_table", "B-table"}) {
    ASSERT_TRUE(store_.calls().Create(DescribeTable(name)).ok());
  }
  bool more = true;
  EXPECT_THAT(store_.catalog()->List("", 10, &more),
              ElementsAre("B-table", "a.table", "b-table", "c_table"));
  EXPECT_FALSE(more);
  EXPECT_THAT(store_.catalog()->List("a.table", 1, &more), ElementsAre("b-table"));
  EXPECT_TRUE(more);
  EXPECT_THAT(store_.catalog()->List("az", 2, &more), ElementsAre("b-table", "c_table"));
  EXPECT_FALSE(more);
}

TEST_F(CatalogTest, IdsAreNeverReused) {
  uint32_t last = 0;
  for (int round = 0; round < 3; ++round) {
    const Result<TablePointer> created = store_.calls().Create(DescribeTable("music"));
    ASSERT_TRUE(created.ok()) << created.status().ToString();
    EXPECT_GT((*created)->id(), last);
    last = (*created)->id();
    ASSERT_TRUE(store_.calls().Delete("music").ok());
    store_.clock().AdvanceMs(kTransitionMs);
    if (round == 1) {
      RunMaintenance();
    }
    ASSERT_TRUE(store_.Open().ok());
  }
}

TEST_F(CatalogTest, MaintenanceDropsWhatIsGoneAndNothingElse) {
  for (const char* name : {"keep", "drop"}) {
    ASSERT_TRUE(store_.calls().Create(DescribeTable(name)).ok());
  }
  store_.clock().AdvanceMs(kTransitionMs);
  Fill("keep", 5);
  Fill("drop", 7);
  const uint32_t keep_id = store_.catalog()->Find("keep")->id();
  const uint32_t drop_id = store_.catalog()->Find("drop")->id();
  ASSERT_TRUE(store_.calls().Delete("drop").ok());
  RunMaintenance();
  EXPECT_EQ(ItemCount(drop_id), 7);
  store_.clock().AdvanceMs(kTransitionMs);
  RunMaintenance();
  EXPECT_EQ(ItemCount(drop_id), 0);
  EXPECT_EQ(MarkerCount(), 0);
  EXPECT_EQ(store_.engine()->Counters(drop_id).item_count, 0);
  EXPECT_EQ(ItemCount(keep_id), 5);
  EXPECT_EQ(store_.engine()->Counters(keep_id).item_count, 5);
  ASSERT_TRUE(store_.Open().ok());
  EXPECT_EQ(store_.catalog()->Find("drop"), nullptr);
}

// The process dies between the commit that removes the row and the dropping of the data.
TEST_F(CatalogTest, DropIsResumedAfterACrash) {
  ASSERT_TRUE(store_.calls().Create(DescribeTable("music")).ok());
  store_.clock().AdvanceMs(kTransitionMs);
  Fill("music", 9);
  const uint32_t old_id = store_.catalog()->Find("music")->id();
  ASSERT_TRUE(store_.calls().Delete("music").ok());
  store_.clock().AdvanceMs(kTransitionMs);
  // Replaces the row, whose table's time is over, and leaves the marker.
  ASSERT_TRUE(store_.calls().Create(DescribeTable("music")).ok());
  EXPECT_EQ(MarkerCount(), 1);
  ASSERT_TRUE(store_.Open().ok());
  EXPECT_EQ(ItemCount(old_id), 9);
  store_.clock().AdvanceMs(kTransitionMs);
  Fill("music", 2);
  RunMaintenance();
  EXPECT_EQ(MarkerCount(), 0);
  EXPECT_EQ(ItemCount(old_id), 0);
  EXPECT_EQ(ItemCount(store_.catalog()->Find("music")->id()), 2);
}

TEST_F(CatalogTest, WritesAfterADeleteAreRefused) {
  ASSERT_TRUE(store_.calls().Create(DescribeTable("music")).ok());
  store_.clock().AdvanceMs(kTransitionMs);
  const TablePointer table = store_.catalog()->FindUsable("music");
  ASSERT_TRUE(store_.calls().Delete("music").ok());
  const TestValue key = TestValue::String("key");
  EXPECT_EQ(PutItem(store_.items(), table, key.view(), ValueView(), "v").code(),
            StatusCode::kSchemaChanged);
  EXPECT_EQ(ItemCount(table->id()), 0);
}

TEST_F(CatalogTest, CallbackRunsOnItsQueue) {
  engine::ManualQueue queue;
  bool called = false;
  store_.catalog()->Create(DescribeTable("music"), &queue, [&](const Result<TablePointer>& result) {
    EXPECT_TRUE(result.ok());
    // What the callback was told is visible already.
    EXPECT_EQ(store_.catalog()->Find("music"), *result);
    called = true;
  });
  queue.RunTasks(1);
  EXPECT_TRUE(called);
}

// Without waiting periods the answers still show the passing state, and the next look finds it
// over.
TEST(CatalogImmediateTest, NextLookFindsItDone) {
  TestStore store(0);
  ASSERT_TRUE(store.Open().ok());
  const Result<TablePointer> created = store.calls().Create(DescribeTable("music"));
  ASSERT_TRUE(created.ok());
  EXPECT_EQ((*created)->descriptor().state, TableState::kCreating);
  EXPECT_NE(store.catalog()->FindUsable("music"), nullptr);
  const Result<TablePointer> deleted = store.calls().Delete("music");
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ((*deleted)->descriptor().state, TableState::kDeleting);
  EXPECT_EQ(store.catalog()->Find("music"), nullptr);
  EXPECT_TRUE(store.calls().Create(DescribeTable("music")).ok());
}

// Several changes of one table in one commit group: each supersedes what the one before it made.
// An index goes through DELETING like a table, and a restart in between forgets nothing.
TEST(CatalogIndexTest, ADeletedIndexWaitsAndGoes) {
  TestStore store(/*transition_ms=*/1000);
  ASSERT_TRUE(store.Open().ok());
  TableDescriptor descriptor = DescribeTable("music");
  IndexDescriptor& index = descriptor.indexes.emplace_back();
  index.name = "byGenre";
  index.key_schema = {{{"g", AttributeType::kString}}, {}};
  ASSERT_TRUE(store.calls().Create(descriptor).ok());
  store.clock().AdvanceMs(1000);
  const TablePointer created = store.catalog()->FindUsable("music");
  ASSERT_NE(created->FindIndex("byGenre"), nullptr);
  const uint32_t index_id = created->FindIndex("byGenre")->id();
  EXPECT_NE(index_id, created->id());
  const auto remove = [](const TableDescriptor&, TableDescriptor* changed) {
    changed->indexes[0].state = IndexState::kDeleting;
    return Status::Ok();
  };
  ASSERT_TRUE(store.calls().Update("music", remove, true).ok());
  EXPECT_EQ(store.catalog()->Find("music")->FindIndex("byGenre"), nullptr);
  store.catalog()->RunMaintenance(std::atomic<bool>(false));
  ASSERT_EQ(store.catalog()->Find("music")->descriptor().indexes.size(), 1u);
  ASSERT_TRUE(store.Open().ok());
  ASSERT_EQ(store.catalog()->Find("music")->descriptor().indexes.size(), 1u);
  store.clock().AdvanceMs(1000);
  store.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_TRUE(store.catalog()->Find("music")->descriptor().indexes.empty());
  EXPECT_EQ(store.catalog()->Find("music")->StateAt(store.clock().NowMs()), TableState::kActive);
}

TEST(CatalogGroupTest, ChangesOfOneGroupFollowEachOther) {
  engine::TemporaryDirectory directory;
  engine::Options options;
  options.data_dir = directory.path();
  Result<std::unique_ptr<engine::Engine>> engine = engine::Engine::Open(options);
  ASSERT_TRUE(engine.ok());
  ManualClock clock(1000);
  SystemRandom random;
  StreamCatalog streams;
  Catalog catalog(engine->get(), &streams, &clock, &random, {});
  ASSERT_TRUE(catalog.Load().ok());
  engine::ManualQueue queue;
  std::vector<Status> statuses;
  std::vector<TablePointer> tables;
  const ChangeCallback note = [&](const Result<TablePointer>& result) {
    statuses.push_back(result.status());
    tables.push_back(result.ok() ? *result : nullptr);
  };
  // Submitted before Start, so they form one group.
  catalog.Create(DescribeTable("music"), &queue, note);
  catalog.Create(DescribeTable("music"), &queue, note);
  catalog.Update("music", nullptr, false, &queue, note);
  catalog.Delete("music", nullptr, &queue, note);
  catalog.Create(DescribeTable("music"), &queue, note);
  engine.value()->Start();
  queue.RunTasks(5);
  EXPECT_TRUE(statuses[0].ok());
  EXPECT_EQ(statuses[1].code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(statuses[2].ok());
  EXPECT_TRUE(statuses[3].ok());
  EXPECT_TRUE(statuses[4].ok());
  EXPECT_TRUE(tables[0]->superseded());
  EXPECT_TRUE(tables[2]->superseded());
  EXPECT_FALSE(tables[4]->superseded());
  EXPECT_EQ(catalog.Find("music"), tables[4]);
  EXPECT_NE(tables[4]->id(), tables[0]->id());
  engine.value()->Stop();
}

}  // namespace
}  // namespace millrace::tables
