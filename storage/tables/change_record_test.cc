// Which writes make records, what the records hold, and that the first and the last record of a
// stream are exact while others write.
#include "storage/tables/change_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "storage/tables/multi_item_test_support.h"

namespace millrace::tables {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TableDescriptor WithStream(TableDescriptor table, StreamViewType type, uint16_t ranges = 1) {
  table.stream = TableStream();
  table.stream->enabled = true;
  table.stream->view_type = type;
  table.stream->hash_range_count = ranges;
  return table;
}

// Takes records down as text: "INSERT new={...}", and notes their sequences.
class Records final : public ChangeVisitor {
 public:
  bool Visit(const LoggedChange& change) override {
    const ChangeRecord& record = change.record;
    std::string text = record.type == ChangeType::kInsert   ? "INSERT"
                       : record.type == ChangeType::kModify ? "MODIFY"
                                                            : "REMOVE";
    text += record.by_time_to_live ? " ttl" : "";
    const std::pair<const char*, const ItemView*> parts[] = {
        {" keys=", &record.keys}, {" old=", &record.old_image}, {" new=", &record.new_image}};
    for (const auto& [name, item] : parts) {
      if (item->present()) {
        text += name + TextOf(*item);
      }
    }
    texts.push_back(text);
    sequences.push_back(change.sequence);
    return true;
  }

  // The attributes' names and strings: "p=a,v=1".
  static std::string TextOf(const ItemView& item) {
    std::string text;
    for (const NamedValue& attribute : item.attributes()) {
      text += text.empty() ? "" : ",";
      text += std::string(attribute.name) + "=" + std::string(attribute.value.payload());
    }
    return text;
  }

  std::vector<std::string> texts;
  std::vector<uint64_t> sequences;
};

class ChangeRecordTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.Open().ok()); }

  TablePointer Create(StreamViewType type, uint16_t ranges = 1) {
    return store_.calls().Create(WithStream(DescribeTable("table"), type, ranges)).value();
  }
  TablePointer SetStream(bool enabled) {
    const Result<TablePointer> table = store_.calls().Update(
        "table",
        [enabled](const TableDescriptor&, TableDescriptor* changed) {
          if (enabled) {
            *changed = WithStream(*changed, StreamViewType::kNewAndOldImages);
          } else {
            changed->stream->enabled = false;
          }
          return Status::Ok();
        },
        false);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.value();
  }
  void Put(const TablePointer& table, std::string_view key, std::string_view payload) {
    const Status status =
        PutItem(store_.items(), table, TestValue::String(key).view(), ValueView(), payload);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  void Delete(const TablePointer& table, std::string_view key) {
    ASSERT_TRUE(DeleteItem(store_.items(), table, TestValue::String(key).view(), ValueView()).ok());
  }
  Records Read(uint32_t stream_id, uint16_t hash_range = 0) {
    Records records;
    const Status status = store_.change_log()->Read({stream_id, hash_range, 0, 0}, &records);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return records;
  }
  Records Read(const TablePointer& table) { return Read(table->stream()->stream_id); }

  TestStore store_;
};

TEST_F(ChangeRecordTest, ViewTypesKeepTheirImages) {
  const std::pair<StreamViewType, std::vector<std::string>> expected[] = {
      {StreamViewType::kKeysOnly, {"INSERT keys=p=a", "MODIFY keys=p=a", "REMOVE keys=p=a"}},
      {StreamViewType::kNewImage, {"INSERT new=p=a,v=1", "MODIFY new=p=a,v=2", "REMOVE keys=p=a"}},
      {StreamViewType::kOldImage, {"INSERT keys=p=a", "MODIFY old=p=a,v=1", "REMOVE old=p=a,v=2"}},
      {StreamViewType::kNewAndOldImages,
       {"INSERT new=p=a,v=1", "MODIFY old=p=a,v=1 new=p=a,v=2", "REMOVE old=p=a,v=2"}}};
  for (const auto& [type, texts] : expected) {
    const TablePointer table = Create(type);
    Put(table, "a", "1");
    Put(table, "a", "2");
    Delete(table, "a");
    EXPECT_EQ(Read(table).texts, texts);
    ASSERT_TRUE(store_.calls().Delete("table").ok());
  }
}

TEST_F(ChangeRecordTest, WritesThatChangeNothingMakeNone) {
  const TablePointer table = Create(StreamViewType::kNewAndOldImages);
  Put(table, "a", "1");
  Put(table, "a", "1");
  Delete(table, "b");
  EXPECT_EQ(Read(table).texts.size(), 1u);
  // Equal as DynamoDB compares, though not byte for byte: attributes and members in another order.
  const TestValue key = TestValue::String("c");
  for (const bool reversed : {false, true}) {
    std::string item;
    ItemBuilder builder(&item);
    AttributeValue set;
    set.type = AttributeType::kStringSet;
    set.byte_set =
        reversed ? std::vector<std::string>{"y", "x"} : std::vector<std::string>{"x", "y"};
    if (reversed) {
      builder.Attribute("s").Tree(set);
      builder.CopyValue("p", key.view());
    } else {
      builder.CopyValue("p", key.view());
      builder.Attribute("s").Tree(set);
    }
    builder.Finish();
    TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
      *change = ItemChange::kPut;
      *bytes = item;
      return Status::Ok();
    });
    mutation.Prepare(table, store_.items()->hash_seed(), key.view(), ValueView());
    ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
    ASSERT_TRUE(mutation.Wait().ok());
    EXPECT_EQ(Read(table).texts.size(), 2u);
  }
}

TEST_F(ChangeRecordTest, RefusedWritesMakeNone) {
  const TablePointer table = Create(StreamViewType::kNewAndOldImages);
  const TestValue key = TestValue::String("a");
  TestItemMutation mutation([](const ItemView&, ItemChange*, std::string_view*) {
    return Status(StatusCode::kRefused, "no");
  });
  mutation.Prepare(table, store_.items()->hash_seed(), key.view(), ValueView());
  ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
  EXPECT_EQ(mutation.Wait().code(), StatusCode::kRefused);
  EXPECT_THAT(Read(table).texts, IsEmpty());
}

TEST_F(ChangeRecordTest, ActionsOfATransactionFollowEachOther) {
  const TablePointer table = Create(StreamViewType::kNewImage);
  Put(table, "b", "old");
  const std::vector<TestValue> keys = {TestValue::String("c"), TestValue::String("a"),
                                       TestValue::String("b")};
  std::vector<std::string> items;
  std::vector<ItemTarget> targets;
  for (const TestValue& key : keys) {
    items.push_back(EncodeItem(key.view(), ValueView(), "new"));
    targets.push_back({table, key.view(), ValueView()});
  }
  TestMultiMutation mutation([&](std::span<const ItemView>, std::span<ItemDecision> decisions) {
    for (size_t index = 0; index < items.size(); ++index) {
      decisions[index] = {ItemChange::kPut, items[index]};
    }
    decisions[1].change = ItemChange::kDelete;  // of an item that is not there: no record
    return Status::Ok();
  });
  mutation.Prepare(std::move(targets), store_.items()->hash_seed());
  ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
  ASSERT_TRUE(mutation.Wait().ok());
  Put(table, "z", "after");
  const Records records = Read(table);
  EXPECT_THAT(records.texts, ElementsAre("INSERT new=p=b,v=old", "INSERT new=p=c,v=new",
                                         "MODIFY new=p=b,v=new", "INSERT new=p=z,v=after"));
  EXPECT_EQ(records.sequences[2], records.sequences[1] + 1);
  EXPECT_GT(records.sequences[3], records.sequences[2]);
}

TEST_F(ChangeRecordTest, ExpiryIsNamedAsTheCause) {
  const TablePointer table = Create(StreamViewType::kOldImage);
  Put(table, "a", "1");
  const TestValue key = TestValue::String("a");
  TestMultiMutation mutation([](std::span<const ItemView>, std::span<ItemDecision> decisions) {
    decisions[0].change = ItemChange::kDelete;
    decisions[0].by_time_to_live = true;
    return Status::Ok();
  });
  mutation.Prepare({{table, key.view(), ValueView()}}, store_.items()->hash_seed());
  ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
  ASSERT_TRUE(mutation.Wait().ok());
  EXPECT_THAT(Read(table).texts, ElementsAre("INSERT keys=p=a", "REMOVE ttl old=p=a,v=1"));
}

TEST_F(ChangeRecordTest, ItemsStayInTheirHashRange) {
  constexpr uint16_t kRanges = 4;
  const TablePointer table = Create(StreamViewType::kNewImage, kRanges);
  for (int round = 0; round < 2; ++round) {
    for (int index = 0; index < 100; ++index) {
      Put(table, std::to_string(index), std::to_string(round));
    }
  }
  size_t total = 0;
  for (uint16_t range = 0; range < kRanges; ++range) {
    std::set<std::string> keys;
    const Records records = Read(table->stream()->stream_id, range);
    EXPECT_TRUE(std::is_sorted(records.sequences.begin(), records.sequences.end()));
    for (const std::string& text : records.texts) {
      const std::string key = text.substr(0, text.find(",v="));
      keys.insert(key.substr(key.find("p=")));
    }
    EXPECT_GT(keys.size(), 5u);
    EXPECT_EQ(records.texts.size(), 2 * keys.size());
    total += keys.size();
  }
  EXPECT_EQ(total, 100u);
}

TEST_F(ChangeRecordTest, EnablingAgainMakesAnotherStream) {
  const TablePointer first = Create(StreamViewType::kNewImage);
  Put(first, "a", "1");
  const TablePointer without = SetStream(false);
  EXPECT_EQ(without->stream(), nullptr);
  ASSERT_TRUE(without->descriptor().stream.has_value());
  Put(without, "a", "2");
  const TablePointer second = SetStream(true);
  Put(second, "a", "3");
  const TableStream& old_stream = *first->stream();
  EXPECT_NE(second->stream()->stream_id, old_stream.stream_id);
  EXPECT_GT(second->stream()->label, old_stream.label);
  EXPECT_THAT(Read(old_stream.stream_id).texts, ElementsAre("INSERT new=p=a,v=1"));
  EXPECT_THAT(Read(second).texts, ElementsAre("MODIFY old=p=a,v=2 new=p=a,v=3"));
  const StreamPointer closed = store_.streams()->FindById(old_stream.stream_id);
  EXPECT_FALSE(closed->descriptor.open());
  EXPECT_EQ(closed->EndSequence(closed->shards[0]), closed->descriptor.end_sequence - 1);
  EXPECT_TRUE(store_.streams()->FindById(second->stream()->stream_id)->descriptor.open());
}

TEST_F(ChangeRecordTest, StreamsOutliveTheirTableAndTheProcess) {
  TableDescriptor descriptor = WithStream(DescribeTable("table"), StreamViewType::kNewImage, 2);
  descriptor.tags = {{"millrace:stream-retention", "30d"}};
  const TablePointer table = store_.calls().Create(descriptor).value();
  const std::string label = table->stream()->label;
  const uint32_t first_id = table->stream()->stream_id;
  Put(table, "a", "1");
  SetStream(false);
  const std::string second_label = SetStream(true)->stream()->label;
  ASSERT_TRUE(store_.calls().Delete("table").ok());
  ASSERT_TRUE(store_.calls().Create(DescribeTable("table")).ok());
  const auto check = [&] {
    for (const std::string& each : {label, second_label}) {
      const StreamPointer stream = store_.streams()->Find("table", each);
      ASSERT_NE(stream, nullptr);
      EXPECT_FALSE(stream->descriptor.open());
      // The table cannot be asked any more; also not for the stream it had before.
      EXPECT_EQ(stream->descriptor.retention_ms, int64_t{30} * 24 * 3600 * 1000);
      EXPECT_EQ(stream->descriptor.table_name, "table");
    }
    const StreamPointer stream = store_.streams()->Find("table", label);
    ASSERT_EQ(stream->shards.size(), 2u);
    EXPECT_EQ(FindShard(*stream, ShardId(*stream, stream->shards[1])), &stream->shards[1]);
    EXPECT_EQ(FindShard(*stream, "shardId-00000000000000000001-00000000"), nullptr);
    EXPECT_EQ(Read(first_id, 0).texts.size() + Read(first_id, 1).texts.size(), 1u);
  };
  check();
  ASSERT_TRUE(store_.Open().ok());
  check();
}

TEST_F(ChangeRecordTest, ListsStreamsByNameAndLabel) {
  for (const char* name : {"bbb", "aaa", "ccc"}) {
    ASSERT_TRUE(
        store_.calls().Create(WithStream(DescribeTable(name), StreamViewType::kKeysOnly)).ok());
  }
  bool more = false;
  const auto all = store_.streams()->List("", "", "", 2, &more);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(more);
  EXPECT_EQ(all[0]->descriptor.table_name, "aaa");
  const auto rest =
      store_.streams()->List("", all[1]->descriptor.table_name, all[1]->descriptor.label, 2, &more);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_FALSE(more);
  EXPECT_EQ(rest[0]->descriptor.table_name, "ccc");
  EXPECT_EQ(store_.streams()->List("bbb", "", "", 2, &more).size(), 1u);
  EXPECT_THAT(store_.streams()->List("ddd", "", "", 2, &more), IsEmpty());
}

// Every write that is acknowledged with a stream has its record there, every other one has none.
TEST_F(ChangeRecordTest, TheFirstAndTheLastRecordAreExact) {
  ASSERT_TRUE(store_.calls().Create(DescribeTable("table")).ok());
  constexpr int kWriters = 3;
  constexpr int kStreams = 20;
  std::atomic<bool> stop{false};
  std::vector<std::map<uint32_t, std::set<std::string>>> acknowledged(kWriters);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int index = 0; !stop.load(); ++index) {
        const std::string key = std::to_string(writer) + "-" + std::to_string(index);
        const TestValue value = TestValue::String(key);
        while (true) {
          const TablePointer table = store_.catalog()->FindUsable("table");
          const Status status = PutItem(store_.items(), table, value.view(), ValueView(), "v");
          if (status.ok()) {
            const TableStream* const stream = table->stream();
            acknowledged[writer][stream == nullptr ? 0 : stream->stream_id].insert(key);
            break;
          }
          ASSERT_EQ(status.code(), StatusCode::kSchemaChanged);
        }
      }
    });
  }
  std::vector<uint32_t> stream_ids;
  for (int round = 0; round < kStreams; ++round) {
    stream_ids.push_back(SetStream(true)->stream()->stream_id);
    SetStream(false);
  }
  stop.store(true);
  for (std::thread& writer : writers) {
    writer.join();
  }
  for (const uint32_t stream_id : stream_ids) {
    std::set<std::string> expected;
    for (auto& of_writer : acknowledged) {
      expected.merge(of_writer[stream_id]);
    }
    std::set<std::string> found;
    const Records records = Read(stream_id);
    const StreamDescriptor& stream = store_.streams()->FindById(stream_id)->descriptor;
    for (size_t index = 0; index < records.texts.size(); ++index) {
      const std::string& text = records.texts[index];
      found.insert(text.substr(text.find("p=") + 2, text.find(",v=") - text.find("p=") - 2));
      EXPECT_GT(records.sequences[index], stream.start_sequence);
      EXPECT_LT(records.sequences[index], stream.end_sequence);
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(found.size(), records.texts.size());
  }
}

}  // namespace
}  // namespace millrace::tables
