// The page that compacts, without sockets: what goes away, and what a second request is told.
#include "server/admin/compaction_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "server/gate/exchange.h"
#include "storage/base/json.h"
#include "storage/base/random.h"
#include "storage/engine/test_support.h"

namespace millrace::server {
namespace {

using testing::HasSubstr;

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override { ++sent_count; }
  int sent_count = 0;
};

class CompactionRoutesTest : public testing::Test {
 protected:
  CompactionRoutesTest() {
    engine::Options options;
    options.data_dir = directory_.path();
    options.durability = engine::Durability::kNone;
    Result<std::unique_ptr<engine::Engine>> engine = engine::Engine::Open(options);
    CHECK(engine.ok());
    engine_ = std::move(engine).value();
    engine_->Start();
    compactor_ = std::make_unique<Compactor>(engine_.get(), &clock_);
    compactor_->AddRoutes(&routes_);
  }

  void Put(const std::string& key, const std::string& value) {
    engine::TestMutation put = engine::PutMutation(key, value);
    ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  }
  void Begin(TestExchange* exchange) {
    exchange->BeginRequest();
    exchange->home = &home_;
    routes_[0].handle(exchange);
  }
  // "status body"
  std::string AnswerTo(TestExchange* exchange) {
    while (exchange->sent_count == 0) {
      home_.RunTasks(1);
    }
    EXPECT_EQ(exchange->sent_count, 1);
    return std::to_string(exchange->http_status) + " " + exchange->body;
  }

  uintmax_t LogBytes() const {
    uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      std::error_code gone;
      const uintmax_t size = entry.path().extension() == ".log" ? entry.file_size(gone) : 0;
      sum += gone ? 0 : size;
    }
    return sum;
  }

  engine::TemporaryDirectory directory_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<engine::Engine> engine_;
  engine::ManualQueue home_;
  ThreadState thread_state_{&clock_, &random_};
  std::unique_ptr<Compactor> compactor_;
  std::vector<Route> routes_;
};

TEST_F(CompactionRoutesTest, WhatWasOverwrittenIsGone) {
  // Values that do not compress, most of them of one key.
  constexpr size_t kValueSize = 10'000;
  for (int round = 0; round < 50; ++round) {
    std::string value;
    while (value.size() < kValueSize) {
      value.push_back(static_cast<char>(random_.Next64()));
    }
    Put(round == 0 ? "first" : "again", value);
  }
  compactor_->Start();
  TestExchange exchange(&thread_state_);
  Begin(&exchange);
  EXPECT_THAT(AnswerTo(&exchange), HasSubstr("200 {\"bytesBefore\":"));
  EXPECT_GT(engine_->TableFileBytes(), 2 * kValueSize);
  EXPECT_LT(engine_->TableFileBytes(), 4 * kValueSize);
  engine::PinnedValue value;
  ASSERT_TRUE(engine_->Get(engine::Space::kItems, "first", &value).ok());
  EXPECT_EQ(value.bytes().size(), kValueSize);
  // The logs of what is in files now are removed, in the background.
  while (LogBytes() > kValueSize) {
    std::this_thread::yield();
  }
}

TEST_F(CompactionRoutesTest, WhatCompressesIsCompressed) {
  constexpr int kKeys = 50;
  constexpr size_t kValueSize = 10'000;
  for (int index = 0; index < kKeys; ++index) {
    Put("key" + std::to_string(index), std::string(kValueSize, 'v'));
  }
  compactor_->Start();
  TestExchange exchange(&thread_state_);
  Begin(&exchange);
  EXPECT_THAT(AnswerTo(&exchange), HasSubstr("200 {"));
  EXPECT_LT(engine_->TableFileBytes(), kKeys * kValueSize / 4);
}

TEST_F(CompactionRoutesTest, OneAtATime) {
  TestExchange first(&thread_state_);
  TestExchange second(&thread_state_);
  Begin(&first);  // waits for the thread to be started
  Begin(&second);
  EXPECT_EQ(AnswerTo(&second), "409 {\"error\":\"the store is being compacted already\"}\n");
  compactor_->Start();
  EXPECT_THAT(AnswerTo(&first), HasSubstr("200 {"));
  TestExchange third(&thread_state_);
  Begin(&third);
  EXPECT_THAT(AnswerTo(&third), HasSubstr("200 {"));
}

TEST_F(CompactionRoutesTest, IsRefusedWhenTheServerStops) {
  compactor_->Start();
  compactor_->Stop();
  TestExchange exchange(&thread_state_);
  Begin(&exchange);
  EXPECT_THAT(AnswerTo(&exchange), HasSubstr("503 {\"error\":"));
}

}  // namespace
}  // namespace millrace::server
