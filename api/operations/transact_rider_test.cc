// Transactions that bring a checkpoint token: where it may stand, what is answered when it is not
// good any more, and that it does not get into the way of the client's own token.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "api/operations/stream_test_support.h"
#include "storage/tables/commit_rider.h"

namespace millrace::api {
namespace {

constexpr char kGood[] = "token-that-is-good";
constexpr char kBad[] = "token-that-is-bad";

// Knows two tokens, and notes in the store that a transaction used the good one.
class TestRiders final : public tables::CommitRiders {
 public:
  class Rider final : public tables::CommitRider {
   public:
    explicit Rider(bool is_good) : is_good_(is_good) {}
    engine::MutationKey key() const override { return {engine::Space::kCheckpoints, "row"}; }
    Status Plan(const engine::PinnedValue& current, engine::WriteSet* writes) override {
      if (!is_good_ || current.found()) {
        return Status(StatusCode::kRefused, "");
      }
      writes->Put(engine::Space::kCheckpoints, "row", "used");
      return Status::Ok();
    }

   private:
    const bool is_good_;
  };
  std::unique_ptr<tables::CommitRider> Board(std::string_view token) const override {
    if (token != kGood && token != kBad) {
      return nullptr;
    }
    return std::make_unique<Rider>(token == kGood);
  }
};

class TransactRiderTest : public StreamTest {
 protected:
  void SetUp() override {
    StreamTest::SetUp();
    services_.riders = &riders_;
    CreateTable("table");
  }
  // A transaction that puts `key`; returns the answer.
  std::string Transact(const std::string& key, std::string_view client_token,
                       std::string_view header = "") {
    class HeaderCall final : public Call {
     public:
      explicit HeaderCall(std::string_view token) : token_(token) {}
      std::string_view Header(std::string_view name) const override {
        return name == "x-checkpoint-token" ? token_ : std::string_view();
      }
      void Finish() override { finished = true; }
      bool finished = false;

     private:
      const std::string_view token_;
    };
    const Dispatcher dispatcher(services_, AllOperations());
    std::string text =
        R"json({"TransactItems":[{"Put":{"TableName":"table","Item":{"a":{"S":")json" + key +
        R"json("}}}},{"ConditionCheck":{"TableName":"table","Key":{"a":{"S":"none"}},)json"
        R"json("ConditionExpression":"attribute_not_exists(a)"}}])json";
    if (!client_token.empty()) {
      text += R"(,"ClientRequestToken":")" + std::string(client_token) + "\"";
    }
    const ParsedJson parsed(text + "}");
    engine::ManualQueue queue;
    HeaderCall call(header);
    call.input = parsed.root();
    call.home = &queue;
    dispatcher.Run(*dispatcher.Find("DynamoDB_20120810.TransactWriteItems"), &call);
    while (!call.finished) {
      queue.RunTasks(1);
    }
    return call.body;
  }
  bool Has(const std::string& key) {
    return Run("GetItem", R"({"TableName":"table","Key":{"a":{"S":")" + key + R"("}}})") != "{}";
  }

  TestRiders riders_;
};

TEST_F(TransactRiderTest, AsTheClientsToken) {
  EXPECT_EQ(Transact("x", kGood), "{}");
  EXPECT_TRUE(Has("x"));
  // Once only, even with the same items.
  const std::string again = Transact("x", kGood);
  EXPECT_NE(again.find("TransactionCanceledException"), std::string::npos) << again;
  EXPECT_NE(again.find("[CheckpointConflict, CheckpointConflict]"), std::string::npos) << again;
  EXPECT_NE(again.find(R"({"Code":"CheckpointConflict","Message":)"), std::string::npos) << again;
  Transact("y", kBad);
  EXPECT_FALSE(Has("y"));
}

TEST_F(TransactRiderTest, InAHeaderBesideTheClientsToken) {
  EXPECT_EQ(Transact("x", "mine", kGood), "{}");
  // The repeated call is answered as such: its items and the row were written with the first one.
  EXPECT_EQ(Transact("x", "mine", kGood), "{}");
  const std::string other = Transact("y", "yours", kGood);
  EXPECT_NE(other.find("[CheckpointConflict, CheckpointConflict]"), std::string::npos) << other;
  EXPECT_FALSE(Has("y"));
}

TEST_F(TransactRiderTest, OtherClientTokensAreNone) {
  EXPECT_EQ(Transact("x", "some-token"), "{}");
  EXPECT_TRUE(Has("x"));
}

TEST_F(TransactRiderTest, HeaderThatIsNoToken) {
  const std::string answer = Transact("x", "some-token", "some-header");
  EXPECT_NE(answer.find("[CheckpointConflict, CheckpointConflict]"), std::string::npos) << answer;
  EXPECT_FALSE(Has("x"));
}

}  // namespace
}  // namespace millrace::api
