// Streams and times to live through the changes of their tables: several changes in one commit,
// waiting periods, labels, ids, restarts, and what is dropped afterwards.
#include "storage/tables/catalog_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "storage/codec/key_codec.h"
#include "storage/codec/time_to_live_codec.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

using testing::MatchesRegex;

TableDescriptor WithStream(TableDescriptor table, uint16_t ranges = 1) {
  table.stream = TableStream();
  table.stream->enabled = true;
  table.stream->hash_range_count = ranges;
  return table;
}

Status EnableStream(const TableDescriptor& current, TableDescriptor* changed) {
  *changed = WithStream(current, 2);
  return Status::Ok();
}

Status DisableStream(const TableDescriptor&, TableDescriptor* changed) {
  changed->stream->enabled = false;
  return Status::Ok();
}

Status EnableTimeToLive(const TableDescriptor&, TableDescriptor* changed) {
  changed->time_to_live = TimeToLive();
  changed->time_to_live->attribute_name = "expires";
  return Status::Ok();
}

Status DisableTimeToLive(const TableDescriptor&, TableDescriptor* changed) {
  changed->time_to_live.reset();
  return Status::Ok();
}

void ExpectSame(const std::vector<StreamPointer>& before, const std::vector<StreamPointer>& after) {
  ASSERT_EQ(before.size(), after.size());
  for (size_t index = 0; index < before.size(); ++index) {
    EXPECT_EQ(before[index]->descriptor, after[index]->descriptor);
    EXPECT_EQ(before[index]->shards, after[index]->shards);
    EXPECT_EQ(before[index]->horizons, after[index]->horizons);
  }
}

// An engine that has not been started: what is submitted before Start forms one group.
TEST(CatalogStreamsGroupTest, ChangesOfOneGroupFollowEachOther) {
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
  int done = 0;
  const ChangeCallback expect_ok = [&](const Result<TablePointer>& result) {
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    ++done;
  };
  TableDescriptor tagged = WithStream(DescribeTable("music"));
  tagged.tags = {{"millrace:stream-retention", "forever"}};
  catalog.Create(tagged, &queue, expect_ok);
  catalog.Update("music", DisableStream, false, &queue, expect_ok);
  catalog.Update("music", EnableStream, false, &queue, expect_ok);
  catalog.Delete("music", nullptr, &queue, expect_ok);
  catalog.Create(WithStream(DescribeTable("music")), &queue, expect_ok);
  engine.value()->Start();
  queue.RunTasks(5);
  ASSERT_EQ(done, 5);
  EXPECT_EQ(engine.value()->statistics().groups, 1u);
  const std::vector<StreamPointer> all = streams.All();
  ASSERT_EQ(all.size(), 3u);
  std::set<std::string> labels;
  for (size_t index = 0; index < all.size(); ++index) {
    const StreamDescriptor& stream = all[index]->descriptor;
    labels.insert(stream.label);
    EXPECT_EQ(stream.open(), index == 2);
    EXPECT_EQ(stream.hash_range_count, index == 1 ? 2 : 1);
    EXPECT_EQ(all[index]->shards.size(), stream.hash_range_count);
    // Both streams of the table that is gone remember what it said, also the one closed before.
    EXPECT_EQ(stream.retention_ms, index == 2 ? std::nullopt : std::optional(int64_t{-1}));
    if (index > 0) {
      EXPECT_GE(stream.start_sequence, all[index - 1]->descriptor.end_sequence);
    }
  }
  EXPECT_EQ(labels.size(), 3u);
  engine.value()->Stop();
  StreamCatalog reloaded;
  ASSERT_TRUE(reloaded.Load(**engine).ok());
  ExpectSame(all, reloaded.All());
}

class CatalogStreamsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.Open().ok()); }
  const TableStream& StreamOf(const Result<TablePointer>& table) {
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return *table.value()->descriptor().stream;
  }

  TestStore store_{/*transition_ms=*/1000};
};

// The stream ends when the table begins to be deleted, not when it is gone.
TEST_F(CatalogStreamsTest, ADeletedTableClosesItsStreamAtOnce) {
  const TableStream stream = StreamOf(store_.calls().Create(WithStream(DescribeTable("music"))));
  store_.clock().AdvanceMs(1000);
  const Result<TablePointer> deleted = store_.calls().Delete("music");
  EXPECT_EQ(deleted.value()->stream(), nullptr);
  const StreamPointer closed = store_.streams()->FindById(stream.stream_id);
  EXPECT_FALSE(closed->descriptor.open());
  EXPECT_EQ(closed->descriptor.end_ms, store_.clock().NowMs());
  store_.clock().AdvanceMs(1000);
  const TableStream next = StreamOf(store_.calls().Create(WithStream(DescribeTable("music"))));
  EXPECT_EQ(store_.streams()->FindById(stream.stream_id), closed);
  EXPECT_TRUE(store_.streams()->FindById(next.stream_id)->descriptor.open());
  bool more = false;
  EXPECT_EQ(store_.streams()->List("music", "", "", 10, &more).size(), 2u);
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_TRUE(store_.streams()->FindById(next.stream_id)->descriptor.open());
}

// The clock stands still: labels differ all the same, also over restarts.
TEST_F(CatalogStreamsTest, LabelsAreUnique) {
  std::set<std::string> labels;
  std::set<uint32_t> ids;
  labels.insert(StreamOf(store_.calls().Create(WithStream(DescribeTable("music")))).label);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store_.calls().Update("music", DisableStream, false).ok());
    ASSERT_TRUE(store_.Open().ok());
    const TableStream stream = StreamOf(store_.calls().Update("music", EnableStream, false));
    EXPECT_THAT(stream.label,
                MatchesRegex("2023-11-14T22:13:20[.][0-9][0-9][0-9]"));  // the store's clock
    labels.insert(stream.label);
    ids.insert(stream.stream_id);
  }
  EXPECT_EQ(labels.size(), 4u);
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(store_.streams()->All().size(), 4u);
}

TEST_F(CatalogStreamsTest, OtherChangesLeaveTheStreamAlone) {
  const TableStream stream = StreamOf(store_.calls().Create(WithStream(DescribeTable("music"))));
  const StreamPointer published = store_.streams()->FindById(stream.stream_id);
  const Result<TablePointer> changed = store_.calls().Update(
      "music",
      [](const TableDescriptor&, TableDescriptor* table) {
        table->deletion_protection_enabled = true;
        return Status::Ok();
      },
      true);
  EXPECT_EQ(StreamOf(changed), stream);
  EXPECT_EQ(store_.streams()->FindById(stream.stream_id), published);
  // A change that is refused at the end changes nothing.
  EXPECT_FALSE(store_.calls()
                   .Update(
                       "music",
                       [](const TableDescriptor& current, TableDescriptor* table) {
                         EXPECT_TRUE(EnableStream(current, table).ok());
                         return Status(StatusCode::kRefused, "no");
                       },
                       true)
                   .ok());
  EXPECT_EQ(store_.streams()->All().size(), 1u);
}

TEST_F(CatalogStreamsTest, ReopeningShowsTheSameStreams) {
  ASSERT_TRUE(store_.calls().Create(WithStream(DescribeTable("open"), 3)).ok());
  ASSERT_TRUE(store_.calls().Create(WithStream(DescribeTable("closed"))).ok());
  ASSERT_TRUE(store_.calls().Update("closed", DisableStream, false).ok());
  ASSERT_TRUE(store_.calls().Create(WithStream(DescribeTable("deleted"), 2)).ok());
  store_.clock().AdvanceMs(5000);
  ASSERT_TRUE(store_.calls().Delete("deleted").ok());
  const std::vector<StreamPointer> before = store_.streams()->All();
  EXPECT_EQ(before.size(), 3u);
  ASSERT_TRUE(store_.Open().ok());
  ExpectSame(before, store_.streams()->All());
}

TEST_F(CatalogStreamsTest, ShardsAreFoundByTheirIds) {
  const TableStream table_stream =
      StreamOf(store_.calls().Create(WithStream(DescribeTable("music"), 5)));
  const StreamPointer stream = store_.streams()->FindById(table_stream.stream_id);
  std::set<std::string> ids;
  for (const ShardDescriptor& shard : stream->shards) {
    const std::string id = ShardId(*stream, shard);
    ids.insert(id);
    EXPECT_THAT(id, MatchesRegex("shardId-0000000[0-9]+-[0-9a-f]+"));
    EXPECT_EQ(id.size(), std::string_view("shardId-").size() + 20 + 1 + 8);
    EXPECT_EQ(FindShard(*stream, id), &shard);
    EXPECT_EQ(FindShard(*stream, id.substr(0, id.size() - 1)), nullptr);
    EXPECT_EQ(FindShard(*stream, id + "0"), nullptr);
  }
  EXPECT_EQ(ids.size(), 5u);
  for (const std::string_view id :
       {"", "shardId-", "shardId-x", "shardId-99999999999999999999-00000000"}) {
    EXPECT_EQ(FindShard(*stream, id), nullptr);
  }
}

class CatalogTimeToLiveTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    ASSERT_TRUE(store_.calls().Create(WithStream(DescribeTable("music"))).ok());
  }
  const TimeToLive& Update(const DescriptorEdit& edit) {
    const Result<TablePointer> table = store_.calls().Update("music", edit, false);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return *store_.catalog()->Find("music")->time_to_live();
  }
  void PutExpiring(const std::string& key) {
    const TestValue value = TestValue::String(key);
    std::string item;
    ItemBuilder builder(&item);
    builder.CopyValue("p", value.view());
    builder.CopyValue("expires", TestValue::Number(1'800'000'000).view());
    builder.Finish();
    TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
      *change = ItemChange::kPut;
      *bytes = item;
      return Status::Ok();
    });
    mutation.Prepare(store_.catalog()->Find("music"), store_.items()->hash_seed(), value.view(),
                     ValueView());
    ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
    ASSERT_TRUE(mutation.Wait().ok());
  }
  size_t CountEntries() {
    engine::ScanRange range;
    range.space = engine::Space::kTimeToLive;
    size_t count = 0;
    for (const auto entries = store_.engine()->Scan(range); entries->Valid(); entries->Next()) {
      ++count;
    }
    return count;
  }

  TestStore store_;
};

TEST_F(CatalogTimeToLiveTest, EveryEnablingHasAnIdOfItsOwn) {
  const uint32_t first = Update(EnableTimeToLive).time_to_live_id;
  EXPECT_NE(first, 0u);
  EXPECT_NE(first, store_.catalog()->Find("music")->id());
  EXPECT_NE(first, store_.catalog()->Find("music")->stream()->stream_id);
  PutExpiring("a");
  PutExpiring("b");
  EXPECT_EQ(CountEntries(), 2u);
  ASSERT_TRUE(store_.calls().Update("music", DisableTimeToLive, false).ok());
  EXPECT_EQ(store_.catalog()->Find("music")->time_to_live(), nullptr);
  PutExpiring("c");
  const TimeToLive second = Update(EnableTimeToLive);
  EXPECT_NE(second.time_to_live_id, first);
  EXPECT_EQ(second.state, TimeToLiveState::kEnabling);
  PutExpiring("d");
  EXPECT_EQ(CountEntries(), 3u);
  // The old entries go after a restart as well; the new ones stay.
  ASSERT_TRUE(store_.Open().ok());
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_EQ(CountEntries(), 1u);
  EXPECT_EQ(*store_.catalog()->Find("music")->time_to_live(), second);
}

TEST_F(CatalogTimeToLiveTest, ChangesKeepTheIdUnlessItIsEnabledAgain) {
  const TimeToLive first = Update(EnableTimeToLive);
  PutExpiring("a");
  const TimeToLive enabled = Update([](const TableDescriptor&, TableDescriptor* changed) {
    changed->time_to_live->state = TimeToLiveState::kEnabled;
    return Status::Ok();
  });
  EXPECT_EQ(enabled.time_to_live_id, first.time_to_live_id);
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_EQ(CountEntries(), 1u);
  // Enabled again in one change: another id, and the old entries go.
  EXPECT_NE(Update(EnableTimeToLive).time_to_live_id, first.time_to_live_id);
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_EQ(CountEntries(), 0u);
}

TEST_F(CatalogTimeToLiveTest, EntriesGoWithTheirTable) {
  Update(EnableTimeToLive);
  PutExpiring("a");
  ASSERT_TRUE(store_.calls().Delete("music").ok());
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  EXPECT_EQ(CountEntries(), 0u);
}

}  // namespace
}  // namespace millrace::tables
