// Items: writes with their counters, damage that must be noticed, and pages compared with a model.
#include "storage/tables/item_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "storage/codec/key_codec.h"
#include "storage/model/limits.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Collects the payloads of the visited items.
class Payloads final : public ItemVisitor {
 public:
  void Visit(const ItemView& item) override {
    payloads.emplace_back(item.Find("v").payload());
    last.assign(item.encoded());
  }
  std::vector<std::string> payloads;
  std::string last;
};

class ItemStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.Open().ok()); }

  TablePointer MakeTable(AttributeType sort_type) {
    const Result<TablePointer> table =
        store_.calls().Create(DescribeTable("table" + std::to_string(++table_count_), sort_type));
    EXPECT_TRUE(table.ok());
    return table.value();
  }
  Status Put(const TablePointer& table, const TestValue& p, const TestValue& s,
             std::string_view payload) {
    return PutItem(store_.items(), table, p.view(), s.view(), payload);
  }
  std::string Get(const TablePointer& table, const TestValue& p, const TestValue& s) {
    engine::PinnedValue pin;
    ItemView item;
    EXPECT_TRUE(store_.items()->Get(*table, p.view(), s.view(), &pin, &item).ok());
    return item.present() ? std::string(item.Find("v").payload()) : "<none>";
  }
  std::vector<std::string> Read(const TablePointer& table, const PageRequest& request) {
    Payloads visitor;
    EXPECT_TRUE(store_.items()->ReadPage(*table, request, &visitor, &outcome_).ok());
    return visitor.payloads;
  }

  TestStore store_;
  int table_count_ = 0;
  PageOutcome outcome_;
};

TEST_F(ItemStoreTest, CountersFollowPutsAndDeletes) {
  const TablePointer table = MakeTable(AttributeType::kNull);
  const TestValue key = TestValue::String("k");
  const TestValue none;
  const uint64_t groups = store_.engine()->statistics().groups;
  ASSERT_TRUE(Put(table, key, none, "12345").ok());
  // DynamoDB's size: "p" + "k" + "v" + "12345".
  EXPECT_EQ(store_.items()->Counters(*table).size_bytes, 8);
  ASSERT_TRUE(Put(table, key, none, "1").ok());
  EXPECT_EQ(store_.items()->Counters(*table).item_count, 1);
  EXPECT_EQ(store_.items()->Counters(*table).size_bytes, 4);
  EXPECT_EQ(Get(table, key, none), "1");
  EXPECT_EQ(store_.engine()->statistics().groups, groups + 2);
  // The same bytes again need no write.
  ASSERT_TRUE(Put(table, key, none, "1").ok());
  EXPECT_EQ(store_.engine()->statistics().groups, groups + 2);
  ASSERT_TRUE(DeleteItem(store_.items(), table, key.view(), none.view()).ok());
  ASSERT_TRUE(DeleteItem(store_.items(), table, key.view(), none.view()).ok());
  EXPECT_EQ(store_.engine()->statistics().groups, groups + 3);
  EXPECT_EQ(Get(table, key, none), "<none>");
  EXPECT_EQ(store_.items()->Counters(*table).item_count, 0);
  EXPECT_EQ(store_.items()->Counters(*table).size_bytes, 0);
}

TEST_F(ItemStoreTest, RefusalKeepsTheItem) {
  const TablePointer table = MakeTable(AttributeType::kNull);
  const TestValue key = TestValue::String("k");
  ASSERT_TRUE(Put(table, key, TestValue::None(), "old").ok());
  TestItemMutation mutation([](const ItemView& old_item, ItemChange* change, std::string_view*) {
    EXPECT_EQ(old_item.Find("v").payload(), "old");
    *change = ItemChange::kDelete;
    return Status(StatusCode::kRefused, "condition");
  });
  mutation.Prepare(table, store_.items()->hash_seed(), key.view(), ValueView());
  ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
  EXPECT_EQ(mutation.Wait().code(), StatusCode::kRefused);
  EXPECT_EQ(Get(table, key, TestValue::None()), "old");
}

// A new item that a read would reject is never written.
TEST_F(ItemStoreTest, NewItemMustHaveItsKey) {
  const TablePointer table = MakeTable(AttributeType::kNull);
  const TestValue key = TestValue::String("k");
  const std::string other = EncodeItem(TestValue::String("x").view(), ValueView(), "v");
  TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
    *change = ItemChange::kPut;
    *bytes = other;
    return Status::Ok();
  });
  mutation.Prepare(table, store_.items()->hash_seed(), key.view(), ValueView());
  ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
  EXPECT_EQ(mutation.Wait().code(), StatusCode::kInternal);
  EXPECT_EQ(Get(table, key, TestValue::None()), "<none>");
}

// Another item, or no item, under a key: every way to it says so and none overwrites it.
TEST_F(ItemStoreTest, DamageIsNoticed) {
  const TablePointer table = MakeTable(AttributeType::kNull);
  const TestValue key = TestValue::String("k");
  std::string item_key;
  AppendItemKey(table->id(), store_.items()->hash_seed(), key.view(), ValueView(), &item_key);
  const std::string wrong_item = EncodeItem(TestValue::String("x").view(), ValueView(), "v");
  for (const std::string& bytes : {wrong_item, std::string("rubbish"), std::string()}) {
    engine::TestMutation damage = engine::PutMutation(item_key, bytes);
    ASSERT_TRUE(store_.engine()->SubmitAndWait(&damage).ok());
    engine::PinnedValue pin;
    ItemView item;
    EXPECT_EQ(store_.items()->Get(*table, key.view(), ValueView(), &pin, &item).code(),
              StatusCode::kCorruption);
    EXPECT_EQ(Put(table, key, TestValue::None(), "new").code(), StatusCode::kCorruption);
    PageRequest request;
    request.partition_key = key.view();
    Payloads visitor;
    EXPECT_EQ(store_.items()->ReadPage(*table, request, &visitor, &outcome_).code(),
              StatusCode::kCorruption);
    EXPECT_THAT(visitor.payloads, IsEmpty());
  }
}

TEST_F(ItemStoreTest, PageEndsAtOneMebibyte) {
  const TablePointer table = MakeTable(AttributeType::kNumber);
  const TestValue p = TestValue::String("p");
  // Sizes: "p" "p" "s" n "v": with a sort number of 1 digit an item is 1 + 1 + 1 + 2 + 1 + payload
  // bytes.
  constexpr size_t kOverhead = 6;
  const std::string half(limits::kPageSizeMax / 2 - kOverhead, 'x');
  const std::string half_and_one(limits::kPageSizeMax / 2 - kOverhead + 1, 'y');
  ASSERT_TRUE(Put(table, p, TestValue::Number(1), half).ok());
  ASSERT_TRUE(Put(table, p, TestValue::Number(2), half).ok());
  PageRequest request;
  request.partition_key = p.view();
  // Exactly the limit, and the data ends with it.
  EXPECT_EQ(Read(table, request).size(), 2u);
  EXPECT_EQ(outcome_.evaluated_bytes, limits::kPageSizeMax);
  EXPECT_FALSE(outcome_.stopped_early);
  // Something behind it.
  ASSERT_TRUE(Put(table, p, TestValue::Number(3), "").ok());
  EXPECT_EQ(Read(table, request).size(), 2u);
  EXPECT_TRUE(outcome_.stopped_early);
  // One byte too many: the second item would cross the limit.
  ASSERT_TRUE(Put(table, p, TestValue::Number(2), half_and_one).ok());
  EXPECT_EQ(Read(table, request).size(), 1u);
  EXPECT_TRUE(outcome_.stopped_early);
}

TEST_F(ItemStoreTest, LimitReachedAtTheEndStopsEarly) {
  const TablePointer table = MakeTable(AttributeType::kString);
  const TestValue p = TestValue::String("p");
  for (const char* s : {"a", "b", "c"}) {
    ASSERT_TRUE(Put(table, p, TestValue::String(s), s).ok());
  }
  PageRequest request;
  request.partition_key = p.view();
  request.item_limit = 3;
  EXPECT_THAT(Read(table, request), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(outcome_.stopped_early);
  request.item_limit = 4;
  EXPECT_EQ(Read(table, request).size(), 3u);
  EXPECT_FALSE(outcome_.stopped_early);
  const TestValue last = TestValue::String("c");
  request.start_partition_key = p.view();
  request.start_sort_key = last.view();
  EXPECT_THAT(Read(table, request), IsEmpty());
  EXPECT_FALSE(outcome_.stopped_early);
}

TEST_F(ItemStoreTest, BinaryPrefixOfHighBytes) {
  const TablePointer table = MakeTable(AttributeType::kBinary);
  const TestValue p = TestValue::String("p");
  for (const std::string s : {"\xFE", "\xFF", "\xFF\xFF", "\xFF\xFF\xFF"}) {
    ASSERT_TRUE(Put(table, p, TestValue::Binary(s), std::to_string(s.size())).ok());
  }
  PageRequest request;
  request.partition_key = p.view();
  request.sort_prefix = "\xFF\xFF";
  EXPECT_THAT(Read(table, request), ElementsAre("2", "3"));
  request.reverse = true;
  EXPECT_THAT(Read(table, request), ElementsAre("3", "2"));
}

TEST_F(ItemStoreTest, SegmentsPartitionTheTable) {
  const TablePointer table = MakeTable(AttributeType::kNull);
  const TablePointer neighbour = MakeTable(AttributeType::kNull);
  for (int index = 0; index < 200; ++index) {
    const TestValue p = TestValue::String("key" + std::to_string(index));
    ASSERT_TRUE(Put(table, p, TestValue::None(), std::to_string(index)).ok());
    ASSERT_TRUE(Put(neighbour, p, TestValue::None(), "wrong table").ok());
  }
  for (const int64_t total : {1, 2, 3, 7, 1000000}) {
    std::map<std::string, int> seen;
    for (int64_t segment = 0; segment < std::min<int64_t>(total, 7); ++segment) {
      PageRequest request;
      request.segment = segment;
      request.segment_count = total;
      for (const std::string& payload : Read(table, request)) {
        ++seen[payload];
      }
    }
    EXPECT_EQ(seen.count("wrong table"), 0u);
    for (const auto& [payload, count] : seen) {
      EXPECT_EQ(count, 1) << payload;
    }
    EXPECT_TRUE(total > 7 || seen.size() == 200u);
  }
}

// Random items, bounds, directions and page sizes against a map in memory.
class PageModelTest : public ItemStoreTest {
 protected:
  // Sort values by their place in the order: `index` grows with it.
  static TestValue SortValue(AttributeType type, int index) {
    if (type == AttributeType::kNumber) {
      return TestValue::Number(int64_t{index} * index * index - 40);
    }
    // "", "a", "aa", "aaa", "aab", ...: shorter ones first among those with a common prefix.
    std::string text(1, static_cast<char>('a' + index / 5));
    text.append(static_cast<size_t>(index % 5), 'm');
    return type == AttributeType::kString ? TestValue::String(text) : TestValue::Binary(text);
  }
  int Below(int end) { return static_cast<int>(random_.Next64() % static_cast<uint64_t>(end)); }

  // Reads all pages of `request` and returns the payloads.
  std::vector<std::string> ReadAll(const TablePointer& table, PageRequest request) {
    std::vector<std::string> all;
    std::string position;
    while (true) {
      Payloads page;
      EXPECT_TRUE(store_.items()->ReadPage(*table, request, &page, &outcome_).ok());
      EXPECT_EQ(page.payloads.size(), outcome_.evaluated_count);
      EXPECT_TRUE(request.item_limit == 0 || page.payloads.size() <= request.item_limit);
      all.insert(all.end(), page.payloads.begin(), page.payloads.end());
      if (!outcome_.stopped_early || all.size() > 10000) {
        return all;
      }
      position = page.last;
      const ItemView last = ItemView::At(position);
      request.start_partition_key = last.Find("p");
      request.start_sort_key = last.Find("s");
    }
  }

  void Check(AttributeType type);

  SeededRandom random_{20240607};
};

void PageModelTest::Check(AttributeType type) {
  constexpr int kPartitions = 3;
  constexpr int kSorts = 40;
  const TablePointer table = MakeTable(type);
  std::map<std::pair<int, int>, std::string> model;
  for (int round = 0; round < 120; ++round) {
    const int partition = Below(kPartitions);
    const int sort = Below(kSorts);
    const TestValue p = TestValue::String("p" + std::to_string(partition));
    const TestValue s = SortValue(type, sort);
    if (Below(4) == 0) {
      ASSERT_TRUE(DeleteItem(store_.items(), table, p.view(), s.view()).ok());
      model.erase({partition, sort});
    } else {
      const std::string payload = std::to_string(round);
      ASSERT_TRUE(Put(table, p, s, payload).ok());
      model[{partition, sort}] = payload;
    }
  }
  for (int round = 0; round < 300; ++round) {
    const int partition = Below(kPartitions + 1);
    const TestValue p = TestValue::String("p" + std::to_string(partition));
    const int from = Below(kSorts);
    const int to = Below(kSorts);
    const TestValue from_value = SortValue(type, from);
    const TestValue to_value = SortValue(type, to);
    PageRequest request;
    request.partition_key = p.view();
    const bool has_from = Below(2) == 0;
    const bool has_to = Below(2) == 0;
    if (has_from) {
      request.sort_from = from_value.view();
    }
    if (has_to) {
      request.sort_to = to_value.view();
    }
    request.sort_from_inclusive = Below(2) == 0;
    request.sort_to_inclusive = Below(2) == 0;
    request.reverse = Below(2) == 0;
    request.item_limit = static_cast<uint32_t>(Below(5));
    const int from_index = request.sort_from_inclusive ? from : from + 1;
    const int to_index = request.sort_to_inclusive ? to : to - 1;
    std::vector<std::string> expected;
    for (const auto& [key, payload] : model) {
      if (key.first == partition && (!has_from || key.second >= from_index) &&
          (!has_to || key.second <= to_index)) {
        expected.push_back(payload);
      }
    }
    if (request.reverse) {
      std::reverse(expected.begin(), expected.end());
    }
    ASSERT_EQ(ReadAll(table, request), expected) << "round " << round;
  }
  // A scan in pages meets every item once, and those of one partition in order.
  PageRequest scan;
  scan.item_limit = 3;
  EXPECT_EQ(ReadAll(table, scan).size(), model.size());
  EXPECT_EQ(store_.items()->Counters(*table).item_count, static_cast<int64_t>(model.size()));
}

TEST_F(PageModelTest, StringSortKeys) { Check(AttributeType::kString); }
TEST_F(PageModelTest, BinarySortKeys) { Check(AttributeType::kBinary); }
TEST_F(PageModelTest, NumberSortKeys) { Check(AttributeType::kNumber); }

}  // namespace
}  // namespace millrace::tables
