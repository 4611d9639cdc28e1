// The engine through its public interface: order, visibility, refusals, counters, recovery.
#include "storage/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/engine/test_support.h"

namespace millrace::engine {
namespace {

using ::testing::ElementsAre;

class EngineTest : public ::testing::Test {
 protected:
  void Open() {
    engine_.reset();
    options_.data_dir = directory_.path();
    Result<std::unique_ptr<Engine>> engine = Engine::Open(options_);
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    engine_ = std::move(engine).value();
  }
  void OpenAndStart() {
    Open();
    ASSERT_NE(engine_, nullptr);
    engine_->Start();
  }
  std::string Read(std::string_view key, Space space = Space::kItems) {
    PinnedValue value;
    EXPECT_TRUE(engine_->Get(space, key, &value).ok());
    return value.found() ? std::string(value.bytes()) : "<none>";
  }
  std::vector<std::string> Keys(std::string_view from, std::string_view to, bool reverse) {
    ScanRange range;
    range.from = from;
    range.to = to;
    range.reverse = reverse;
    std::vector<std::string> keys;
    const std::unique_ptr<Scanner> scanner = engine_->Scan(range);
    for (; scanner->Valid(); scanner->Next()) {
      keys.emplace_back(scanner->key());
    }
    EXPECT_TRUE(scanner->status().ok());
    return keys;
  }
  // How many groups ten writes make that are there when the committer starts.
  uint64_t GroupsOfTenPuts(const std::string& value) {
    Open();
    ManualQueue queue;
    std::vector<std::unique_ptr<TestMutation>> mutations;
    for (int index = 0; index < 10; ++index) {
      mutations.push_back(std::make_unique<TestMutation>(
          PutMutation("key", value + std::to_string(index), &queue)));
      EXPECT_TRUE(engine_->Submit(mutations.back().get()).ok());
    }
    engine_->Start();
    queue.RunTasks(10);
    EXPECT_EQ(Read("key"), value + "9");
    return engine_->statistics().groups;
  }

  TemporaryDirectory directory_;
  Options options_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, WritesAreFoundAgainAfterReopen) {
  OpenAndStart();
  const std::string uuid = engine_->database_uuid();
  const uint64_t seed = engine_->hash_seed();
  TestMutation put = PutMutation("key", "value");
  ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  EXPECT_TRUE(put.completed());
  EXPECT_EQ(Read("key"), "value");
  OpenAndStart();
  EXPECT_EQ(Read("key"), "value");
  EXPECT_EQ(engine_->database_uuid(), uuid);
  EXPECT_EQ(engine_->hash_seed(), seed);
}

// Everything submitted before Start forms one group, so the second plan must see what the first
// wrote.
TEST_F(EngineTest, PlansOfOneGroupSeeEachOther) {
  Open();
  ManualQueue queue;
  const auto increment = [](std::span<const PinnedValue> current, WriteSet* writes) {
    const int64_t old = current[0].found() ? std::stoll(std::string(current[0].bytes())) : 0;
    writes->Put(Space::kItems, "counter", std::to_string(old + 1));
    return Status::Ok();
  };
  std::vector<std::unique_ptr<TestMutation>> mutations;
  for (int index = 0; index < 100; ++index) {
    mutations.push_back(
        std::make_unique<TestMutation>(std::vector<std::string>{"counter"}, increment, &queue));
    ASSERT_TRUE(engine_->Submit(mutations.back().get()).ok());
  }
  engine_->Start();
  queue.RunTasks(100);
  EXPECT_EQ(Read("counter"), "100");
  EXPECT_EQ(engine_->statistics().groups, 1u);
  EXPECT_EQ(queue.post_count(), 1);
}

TEST_F(EngineTest, DeletedInTheGroupIsNotFound) {
  OpenAndStart();
  TestMutation put = PutMutation("key", "value");
  ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  Open();
  ManualQueue queue;
  TestMutation remove(
      {},
      [](auto, WriteSet* writes) {
        writes->Delete(Space::kItems, "key");
        return Status::Ok();
      },
      &queue);
  bool found = true;
  TestMutation look(
      {"key"},
      [&](std::span<const PinnedValue> current, WriteSet*) {
        found = current[0].found();
        return Status(StatusCode::kRefused, "looked");
      },
      &queue);
  ASSERT_TRUE(engine_->Submit(&remove).ok());
  ASSERT_TRUE(engine_->Submit(&look).ok());
  engine_->Start();
  queue.RunTasks(2);
  EXPECT_FALSE(found);
  EXPECT_EQ(look.status().code(), StatusCode::kRefused);
  EXPECT_EQ(Read("key"), "<none>");
}

TEST_F(EngineTest, RefusalDropsItsWrites) {
  Open();
  ManualQueue queue;
  TestMutation refused(
      {"other"},
      [](auto, WriteSet* writes) {
        writes->Put(Space::kItems, "key", "wrong");
        writes->AddToCounters(7, 1, 10);
        return Status(StatusCode::kRefused, "no");
      },
      &queue);
  TestMutation put = PutMutation("other", "value", &queue);
  ASSERT_TRUE(engine_->Submit(&refused).ok());
  ASSERT_TRUE(engine_->Submit(&put).ok());
  engine_->Start();
  queue.RunTasks(2);
  EXPECT_EQ(refused.status().code(), StatusCode::kRefused);
  EXPECT_EQ(Read("key"), "<none>");
  EXPECT_EQ(Read("other"), "value");
  EXPECT_EQ(engine_->Counters(7).item_count, 0);
  // The refusal did not wait for the write, so it came in a post of its own.
  EXPECT_EQ(queue.post_count(), 2);
}

TEST_F(EngineTest, GroupOfRefusalsWritesNothing) {
  OpenAndStart();
  const uint64_t sequence = engine_->statistics().last_sequence;
  TestMutation refused({"key"}, [](auto, WriteSet*) { return Status(StatusCode::kRefused, "no"); });
  EXPECT_EQ(engine_->SubmitAndWait(&refused).code(), StatusCode::kRefused);
  EXPECT_EQ(engine_->statistics().groups, 0u);
  EXPECT_EQ(engine_->statistics().refusals, 1u);
  EXPECT_EQ(engine_->statistics().last_sequence, sequence);
}

// A refusal for a schema change must come after the change is published, which happens on the
// committer thread. The settled sequence says when that has happened.
TEST_F(EngineTest, CommitterCompletionsComeBeforeSchemaRefusals) {
  Open();
  const auto is_settled = [&] {
    const CommitStatistics statistics = engine_->statistics();
    return statistics.settled_sequence == statistics.last_sequence;
  };
  ManualQueue queue;
  std::vector<std::string> order;
  TestMutation refused(
      {"key"}, [](auto, WriteSet*) { return Status(StatusCode::kSchemaChanged, "changed"); },
      &queue);
  refused.set_on_complete([&] {
    order.push_back("refused");
    EXPECT_TRUE(is_settled());
  });
  TestMutation change = PutMutation("schema", "new");
  change.set_on_complete([&] {
    order.push_back("published");
    EXPECT_FALSE(is_settled());
  });
  ASSERT_TRUE(engine_->Submit(&refused).ok());
  ASSERT_TRUE(engine_->Submit(&change).ok());
  engine_->Start();
  queue.RunTasks(1);
  EXPECT_THAT(order, ElementsAre("published", "refused"));
}

TEST_F(EngineTest, SequencesGrowAndAreNotReusedAfterReopen) {
  OpenAndStart();
  uint64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    for (int index = 0; index < 5; ++index) {
      TestMutation put = PutMutation("key", std::to_string(index));
      ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
      EXPECT_GT(put.sequence(), last);
      last = put.sequence();
    }
    OpenAndStart();
    EXPECT_EQ(engine_->statistics().last_sequence, last);
  }
}

TEST_F(EngineTest, CountersAreExactAfterReopenAndCanBeDropped) {
  OpenAndStart();
  const auto add = [&](uint32_t table_id, int64_t count, int64_t bytes) {
    TestMutation mutation({}, [=](auto, WriteSet* writes) {
      writes->AddToCounters(table_id, count, bytes);
      return Status::Ok();
    });
    ASSERT_TRUE(engine_->SubmitAndWait(&mutation).ok());
  };
  add(1, 2, 300);
  add(2, 1, 50);
  add(1, -1, -100);
  OpenAndStart();
  EXPECT_EQ(engine_->Counters(1).item_count, 1);
  EXPECT_EQ(engine_->Counters(1).size_bytes, 200);
  EXPECT_EQ(engine_->Counters(2).size_bytes, 50);
  TestMutation drop({}, [](auto, WriteSet* writes) {
    writes->DropCounters(1);
    return Status::Ok();
  });
  ASSERT_TRUE(engine_->SubmitAndWait(&drop).ok());
  EXPECT_EQ(engine_->Counters(1).item_count, 0);
  OpenAndStart();
  EXPECT_EQ(engine_->Counters(1).item_count, 0);
  EXPECT_EQ(engine_->Counters(2).item_count, 1);
}

TEST_F(EngineTest, QueueIsBounded) {
  options_.commit_queue_requests_max = 3;
  options_.commit_queue_bytes_max = 1000;
  Open();
  TestMutation first = PutMutation("a", "1");
  TestMutation heavy = PutMutation("b", "2");
  heavy.set_weight(950);
  TestMutation second = PutMutation("c", "3");
  TestMutation third = PutMutation("d", "4");
  TestMutation fourth = PutMutation("e", "5");
  EXPECT_TRUE(engine_->Submit(&first).ok());
  EXPECT_EQ(engine_->Submit(&heavy).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(engine_->Submit(&second).ok());
  EXPECT_TRUE(engine_->Submit(&third).ok());
  EXPECT_EQ(engine_->Submit(&fourth).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(engine_->statistics().queued_requests, 3u);
  engine_->Start();
  engine_->Stop();
  EXPECT_TRUE(first.completed() && second.completed() && third.completed());
  EXPECT_FALSE(heavy.completed() || fourth.completed());
  EXPECT_EQ(engine_->statistics().queued_requests, 0u);
  EXPECT_EQ(Read("d"), "4");
}

TEST_F(EngineTest, GroupsAreBounded) {
  options_.commit_group_requests_max = 4;
  EXPECT_EQ(GroupsOfTenPuts("value"), 3u);
}

TEST_F(EngineTest, GroupsAreBoundedByWhatTheyWrite) {
  options_.commit_group_bytes_max = 1000;
  EXPECT_EQ(GroupsOfTenPuts(std::string(600, 'v')), 5u);
}

TEST_F(EngineTest, StopRefusesAndIsIdempotent) {
  OpenAndStart();
  engine_->Stop();
  engine_->Stop();
  TestMutation put = PutMutation("key", "value");
  EXPECT_EQ(engine_->Submit(&put).code(), StatusCode::kShuttingDown);
  EXPECT_EQ(Read("key"), "<none>");
}

TEST_F(EngineTest, StopWithoutStartAnswersWhatWasSubmitted) {
  Open();
  TestMutation put = PutMutation("key", "value");
  ASSERT_TRUE(engine_->Submit(&put).ok());
  engine_->Stop();
  EXPECT_TRUE(put.completed());
  EXPECT_EQ(put.status().code(), StatusCode::kShuttingDown);
}

TEST_F(EngineTest, ScansInBothDirections) {
  OpenAndStart();
  for (const char* key : {"b", "a", "d", "c", "e"}) {
    TestMutation put = PutMutation(key, "v");
    ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  }
  EXPECT_THAT(Keys("b", "d", false), ElementsAre("b", "c"));
  EXPECT_THAT(Keys("b", "d", true), ElementsAre("c", "b"));
  EXPECT_THAT(Keys("d", "", false), ElementsAre("d", "e"));
  EXPECT_THAT(Keys("d", "", true), ElementsAre("e", "d"));
  EXPECT_THAT(Keys("x", "z", false), ElementsAre());
}

TEST_F(EngineTest, MultiGetFindsSomeOfTheKeys) {
  OpenAndStart();
  const std::string long_value(5000, 'x');
  for (const auto& [key, value] :
       {std::pair<std::string, std::string>{"a", "1"}, {"c", long_value}}) {
    TestMutation put = PutMutation(key, value);
    ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  }
  const std::vector<std::string_view> keys = {"c", "b", "a"};
  std::vector<PinnedValue> values(3);
  ASSERT_TRUE(engine_->MultiGet(Space::kItems, keys, values).ok());
  EXPECT_EQ(values[0].bytes(), long_value);
  EXPECT_FALSE(values[1].found());
  EXPECT_EQ(values[2].bytes(), "1");
  PinnedValue moved = std::move(values[2]);
  EXPECT_EQ(moved.bytes(), "1");
  EXPECT_FALSE(values[2].found());  // NOLINT: a moved-from value is empty
}

// Few keys and many keys take different ways.
TEST_F(EngineTest, DropRangeDeletesTheRangeOnly) {
  OpenAndStart();
  for (const int count : {10, 3000}) {
    TestMutation fill({}, [count](auto, WriteSet* writes) {
      for (int index = 0; index < count; ++index) {
        writes->Put(Space::kItems, "m" + std::to_string(index), std::string(100, 'v'));
      }
      writes->Put(Space::kItems, "l", "before");
      writes->Put(Space::kItems, "n", "behind");
      return Status::Ok();
    });
    ASSERT_TRUE(engine_->SubmitAndWait(&fill).ok());
    EXPECT_EQ(Keys("m", "n", false).size(), static_cast<size_t>(count));
    ASSERT_TRUE(engine_->DropRange(Space::kItems, "m", "n").ok());
    EXPECT_THAT(Keys("", "", false), ElementsAre("l", "n"));
    ASSERT_TRUE(engine_->DropRange(Space::kItems, "m", "n").ok());
  }
  OpenAndStart();
  EXPECT_THAT(Keys("", "", false), ElementsAre("l", "n"));
}

TEST_F(EngineTest, InMemoryLeavesNothingBehind) {
  options_.in_memory = true;
  OpenAndStart();
  TestMutation put = PutMutation("key", "value");
  ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
  EXPECT_EQ(Read("key"), "value");
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
  OpenAndStart();
  EXPECT_EQ(Read("key"), "<none>");
}

TEST_F(EngineTest, OtherDurabilitiesSurviveACleanStop) {
  for (const Durability durability : {Durability::kInterval, Durability::kNone}) {
    options_.durability = durability;
    options_.sync_interval_ms = 1;
    OpenAndStart();
    TestMutation put = PutMutation("key", std::to_string(static_cast<int>(durability)));
    ASSERT_TRUE(engine_->SubmitAndWait(&put).ok());
    OpenAndStart();
    EXPECT_EQ(Read("key"), std::to_string(static_cast<int>(durability)));
  }
}

TEST_F(EngineTest, ManyThreadsIncrementOneKey) {
  OpenAndStart();
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        TestMutation increment({"n"}, [](std::span<const PinnedValue> current, WriteSet* writes) {
          const int old = current[0].found() ? std::stoi(std::string(current[0].bytes())) : 0;
          writes->Put(Space::kItems, "n", std::to_string(old + 1));
          writes->AddToCounters(1, 1, 2);
          return Status::Ok();
        });
        ASSERT_TRUE(engine_->SubmitAndWait(&increment).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(Read("n"), std::to_string(kThreads * kRounds));
  EXPECT_EQ(engine_->Counters(1).size_bytes, 2 * kThreads * kRounds);
  EXPECT_EQ(engine_->statistics().last_sequence, static_cast<uint64_t>(kThreads * kRounds));
}

}  // namespace
}  // namespace millrace::engine
