// Writes that leave no change record: those that leave the item as it is, though its bytes may
// differ, transactions that are refused, and calls that are repeated.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/codec/change_codec.h"
#include "storage/tables/multi_item_test_support.h"

namespace millrace::tables {
namespace {

using engine::Space;

AttributeValue NumberOf(std::string_view text) {
  Number number;
  EXPECT_EQ(Number::Parse(text, &number), NumberError::kNone);
  return AttributeValue::NumberValue(number);
}

AttributeValue NumberSet(const std::vector<std::string>& texts) {
  AttributeValue set;
  set.type = AttributeType::kNumberSet;
  for (const std::string& text : texts) {
    set.number_set.push_back(NumberOf(text).number);
  }
  return set;
}

AttributeValue StringSet(std::vector<std::string> members) {
  AttributeValue set;
  set.type = AttributeType::kStringSet;
  set.byte_set = std::move(members);
  return set;
}

AttributeValue Map(std::vector<std::pair<std::string, AttributeValue>> entries) {
  AttributeValue map;
  map.type = AttributeType::kMap;
  map.map = std::move(entries);
  return map;
}

AttributeValue List(std::vector<AttributeValue> members) {
  AttributeValue list;
  list.type = AttributeType::kList;
  list.list = std::move(members);
  return list;
}

class UnrecordedWriteTest : public testing::Test {
 protected:
  using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    TableDescriptor descriptor = DescribeTable("table");
    descriptor.stream = TableStream();
    descriptor.stream->enabled = true;
    table_ = store_.calls().Create(descriptor).value();
  }
  // Puts the item of the key with these attributes, in this order.
  void Put(const Attributes& attributes) {
    const TestValue key = TestValue::String("key");
    std::string item;
    ItemBuilder builder(&item);
    builder.CopyValue("p", key.view());
    for (const auto& [name, value] : attributes) {
      builder.Attribute(name).Tree(value);
    }
    builder.Finish();
    TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
      *change = ItemChange::kPut;
      *bytes = item;
      return Status::Ok();
    });
    mutation.Prepare(table_, store_.items()->hash_seed(), key.view(), ValueView());
    ASSERT_TRUE(store_.items()->Submit(&mutation).ok());
    ASSERT_TRUE(mutation.Wait().ok());
  }
  size_t CountRecords() {
    engine::ScanRange range;
    range.space = Space::kLog;
    size_t count = 0;
    for (const auto records = store_.engine()->Scan(range); records->Valid(); records->Next()) {
      ++count;
    }
    return count;
  }
  // How many records the second of two puts makes.
  size_t RecordsOfSecond(const Attributes& first, const Attributes& second) {
    Put(first);
    const size_t before = CountRecords();
    Put(second);
    return CountRecords() - before;
  }

  TestStore store_;
  TablePointer table_;
};

TEST_F(UnrecordedWriteTest, ItemsThatAreEqual) {
  const AttributeValue one = NumberOf("1");
  const AttributeValue text = AttributeValue::String("text");
  EXPECT_EQ(RecordsOfSecond({{"n", one}}, {{"n", NumberOf("1.0")}}), 0u);
  EXPECT_EQ(RecordsOfSecond({{"n", NumberOf("1E2")}}, {{"n", NumberOf("0100.00")}}), 0u);
  EXPECT_EQ(RecordsOfSecond({{"a", one}, {"b", text}}, {{"b", text}, {"a", one}}), 0u);
  EXPECT_EQ(RecordsOfSecond({{"s", StringSet({"x", "y"})}}, {{"s", StringSet({"y", "x"})}}), 0u);
  EXPECT_EQ(RecordsOfSecond({{"s", NumberSet({"1", "2.50"})}}, {{"s", NumberSet({"2.5", "1.0"})}}),
            0u);
  EXPECT_EQ(RecordsOfSecond({{"m", Map({{"a", one}, {"s", StringSet({"x", "y"})}})}},
                            {{"m", Map({{"s", StringSet({"y", "x"})}, {"a", NumberOf("1.00")}})}}),
            0u);
}

// Of equal size, so that only the contents tell them apart.
TEST_F(UnrecordedWriteTest, ItemsThatOnlyLookAlikeAreRecorded) {
  const AttributeValue x = AttributeValue::String("x");
  const AttributeValue y = AttributeValue::String("y");
  EXPECT_EQ(RecordsOfSecond({{"a", x}, {"b", y}}, {{"a", y}, {"b", x}}), 1u);
  EXPECT_EQ(RecordsOfSecond({{"l", List({x, y})}}, {{"l", List({y, x})}}), 1u);
  EXPECT_EQ(RecordsOfSecond({{"s", StringSet({"x", "y"})}}, {{"s", StringSet({"x", "z"})}}), 1u);
  EXPECT_EQ(RecordsOfSecond({{"n", NumberOf("1")}}, {{"n", NumberOf("2")}}), 1u);
  EXPECT_EQ(RecordsOfSecond({{"m", Map({{"a", x}})}}, {{"m", Map({{"b", x}})}}), 1u);
}

TEST_F(UnrecordedWriteTest, RefusedTransactionsAndRepeatedCalls) {
  const std::vector<TestValue> keys = {TestValue::String("a"), TestValue::String("b")};
  std::vector<std::string> items;
  std::vector<ItemTarget> targets;
  for (const TestValue& key : keys) {
    items.push_back(EncodeItem(key.view(), ValueView(), "v"));
    targets.push_back({table_, key.view(), ValueView()});
  }
  const auto run = [&](TestMultiMutation::ApplyFunction apply, bool with_token) {
    TestMultiMutation mutation(std::move(apply));
    mutation.Prepare(targets, store_.items()->hash_seed());
    if (with_token) {
      mutation.UseToken(
          {TokenScope::kTransactWriteItems, "token", {1, 2, 3}, store_.clock().NowMs()});
    }
    EXPECT_TRUE(store_.items()->Submit(&mutation).ok());
    return mutation.Wait();
  };
  const auto decide_and_refuse = [&](std::span<const ItemView> old_items,
                                     std::span<ItemDecision> decisions) {
    EXPECT_TRUE(PutAll(items)(old_items, decisions).ok());
    return Status(StatusCode::kRefused, "the second condition fails");
  };
  EXPECT_EQ(run(decide_and_refuse, false).code(), StatusCode::kRefused);
  EXPECT_EQ(CountRecords(), 0u);
  EXPECT_TRUE(run(PutAll(items), true).ok());
  EXPECT_EQ(CountRecords(), 2u);
  items[0] = EncodeItem(keys[0].view(), ValueView(), "other");
  EXPECT_TRUE(run(PutAll(items), true).ok());
  EXPECT_EQ(CountRecords(), 2u);
}

}  // namespace
}  // namespace millrace::tables
