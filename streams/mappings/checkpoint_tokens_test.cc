// Tokens in transactions: the items and the position of the lane are one commit, a token is good
// for one transaction and for its own batch only, and what the function answers does not count any
// more.
#include "streams/mappings/checkpoint_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "storage/tables/multi_item_test_support.h"
#include "streams/mappings/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CheckpointTokensTest : public MappingEngineTest {
 protected:
  // Puts an item into another table, with the token.
  Status PutWith(const std::string& token, const std::string& key, const std::string& value) {
    const tables::TestValue partition = tables::TestValue::String(key);
    const std::vector<std::string> items = {
        tables::EncodeItem(partition.view(), ValueView(), value)};
    tables::TestMultiMutation write(tables::PutAll(items));
    write.Prepare({{other_, partition.view(), ValueView()}}, store_.items()->hash_seed());
    std::unique_ptr<tables::CommitRider> rider = mappings_->riders()->Board(token);
    CHECK(rider != nullptr);
    write.UseRider(std::move(rider));
    RETURN_IF_ERROR(store_.items()->Submit(&write));
    const Status status = write.Wait();
    EXPECT_EQ(write.refused_by_rider(), status.code() == StatusCode::kRefused);
    return status;
  }
  bool HasItem(const std::string& key) {
    const tables::TestValue partition = tables::TestValue::String(key);
    engine::PinnedValue pin;
    ItemView item;
    EXPECT_TRUE(store_.items()->Get(*other_, partition.view(), ValueView(), &pin, &item).ok());
    return item.present();
  }
  void MakeOther() { other_ = store_.calls().Create(tables::DescribeTable("other")).value(); }

  tables::TablePointer other_;
};

TEST_F(CheckpointTokensTest, ATransactionFinishesTheBatch) {
  MakeOther();
  int calls = 0;
  Status first;
  Status second;
  invoker_.Use([&](const Event& event) {
    ++calls;
    first = PutWith(event.token, "a" + std::to_string(calls), "1");
    second = PutWith(event.token, "b", "2");
    return FakeInvoker::Failure();  // after it has committed
  });
  PutMany(3, 3);
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(second.code(), StatusCode::kRefused);
  EXPECT_TRUE(HasItem("a1"));
  EXPECT_FALSE(HasItem("b"));
  EXPECT_THAT(Discards(), IsEmpty());
  Restart();
  Settle();
  EXPECT_EQ(invoker_.Events(1).size(), 1u);
}

TEST_F(CheckpointTokensTest, AnOldTokenIsRefused) {
  MakeOther();
  std::vector<std::string> tokens;
  invoker_.Use([&](const Event& event) {
    tokens.push_back(event.token);
    return tokens.size() == 1 ? FakeInvoker::Failure() : FakeInvoker::Success();
  });
  Put("a", "1");
  ASSERT_TRUE(Create(NewMapping()).ok());
  Settle();
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_NE(tokens[0], tokens[1]);
  EXPECT_EQ(tokens[0].size(), 36u);
  for (const std::string& token : tokens) {
    EXPECT_EQ(PutWith(token, "late", "1").code(), StatusCode::kRefused);
  }
  EXPECT_FALSE(HasItem("late"));
  EXPECT_EQ(mappings_->riders()->Board("6d9c1f0e-0000-4000-8000-000000000001"), nullptr);
}

TEST_F(CheckpointTokensTest, PartsOfASplitBatchHaveTokensOfTheirOwn) {
  MakeOther();
  std::vector<std::string> delivered;
  invoker_.Use([&](const Event& event) {
    if (event.records.size() > 1) {
      return FakeInvoker::Failure();
    }
    delivered.push_back(event.records[0]);
    EXPECT_TRUE(PutWith(event.token, event.records[0], "1").ok());
    return FakeInvoker::Failure(InvokeOutcome::kServerFault);
  });
  PutMany(4, 4);
  Mapping mapping = NewMapping();
  mapping.settings.bisect_on_error = true;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_THAT(delivered, ElementsAre("k0=0", "k1=1", "k2=2", "k3=3"));
}

}  // namespace
}  // namespace millrace::streams
