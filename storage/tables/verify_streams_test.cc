// The check of change records and expiry entries finds what is planted, and nothing in a sound
// database.
#include "storage/tables/verify_streams.h"

#include <gtest/gtest.h>

#include "storage/codec/change_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/stream_codec.h"
#include "storage/codec/time_to_live_codec.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

using engine::Space;

class VerifyStreamsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    TableDescriptor descriptor = DescribeTable("table");
    descriptor.stream = TableStream();
    descriptor.stream->enabled = true;
    descriptor.stream->hash_range_count = 2;
    descriptor.time_to_live = TimeToLive();
    descriptor.time_to_live->attribute_name = "expires";
    descriptor.time_to_live->state = TimeToLiveState::kEnabled;
    table_ = store_.calls().Create(descriptor).value();
    Put("a", 1'800'000'000);
    Put("b", 1'900'000'000);
    Put("c", -1);
  }
  // An item that expires then; a negative time is none.
  void Put(const std::string& key, int64_t expires) {
    const TestValue value = TestValue::String(key);
    std::string item;
    ItemBuilder builder(&item);
    builder.CopyValue("p", value.view());
    builder.CopyValue("expires", TestValue::Number(expires).view());
    builder.Finish();
    TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
      *change = ItemChange::kPut;
      *bytes = item;
      return Status::Ok();
    });
    mutation.Prepare(table_, store_.items()->hash_seed(), value.view(), ValueView());
    ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
    ASSERT_TRUE(mutation.Wait().ok());
  }
  std::string ExpiryKeyOf(const std::string& key, int64_t expires) {
    std::string item_key;
    AppendItemKey(table_->id(), store_.items()->hash_seed(), TestValue::String(key).view(),
                  ValueView(), &item_key);
    std::string expiry_key;
    AppendExpiryKey(table_->time_to_live()->time_to_live_id, expires, item_key, &expiry_key);
    return expiry_key;
  }
  // Writes past everything that keeps the database sound; without a value: deletes.
  void Plant(Space space, const std::string& key, std::optional<std::string> value) {
    engine::TestMutation mutation(
        {}, [&](std::span<const engine::PinnedValue>, engine::WriteSet* writes) {
          if (value.has_value()) {
            writes->Put(space, key, *value);
          } else {
            writes->Delete(space, key);
          }
          return Status::Ok();
        });
    ASSERT_TRUE(store_.engine()->SubmitAndWait(&mutation).ok());
  }
  void PlantShard(const std::string& key, const ShardDescriptor& shard) {
    std::string value;
    EncodeShardDescriptor(shard, &value);
    Plant(Space::kCatalog, key, value);
  }
  uint16_t RangeOf(const std::string& key) {
    const TestValue value = TestValue::String(key);
    return HashRangeOf(PartitionHash(store_.items()->hash_seed(), value.view()), 2);
  }
  // Each item has one record.
  uint64_t RecordsIn(uint16_t hash_range) {
    uint64_t count = 0;
    for (const char* key : {"a", "b", "c"}) {
      count += RangeOf(key) == hash_range ? 1 : 0;
    }
    return count;
  }
  uint64_t Problems() {
    VerifyReport report;
    EXPECT_TRUE(VerifyDatabase(*store_.engine(), &report).ok());
    records_ = report.records;
    return report.problem_count;
  }

  TestStore store_;
  TablePointer table_;
  uint64_t records_ = 0;
};

TEST_F(VerifyStreamsTest, FindsRecordsThatDoNotBelong) {
  EXPECT_EQ(Problems(), 0u);
  EXPECT_EQ(records_, 3u);
  const uint32_t stream_id = table_->stream()->stream_id;
  const uint64_t start = table_->stream()->start_sequence;
  std::string item;
  ItemBuilder builder(&item);
  builder.CopyValue("p", TestValue::String("a").view());
  ChangeRecord record;
  record.new_image = builder.Finish();
  std::string value;
  EncodeChangeRecord(record, &value);
  const uint16_t right = RangeOf("a");
  const std::pair<LogKeyParts, bool> cases[] = {
      {{stream_id, right, start + 1000}, true},
      {{stream_id, static_cast<uint16_t>(1 - right), start + 1000}, false},
      {{stream_id, 2, start + 1000}, false},
      {{stream_id, right, start}, false},
      {{stream_id + 100, right, start + 1000}, false}};
  for (const auto& [parts, sound] : cases) {
    std::string key;
    AppendLogKey(parts, &key);
    Plant(Space::kLog, key, value);
    EXPECT_EQ(Problems(), sound ? 0u : 1u);
    Plant(Space::kLog, key, "damaged");
    EXPECT_EQ(Problems(), 1u);
    Plant(Space::kLog, key, std::nullopt);
    EXPECT_EQ(Problems(), 0u);
  }
  Plant(Space::kLog, "short", value);
  EXPECT_EQ(Problems(), 1u);
}

TEST_F(VerifyStreamsTest, FindsRecordsBehindTheEndOfTheirStream) {
  const uint32_t stream_id = table_->stream()->stream_id;
  ASSERT_TRUE(store_.calls().Delete("table").ok());
  EXPECT_EQ(Problems(), 0u);
  EXPECT_EQ(records_, 3u);
  const StreamPointer stream = store_.streams()->FindById(stream_id);
  std::string key;
  AppendLogKey({stream_id, 0, stream->descriptor.end_sequence}, &key);
  Plant(Space::kLog, key, "whatever");
  EXPECT_EQ(Problems(), 1u);
}

TEST_F(VerifyStreamsTest, FindsShardsThatDoNotBelong) {
  const uint32_t stream_id = table_->stream()->stream_id;
  const ShardDescriptor shard = store_.streams()->FindById(stream_id)->shards[0];
  const std::string key = ShardRowKey(stream_id, shard.hash_range, shard.start_sequence);
  // An open stream without an open shard.
  ShardDescriptor ended = shard;
  ended.end_sequence = shard.start_sequence + 1000;
  ended.end_ms = shard.creation_ms;
  PlantShard(key, ended);
  EXPECT_EQ(Problems(), 1u);
  // Its records have no place either.
  Plant(Space::kCatalog, key, std::nullopt);
  EXPECT_EQ(Problems(), 1u + RecordsIn(shard.hash_range));
  PlantShard(key, shard);
  EXPECT_EQ(Problems(), 0u);
  // One that begins before the one in front of it ends.
  ShardDescriptor child = shard;
  child.start_sequence += 500;
  const std::string child_key = ShardRowKey(stream_id, child.hash_range, child.start_sequence);
  PlantShard(child_key, child);
  EXPECT_EQ(Problems(), 1u);
  PlantShard(key, ended);
  EXPECT_EQ(Problems(), 1u);
  ended.end_sequence = child.start_sequence - 1;
  PlantShard(key, ended);
  EXPECT_EQ(Problems(), 0u);
}

TEST_F(VerifyStreamsTest, FindsRowsOfStreamsThatAreNotThere) {
  const uint32_t stream_id = table_->stream()->stream_id + 100;
  const ShardDescriptor shard = store_.streams()->All()[0]->shards[0];
  PlantShard(ShardRowKey(stream_id, shard.hash_range, shard.start_sequence), shard);
  EXPECT_EQ(Problems(), 1u);
  std::string horizon;
  EncodeStreamHorizon(5, &horizon);
  Plant(Space::kMeta, StreamHorizonKey(stream_id, 0), horizon);
  EXPECT_EQ(Problems(), 2u);
}

TEST_F(VerifyStreamsTest, FindsStreamsWithoutTableAndTablesWithoutStream) {
  StreamDescriptor stream = store_.streams()->FindById(table_->stream()->stream_id)->descriptor;
  // Closed behind its records, while the table still writes to it.
  stream.end_sequence = stream.start_sequence + 1000;
  stream.end_ms = stream.creation_ms;
  std::string row;
  EncodeStreamDescriptor(stream, &row);
  Plant(Space::kCatalog, StreamRowKey(stream.stream_id), row);
  EXPECT_EQ(Problems(), 1u);
  stream.end_sequence = 0;
  stream.end_ms = 0;
  stream.table_id += 100;
  row.clear();
  EncodeStreamDescriptor(stream, &row);
  Plant(Space::kCatalog, StreamRowKey(stream.stream_id), row);
  EXPECT_EQ(Problems(), 1u);
  ASSERT_TRUE(store_.calls().Delete("table").ok());
  stream.table_id -= 100;
  row.clear();
  EncodeStreamDescriptor(stream, &row);
  Plant(Space::kCatalog, StreamRowKey(stream.stream_id), row);
  EXPECT_EQ(Problems(), 1u);
}

TEST_F(VerifyStreamsTest, FindsExpiryEntriesThatDoNotMatch) {
  Plant(Space::kTimeToLive, ExpiryKeyOf("a", 1'800'000'000), std::nullopt);
  EXPECT_EQ(Problems(), 1u);  // an item without an entry
  Plant(Space::kTimeToLive, ExpiryKeyOf("a", 1'800'000'001), "");
  EXPECT_EQ(Problems(), 1u);  // an entry with another time
  Plant(Space::kTimeToLive, ExpiryKeyOf("a", 1'800'000'001), std::nullopt);
  Plant(Space::kTimeToLive, ExpiryKeyOf("a", 1'800'000'000), "");
  EXPECT_EQ(Problems(), 0u);
  Plant(Space::kTimeToLive, ExpiryKeyOf("ghost", 5), "");
  EXPECT_EQ(Problems(), 2u);  // an entry without an item, and one too many
}

}  // namespace
}  // namespace millrace::tables
