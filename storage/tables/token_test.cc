// Idempotency tokens: a call is done once within ten minutes, also over a restart and within one
// commit group; other parameters are told apart; refused calls are not remembered; old tokens go.
#include <gtest/gtest.h>

#include <memory>

#include "storage/codec/meta_codec.h"
#include "storage/tables/multi_item_test_support.h"
#include "storage/tables/token_sweeper.h"

namespace millrace::tables {
namespace {

constexpr ParametersHash kHash = {1, 2, 3};
constexpr ParametersHash kOtherHash = {1, 2, 4};

class TokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    const Result<TablePointer> table = store_.calls().Create(DescribeTable("table"));
    ASSERT_TRUE(table.ok());
    table_ = table.value();
    hash_seed_ = store_.items()->hash_seed();
  }

  // A write that puts `text` under the token; `refuse`: it does not want to.
  std::unique_ptr<TestMultiMutation> Write(std::string_view token, const ParametersHash& hash,
                                           std::string_view text, bool refuse = false,
                                           TokenScope scope = TokenScope::kTransactWriteItems) {
    items_.push_back(
        std::make_unique<std::vector<std::string>>(1, EncodeItem(a_.view(), ValueView(), text)));
    const std::vector<std::string>* const items = items_.back().get();
    auto mutation = std::make_unique<TestMultiMutation>(
        [items, refuse](std::span<const ItemView> old_items, std::span<ItemDecision> decisions) {
          return refuse ? Status(StatusCode::kRefused, "no") : PutAll(*items)(old_items, decisions);
        });
    mutation->payload = std::string(text) + "!";
    mutation->Prepare({{table_, a_.view(), ValueView()}}, hash_seed_);
    mutation->UseToken({scope, token, hash, store_.clock().NowMs()});
    return mutation;
  }
  Status Run(TestMultiMutation* mutation) {
    RETURN_IF_ERROR(store_.items()->Submit(mutation));
    return mutation->Wait();
  }
  std::string Get() {
    engine::PinnedValue pin;
    ItemView item;
    EXPECT_TRUE(store_.items()->Get(*table_, a_.view(), ValueView(), &pin, &item).ok());
    return item.present() ? std::string(item.Find("v").payload()) : "<none>";
  }
  // Rows of the two kinds that tokens have.
  int CountRows() {
    const std::string from = MetaKindBegin(MetaKind::kIdempotencyToken);
    const std::string to = MetaKindEnd(MetaKind::kIdempotencyTokenTime);
    engine::ScanRange range;
    range.space = engine::Space::kMeta;
    range.from = from;
    range.to = to;
    int count = 0;
    for (const auto rows = store_.engine()->Scan(range); rows->Valid(); rows->Next()) {
      ++count;
    }
    return count;
  }
  void Reopen() {
    ASSERT_TRUE(store_.Open().ok());
    table_ = store_.catalog()->Find("table");
    ASSERT_NE(table_, nullptr);
  }
  void Sweep() {
    const std::atomic<bool> stop{false};
    ASSERT_TRUE(TokenSweeper(store_.engine(), &store_.clock()).Run(stop).ok());
  }

  TestStore store_;
  TablePointer table_;
  uint64_t hash_seed_ = 0;
  const TestValue a_ = TestValue::String("a");
  std::vector<std::unique_ptr<std::vector<std::string>>> items_;
};

TEST_F(TokenTest, ARepeatedCallIsNotDoneAgain) {
  const auto first = Write("t", kHash, "1");
  ASSERT_TRUE(Run(first.get()).ok());
  EXPECT_EQ(first->token_outcome(), TokenOutcome::kNew);
  ASSERT_TRUE(PutItem(store_.items(), table_, a_.view(), ValueView(), "later").ok());
  const auto second = Write("t", kHash, "1");
  ASSERT_TRUE(Run(second.get()).ok());
  EXPECT_EQ(second->token_outcome(), TokenOutcome::kReplayed);
  EXPECT_EQ(second->replayed_payload(), "1!");
  EXPECT_EQ(second->apply_count, 0);
  EXPECT_EQ(Get(), "later");
}

TEST_F(TokenTest, OtherParametersAreRefused) {
  ASSERT_TRUE(Run(Write("t", kHash, "1").get()).ok());
  const auto second = Write("t", kOtherHash, "2");
  EXPECT_EQ(Run(second.get()).code(), StatusCode::kRefused);
  EXPECT_EQ(second->token_outcome(), TokenOutcome::kMismatch);
  EXPECT_EQ(Get(), "1");
  // The other operation has tokens of its own, and so has another name.
  const auto scoped = Write("t", kOtherHash, "3", false, TokenScope::kExecuteTransaction);
  ASSERT_TRUE(Run(scoped.get()).ok());
  EXPECT_EQ(scoped->token_outcome(), TokenOutcome::kNew);
  ASSERT_TRUE(Run(Write("tt", kOtherHash, "4").get()).ok());
  EXPECT_EQ(Get(), "4");
}

TEST_F(TokenTest, ARefusedCallIsNotRemembered) {
  EXPECT_EQ(Run(Write("t", kHash, "1", true).get()).code(), StatusCode::kRefused);
  EXPECT_EQ(CountRows(), 0);
  const auto second = Write("t", kOtherHash, "2");
  ASSERT_TRUE(Run(second.get()).ok());
  EXPECT_EQ(second->token_outcome(), TokenOutcome::kNew);
}

TEST_F(TokenTest, OutlivesARestart) {
  ASSERT_TRUE(Run(Write("t", kHash, "1").get()).ok());
  Reopen();
  const auto second = Write("t", kHash, "1");
  ASSERT_TRUE(Run(second.get()).ok());
  EXPECT_EQ(second->token_outcome(), TokenOutcome::kReplayed);
  EXPECT_EQ(second->replayed_payload(), "1!");
}

TEST_F(TokenTest, TheSameTokenTwiceInOneGroupIsDoneOnce) {
  // Submitted before the committer runs, so that both are in one group.
  store_.Close();
  engine::Options options;
  options.data_dir = store_.path();
  Result<std::unique_ptr<engine::Engine>> opened = engine::Engine::Open(options);
  ASSERT_TRUE(opened.ok());
  ItemStore store(opened.value().get());
  const auto first = Write("t", kHash, "1");
  const auto second = Write("t", kHash, "1");
  const auto third = Write("t", kOtherHash, "2");
  ASSERT_TRUE(store.Submit(first.get()).ok());
  ASSERT_TRUE(store.Submit(second.get()).ok());
  ASSERT_TRUE(store.Submit(third.get()).ok());
  opened.value()->Start();
  EXPECT_TRUE(first->Wait().ok());
  EXPECT_TRUE(second->Wait().ok());
  EXPECT_EQ(third->Wait().code(), StatusCode::kRefused);
  EXPECT_EQ(first->token_outcome(), TokenOutcome::kNew);
  EXPECT_EQ(second->token_outcome(), TokenOutcome::kReplayed);
  EXPECT_EQ(third->token_outcome(), TokenOutcome::kMismatch);
  opened.value()->Stop();
}

TEST_F(TokenTest, IsForgottenAfterTenMinutes) {
  ASSERT_TRUE(Run(Write("t", kHash, "1").get()).ok());
  store_.clock().AdvanceMs(kTokenLifeMs);
  const auto last = Write("t", kHash, "1");
  ASSERT_TRUE(Run(last.get()).ok());
  EXPECT_EQ(last->token_outcome(), TokenOutcome::kReplayed);
  store_.clock().AdvanceMs(1);
  const auto again = Write("t", kOtherHash, "2");
  ASSERT_TRUE(Run(again.get()).ok());
  EXPECT_EQ(again->token_outcome(), TokenOutcome::kNew);
  EXPECT_EQ(Get(), "2");
  // The listing of the first use has gone with it.
  EXPECT_EQ(CountRows(), 2);
}

TEST_F(TokenTest, TheSweeperRemovesOnlyWhatIsOver) {
  // More than one chunk.
  const int old_count = TokenSweeper::kChunkSize + 10;
  for (int index = 0; index < old_count; ++index) {
    ASSERT_TRUE(Run(Write("old" + std::to_string(index), kHash, "1").get()).ok());
  }
  store_.clock().AdvanceMs(kTokenLifeMs / 2);
  ASSERT_TRUE(Run(Write("new", kHash, "2").get()).ok());
  Sweep();
  EXPECT_EQ(CountRows(), 2 * (old_count + 1));
  store_.clock().AdvanceMs(kTokenLifeMs / 2 + 1);
  Sweep();
  EXPECT_EQ(CountRows(), 2);
  const auto replay = Write("new", kHash, "2");
  ASSERT_TRUE(Run(replay.get()).ok());
  EXPECT_EQ(replay->token_outcome(), TokenOutcome::kReplayed);
}

TEST_F(TokenTest, OneSweeperRunsAgainAndAgain) {
  const std::atomic<bool> stop{false};
  TokenSweeper sweeper(store_.engine(), &store_.clock());
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(Run(Write("t", kHash, std::to_string(round)).get()).ok());
    store_.clock().AdvanceMs(kTokenLifeMs + 1);
    ASSERT_TRUE(sweeper.Run(stop).ok());
    EXPECT_EQ(CountRows(), 0);
  }
}

}  // namespace
}  // namespace millrace::tables
