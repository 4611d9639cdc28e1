// Secondary indexes: maintenance by writes, pages, backfill on live tables, removal, and the check
// of the whole that tools/verify does.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/tables/index_backfill.h"
#include "storage/tables/test_support.h"
#include "storage/tables/verify.h"

namespace millrace::tables {
namespace {

using Attributes = std::map<std::string, std::string>;  // names to texts; "n" is a number
std::string Encode(const Attributes& attributes) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  for (const auto& [name, text] : attributes) {
    if (name == "n") {
      builder.Attribute(name).NumberValue(millrace::Number::FromInt64(std::stoll(text)));
    } else {
      builder.Attribute(name).String(text);
    }
  }
  builder.Finish();
  return bytes;
}

IndexDescriptor GlobalIndex(const std::string& name, KeySchema schema,
                            ProjectionType projection = ProjectionType::kAll) {
  IndexDescriptor index;
  index.name = name;
  index.key_schema = std::move(schema);
  index.projection = projection;
  return index;
}

const KeySchema kByGroup = {{{"g", AttributeType::kString}}, {{"n", AttributeType::kNumber}}};

// One open store with one table "Things" (key "p").
class IndexTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.Open().ok()); }

  void Create(std::vector<IndexDescriptor> indexes) {
    TableDescriptor descriptor = DescribeTable("Things");
    descriptor.indexes = std::move(indexes);
    ASSERT_TRUE(store_.calls().Create(descriptor).ok());
  }
  TablePointer table() { return store_.catalog()->FindUsable("Things"); }

  Status Put(const Attributes& attributes, std::vector<IndexCharge>* charges = nullptr) {
    const std::string item = Encode(attributes);
    return Write(attributes.at("p"), charges, [&](ItemChange* change, std::string_view* bytes) {
      *change = ItemChange::kPut;
      *bytes = item;
    });
  }
  Status Delete(const std::string& key, std::vector<IndexCharge>* charges = nullptr) {
    return Write(key, charges,
                 [](ItemChange* change, std::string_view*) { *change = ItemChange::kDelete; });
  }

  // The partition keys of the items that a query of the index finds, in order.
  std::string Query(const std::string& index, const std::vector<TestValue>& partition,
                    const std::function<void(PageRequest*)>& refine = nullptr) {
    PageRequest request;
    const TablePointer current = table();
    request.index = current->FindIndex(index);
    for (const TestValue& value : partition) {
      request.index_partition.push_back(value.view());
    }
    if (refine != nullptr) {
      refine(&request);
    }
    struct Keys final : ItemVisitor {
      void Visit(const ItemView& item) override {
        text += (text.empty() ? "" : " ") + std::string(item.Find("p").payload());
      }
      std::string text;
    } keys;
    PageOutcome outcome;
    const Status status = store_.items()->ReadPage(*current, request, &keys, &outcome);
    return status.ok() ? keys.text : status.ToString();
  }
  std::string Query(const std::string& index, const std::string& partition) {
    return Query(index, std::vector<TestValue>{TestValue::String(partition)});
  }

  VerifyReport Verify() {
    VerifyReport report;
    EXPECT_TRUE(VerifyDatabase(*store_.engine(), &report).ok());
    return report;
  }
  void ExpectSound() {
    const VerifyReport report = Verify();
    EXPECT_EQ(report.problem_count, 0u) << (report.problems.empty() ? "" : report.problems[0]);
  }
  engine::TableCounters CountersOf(const std::string& index) {
    return store_.items()->IndexCounters(table()->FindIndex(index)->id());
  }
  void AddIndex(const IndexDescriptor& index) {
    const auto edit = [&](const TableDescriptor&, TableDescriptor* changed) {
      changed->indexes.push_back(index);
      changed->indexes.back().state = IndexState::kCreating;
      return Status::Ok();
    };
    ASSERT_TRUE(store_.calls().Update("Things", edit, true).ok());
  }

  TestStore store_;

 private:
  Status Write(const std::string& key, std::vector<IndexCharge>* charges,
               const std::function<void(ItemChange*, std::string_view*)>& apply) {
    class Mutation final : public ItemMutation {
     public:
      size_t weight_bytes() const override { return 100; }
      TaskQueue* completion_queue() override { return nullptr; }
      Status Apply(const ItemView&, ItemChange* change, std::string_view* bytes) override {
        (*apply)(change, bytes);
        return Status::Ok();
      }
      std::vector<IndexCharge>* index_charges() override { return charges; }
      void Done(const Status& status) override { outcome.Set(status); }
      const std::function<void(ItemChange*, std::string_view*)>* apply = nullptr;
      std::vector<IndexCharge>* charges = nullptr;
      Outcome outcome;
    };
    const TestValue partition = TestValue::String(key);
    while (true) {
      Mutation mutation;
      mutation.apply = &apply;
      mutation.charges = charges;
      mutation.Prepare(table(), store_.items()->hash_seed(), partition.view(), ValueView());
      RETURN_IF_ERROR(store_.items()->Submit(&mutation));
      const Status status = mutation.outcome.Wait();
      if (status.code() != StatusCode::kSchemaChanged) {
        return status;
      }
    }
  }
};

TEST_F(IndexTest, EntriesFollowTheirItems) {
  Create({GlobalIndex("ByGroup", kByGroup)});
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "10"}}).ok());
  ASSERT_TRUE(Put({{"p", "b"}, {"g", "x"}, {"n", "-2"}}).ok());
  ASSERT_TRUE(Put({{"p", "c"}, {"g", "y"}, {"n", "3"}}).ok());
  ASSERT_TRUE(Put({{"p", "sparse"}, {"g", "x"}}).ok());
  EXPECT_EQ(Query("ByGroup", "x"), "b a");
  EXPECT_EQ(CountersOf("ByGroup").item_count, 3);
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "y"}, {"n", "4"}}).ok());
  EXPECT_EQ(Query("ByGroup", "x"), "b");
  EXPECT_EQ(Query("ByGroup", "y"), "c a");
  ASSERT_TRUE(Delete("c").ok());
  ASSERT_TRUE(Put({{"p", "b"}}).ok());
  EXPECT_EQ(Query("ByGroup", "x"), "");
  EXPECT_EQ(Query("ByGroup", "y"), "a");
  EXPECT_EQ(CountersOf("ByGroup").item_count, 1);
  ExpectSound();
}

TEST_F(IndexTest, OnlyChangedEntriesAreWrittenAndCharged) {
  IndexDescriptor keys_only = GlobalIndex("Keys", kByGroup, ProjectionType::kKeysOnly);
  IndexDescriptor include = GlobalIndex("Some", kByGroup, ProjectionType::kInclude);
  include.non_key_attributes = {"i"};
  Create({GlobalIndex("All", kByGroup), keys_only, include});
  std::vector<IndexCharge> charges;
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "1"}, {"i", "1"}, {"v", "1"}}, &charges).ok());
  ASSERT_EQ(charges.size(), 3u);
  EXPECT_EQ(charges[1].old_size, 0u);
  EXPECT_EQ(charges[1].new_size, 7u);  // p + a, g + x, n + two bytes
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "1"}, {"i", "1"}, {"v", "2"}}, &charges).ok());
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].index, 0u);
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "1"}, {"i", "2"}, {"v", "2"}}, &charges).ok());
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[1].index, 2u);
  EXPECT_FALSE(charges[1].key_changed);
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "z"}, {"n", "1"}, {"i", "2"}, {"v", "2"}}, &charges).ok());
  ASSERT_EQ(charges.size(), 3u);
  EXPECT_TRUE(charges[0].key_changed);
  ASSERT_TRUE(Delete("a", &charges).ok());
  ASSERT_EQ(charges.size(), 3u);
  EXPECT_EQ(charges[0].new_size, 0u);
  ASSERT_TRUE(Delete("a", &charges).ok());
  EXPECT_TRUE(charges.empty());
  ExpectSound();
}

TEST_F(IndexTest, BoundsOnTheAttributeBehindEqualOnes) {
  const KeySchema schema = {{{"g", AttributeType::kString}, {"h", AttributeType::kString}},
                            {{"n", AttributeType::kNumber}, {"t", AttributeType::kString}}};
  Create({GlobalIndex("Many", schema)});
  for (const char* text : {"a", "ab", "b"}) {
    for (const char* number : {"-1", "5"}) {
      ASSERT_TRUE(Put({{"p", std::string(number) + text},
                       {"g", "x"},
                       {"h", "y"},
                       {"n", number},
                       {"t", text}})
                      .ok());
    }
  }
  ASSERT_TRUE(Put({{"p", "other"}, {"g", "xy"}, {"h", ""}, {"n", "5"}, {"t", "a"}}).ok());
  const std::vector<TestValue> partition = {TestValue::String("x"), TestValue::String("y")};
  const TestValue five = TestValue::Number(5);
  const TestValue minus_one = TestValue::Number(-1);
  const TestValue ab = TestValue::String("ab");
  EXPECT_EQ(Query("Many", partition), "-1a -1ab -1b 5a 5ab 5b");
  EXPECT_EQ(Query("Many", partition,
                  [&](PageRequest* request) {
                    request->sort_from = minus_one.view();
                    request->sort_from_inclusive = false;
                  }),
            "5a 5ab 5b");
  EXPECT_EQ(
      Query("Many", partition, [&](PageRequest* request) { request->sort_to = minus_one.view(); }),
      "-1a -1ab -1b");
  EXPECT_EQ(Query("Many", partition,
                  [&](PageRequest* request) {
                    request->index_sort_equal = {five.view()};
                    request->sort_prefix = "a";
                    request->reverse = true;
                  }),
            "5ab 5a");
  EXPECT_EQ(Query("Many", partition,
                  [&](PageRequest* request) {
                    request->index_sort_equal = {five.view()};
                    request->sort_to = ab.view();
                    request->sort_to_inclusive = false;
                  }),
            "5a");
  EXPECT_EQ(Query("Many", partition,
                  [&](PageRequest* request) {
                    request->index_sort_equal = {five.view()};
                    request->sort_from = request->sort_to = ab.view();
                  }),
            "5ab");
}

TEST_F(IndexTest, BackfillEntersWhatIsThereAndWritesGoOn) {
  Create({});
  for (int number = 0; number < 500; ++number) {
    ASSERT_TRUE(Put({{"p", "k" + std::to_string(number)},
                     {"g", number % 2 == 0 ? "x" : "y"},
                     {"n", std::to_string(number)}})
                    .ok());
  }
  AddIndex(GlobalIndex("ByGroup", kByGroup));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int number = 0; !stop.load(); ++number) {
      const std::string key = "k" + std::to_string(number * 7919 % 900);
      if (number % 3 == 0) {
        EXPECT_TRUE(Delete(key).ok());
      } else {
        EXPECT_TRUE(Put({{"p", key}, {"g", "x"}, {"n", std::to_string(number)}}).ok());
      }
    }
  });
  IndexBackfill backfill(store_.engine(), store_.catalog(), {.chunk_items_max = 7});
  const Status status = backfill.RunOnce();
  stop.store(true);
  writer.join();
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(table()->FindIndex("ByGroup")->descriptor->state, IndexState::kActive);
  EXPECT_EQ(table()->FindIndex("ByGroup")->progress, nullptr);
  ExpectSound();
  EXPECT_GT(CountersOf("ByGroup").item_count, 0);
}

TEST_F(IndexTest, BackfillGoesOnWhereACrashLeftIt) {
  Create({});
  for (int number = 0; number < 100; ++number) {
    ASSERT_TRUE(
        Put({{"p", std::to_string(number)}, {"g", "x"}, {"n", std::to_string(number)}}).ok());
  }
  AddIndex(GlobalIndex("ByGroup", kByGroup));
  {
    IndexBackfill backfill(store_.engine(), store_.catalog(),
                           {.chunk_items_max = 5, .rest_factor = 0});
    backfill.Start();
    while (CountersOf("ByGroup").item_count == 0) {
      std::this_thread::yield();
    }
    backfill.Stop();
  }
  ExpectSound();
  ASSERT_TRUE(Put({{"p", "1"}, {"g", "moved"}, {"n", "1"}}).ok());
  ASSERT_TRUE(Delete("2").ok());
  ASSERT_TRUE(store_.Open().ok());
  ExpectSound();
  ASSERT_TRUE(Put({{"p", "3"}, {"g", "moved"}, {"n", "3"}}).ok());
  ASSERT_TRUE(Delete("4").ok());
  ASSERT_TRUE(Put({{"p", "new"}, {"g", "moved"}, {"n", "2"}}).ok());
  ExpectSound();
  IndexBackfill backfill(store_.engine(), store_.catalog(), {});
  ASSERT_TRUE(backfill.RunOnce().ok());
  EXPECT_EQ(Query("ByGroup", "moved"), "1 new 3");
  EXPECT_EQ(CountersOf("ByGroup").item_count, 99);
  ExpectSound();
}

TEST_F(IndexTest, ARemovedIndexLeavesNothingBehind) {
  Create({GlobalIndex("ByGroup", kByGroup)});
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "1"}}).ok());
  const uint32_t id = table()->FindIndex("ByGroup")->id();
  const auto edit = [](const TableDescriptor&, TableDescriptor* changed) {
    changed->indexes[0].state = IndexState::kDeleting;
    return Status::Ok();
  };
  ASSERT_TRUE(store_.calls().Update("Things", edit, true).ok());
  EXPECT_EQ(table()->FindIndex("ByGroup"), nullptr);
  EXPECT_TRUE(table()->descriptor().indexes.empty());
  ExpectSound();
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  ExpectSound();
  AddIndex(GlobalIndex("ByGroup", kByGroup));
  EXPECT_NE(table()->FindIndex("ByGroup")->id(), id);
  EXPECT_EQ(Verify().entries, 0u);
  ASSERT_TRUE(store_.calls().Delete("Things").ok());
  store_.catalog()->RunMaintenance(std::atomic<bool>(false));
  ExpectSound();
}

// Writes bytes under any key, past all that keeps a database consistent.
class RawWrite final : public engine::Mutation {
 public:
  RawWrite(engine::Space space, std::string key, std::string value)
      : space_(space), key_(std::move(key)), value_(std::move(value)) {}
  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return 100; }
  Status Plan(std::span<const engine::PinnedValue>, engine::WriteSet* writes) override {
    if (value_.empty()) {
      writes->Delete(space_, key_);
    } else {
      writes->Put(space_, key_, value_);
    }
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}

 private:
  const engine::Space space_;
  const std::string key_;
  const std::string value_;
};

TEST_F(IndexTest, VerifyFindsWhatIsPlanted) {
  Create({GlobalIndex("ByGroup", kByGroup)});
  ASSERT_TRUE(Put({{"p", "a"}, {"g", "x"}, {"n", "1"}}).ok());
  ExpectSound();
  const TableIndex& index = *table()->FindIndex("ByGroup");
  const uint64_t seed = store_.items()->hash_seed();
  const auto entry_key = [&](const Attributes& attributes) {
    const std::string bytes = Encode(attributes);
    const ItemView item = ItemView::At(bytes);
    IndexKeyValues values;
    EXPECT_TRUE(FindIndexKey(item, index.key_schema(), &values));
    std::string key;
    AppendIndexEntryKey(index.id(), index.key_schema(), seed, values,
                        TableKeyHash(seed, item.Find("p"), ValueView()), &key);
    return key;
  };
  const Attributes real = {{"p", "a"}, {"g", "x"}, {"n", "1"}};
  const Attributes ghost = {{"p", "b"}, {"g", "x"}, {"n", "1"}};
  const auto plant = [&](const std::string& key, const std::string& value) {
    RawWrite write(engine::Space::kIndexes, key, value);
    EXPECT_TRUE(store_.engine()->SubmitAndWait(&write).ok());
  };
  plant(entry_key(ghost), Encode(ghost));
  EXPECT_EQ(Verify().problem_count, 2u);  // an entry without an item, and the counters
  plant(entry_key(ghost), "");
  ExpectSound();
  plant(entry_key(real), Encode({{"p", "a"}, {"g", "x"}, {"n", "1"}, {"v", "stale"}}));
  EXPECT_EQ(Verify().problem_count, 3u);  // seen from both sides, and the counters
  plant(entry_key(real), "");
  EXPECT_EQ(Verify().problem_count, 2u);
  plant(entry_key(real), "damaged");
  EXPECT_GE(Verify().problem_count, 2u);
  plant(entry_key(real), Encode(real));
  ExpectSound();
  std::string orphan;
  AppendItemKey(4711, seed, TestValue::String("a").view(), ValueView(), &orphan);
  RawWrite write(engine::Space::kItems, orphan, Encode(real));
  ASSERT_TRUE(store_.engine()->SubmitAndWait(&write).ok());
  EXPECT_EQ(Verify().problem_count, 1u);
}

}  // namespace
}  // namespace millrace::tables
