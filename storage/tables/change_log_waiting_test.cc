// Waiting for records: who is woken by what, once, and that no wake-up is lost however writers,
// readers and cancellations meet.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/tables/change_log.h"
#include "storage/tables/log_test_support.h"

namespace millrace::tables {
namespace {

class CountingTask final : public Task {
 public:
  void Run() override { ++runs_; }
  int runs() const { return runs_; }

 private:
  int runs_ = 0;
};

// A waiter with its task and a queue of its own.
struct TestWaiter {
  explicit TestWaiter(uint32_t stream_id) {
    waiter.stream_id = stream_id;
    waiter.task = &task;
    waiter.queue = &queue;
  }
  CountingTask task;
  engine::ManualQueue queue;
  ChangeLog::Waiter waiter;
};

class ChangeLogWaitingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    ASSERT_TRUE(store_.MakeStream(1, 100, "one", 1).ok());
    ASSERT_TRUE(store_.MakeStream(2, 200, "two", 1).ok());
  }
  LogStore store_;
};

TEST_F(ChangeLogWaitingTest, TheCommitWakesThoseItConcerns) {
  ChangeLog* const log = store_.log();
  TestWaiter one(1);
  TestWaiter one_too(1);
  TestWaiter two(2);
  TestWaiter any(0);
  const uint64_t seen = log->last_sequence();
  for (TestWaiter* const waiter : {&one, &one_too, &two, &any}) {
    ASSERT_TRUE(log->Wait(&waiter->waiter, seen));
  }
  store_.CommitOther();
  store_.Append({{1, 0, "a"}, {1, 0, "b"}});
  store_.AppendOne(1, 0, "c");
  one.queue.RunTasks(1);
  one_too.queue.RunTasks(1);
  any.queue.RunTasks(1);
  EXPECT_EQ(one.queue.post_count(), 1);
  EXPECT_EQ(one_too.queue.post_count(), 1);
  EXPECT_EQ(any.queue.post_count(), 1);
  EXPECT_EQ(two.queue.post_count(), 0);
  EXPECT_FALSE(log->Cancel(&one.waiter));
  EXPECT_TRUE(log->Cancel(&two.waiter));
  store_.AppendOne(2, 0, "d");
  EXPECT_EQ(two.queue.post_count(), 0);
}

TEST_F(ChangeLogWaitingTest, DoesNotWaitForWhatIsThere) {
  ChangeLog* const log = store_.log();
  TestWaiter one(1);
  TestWaiter any(0);
  EXPECT_TRUE(log->Cancel(&one.waiter));  // never asked for
  const uint64_t seen = log->last_sequence();
  store_.AppendOne(1, 0, "a");
  EXPECT_FALSE(log->Wait(&one.waiter, seen));
  EXPECT_FALSE(log->Wait(&any.waiter, seen));
  EXPECT_TRUE(log->Cancel(&one.waiter));
  // Records of other streams do not keep it from waiting.
  const uint64_t later = log->last_sequence();
  store_.AppendOne(2, 0, "b");
  ASSERT_TRUE(log->Wait(&one.waiter, later));
  EXPECT_FALSE(log->Wait(&any.waiter, later));
  store_.AppendOne(1, 0, "c");
  one.queue.RunTasks(1);
  EXPECT_EQ(one.task.runs(), 1);
  // The object may be used again.
  ASSERT_TRUE(log->Wait(&one.waiter, log->last_sequence()));
  EXPECT_TRUE(log->Cancel(&one.waiter));
}

TEST_F(ChangeLogWaitingTest, WhoHasSeenTheRecordsWaitsForOthers) {
  ChangeLog* const log = store_.log();
  TestWaiter one(1);
  // As if the records of a commit had been read before the log is told of it.
  const uint64_t seen = log->last_sequence() + 5;
  ASSERT_TRUE(log->Wait(&one.waiter, seen));
  const uint32_t stream_ids[] = {1};
  log->LogAppended(stream_ids, seen);
  EXPECT_EQ(one.queue.post_count(), 0);
  log->LogAppended(stream_ids, seen + 1);
  EXPECT_EQ(one.queue.post_count(), 1);
}

TEST_F(ChangeLogWaitingTest, KnowsWhichStreamsGotRecords) {
  ChangeLog* const log = store_.log();
  EXPECT_EQ(log->LastSequenceOf(1), 0U);
  const uint64_t sequence = store_.AppendOne(1, 0, "a");
  EXPECT_EQ(log->LastSequenceOf(1), sequence);
  EXPECT_EQ(log->LastSequenceOf(2), 0U);
  EXPECT_EQ(log->LastSequenceOf(0), sequence);
  EXPECT_EQ(log->last_sequence(), sequence);
  store_.CommitOther();
  EXPECT_EQ(log->LastSequenceOf(0), sequence);
  EXPECT_EQ(log->last_sequence(), sequence + 1);
  log->Forget(1);
  EXPECT_EQ(log->LastSequenceOf(1), 0U);
}

// Records of an earlier process are in the store, and nobody is told of them again.
TEST_F(ChangeLogWaitingTest, WaitsAfterARestart) {
  const uint64_t sequence = store_.AppendOne(1, 0, "a");
  ASSERT_TRUE(store_.Open().ok());
  ChangeLog* const log = store_.log();
  EXPECT_EQ(log->LastSequenceOf(1), 0U);
  EXPECT_EQ(log->last_sequence(), sequence);
  TestWaiter one(1);
  ASSERT_TRUE(log->Wait(&one.waiter, log->last_sequence()));
  store_.AppendOne(1, 0, "b");
  one.queue.RunTasks(1);
  EXPECT_EQ(one.task.runs(), 1);
}

// A queue that keeps whoever posts to it until it is opened.
class ClosedQueue final : public TaskQueue {
 public:
  void Post(TaskList* tasks) override {
    while (tasks->PopFront() != nullptr) {
    }
    entered = true;
    while (!open) {
      std::this_thread::yield();
    }
  }
  std::atomic<bool> entered{false};
  std::atomic<bool> open{false};
};

// Else the owner of the waiter might take itself apart while its task is on the way.
TEST_F(ChangeLogWaitingTest, CancelWaitsForATaskOnItsWay) {
  ChangeLog* const log = store_.log();
  CountingTask task;
  ClosedQueue queue;
  ChangeLog::Waiter waiter;
  waiter.stream_id = 1;
  waiter.task = &task;
  waiter.queue = &queue;
  ASSERT_TRUE(log->Wait(&waiter, log->last_sequence()));
  std::thread writer([&] { store_.AppendOne(1, 0, "a"); });
  while (!queue.entered) {
    std::this_thread::yield();
  }
  std::thread owner([&] {
    EXPECT_FALSE(log->Cancel(&waiter));
    EXPECT_TRUE(queue.open);
  });
  for (int turn = 0; turn < 10'000; ++turn) {
    std::this_thread::yield();  // the owner may run ahead here, and must not get through
  }
  queue.open = true;
  owner.join();
  writer.join();
}

// Reads until it has `count` records, saying how many it has, and waits whenever there are none.
// `cancels`: gives up every other wait at once, to meet tasks on their way.
void ReadAll(LogStore* store, uint32_t stream_id, size_t count, bool cancels,
             std::atomic<size_t>* read) {
  TestWaiter waiter(stream_id);
  uint64_t from = 0;
  for (int round = 0; *read < count; ++round) {
    const uint64_t seen = store->log()->last_sequence();
    RecordKeeper keeper;
    std::vector<LogRange> ranges = {{stream_id == 0 ? 1 : stream_id, 0, from, 0}};
    if (stream_id == 0) {
      ranges.push_back({2, 0, from, 0});
    }
    ASSERT_TRUE(store->log()->ReadMerged(ranges, &keeper).ok());
    for (const SeenRecord& record : keeper.records()) {
      ASSERT_GE(record.sequence, from);
      from = record.sequence + 1;
      ++*read;
    }
    if (!keeper.records().empty()) {
      continue;
    }
    // Gives commits every chance to come between the read and the wait.
    for (int turn = 0; round % 3 == 0 && turn < 100; ++turn) {
      std::this_thread::yield();
    }
    if (!store->log()->Wait(&waiter.waiter, seen)) {
      continue;
    }
    if (cancels && round % 2 == 0 && store->log()->Cancel(&waiter.waiter)) {
      continue;
    }
    // The task comes, or has come. A lost one would be waited for in vain.
    waiter.queue.RunTasks(1);
  }
}

// The writer goes on only when all readers have the last record, so none of them is saved from a
// lost wake-up by the next one.
TEST_F(ChangeLogWaitingTest, LosesNoWakeUp) {
  constexpr size_t kCommits = 400;
  std::atomic<size_t> read[5] = {};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { ReadAll(&store_, 1, kCommits, false, &read[0]); });
  threads.emplace_back([&] { ReadAll(&store_, 2, kCommits, false, &read[1]); });
  threads.emplace_back([&] { ReadAll(&store_, 2, kCommits, true, &read[2]); });
  threads.emplace_back([&] { ReadAll(&store_, 0, 2 * kCommits, false, &read[3]); });
  threads.emplace_back([&] { ReadAll(&store_, 0, 2 * kCommits, true, &read[4]); });
  const auto wait_for = [](const std::atomic<size_t>& count, size_t wanted) {
    while (count < wanted) {
      std::this_thread::yield();
    }
  };
  for (size_t commit = 1; commit <= kCommits; ++commit) {
    store_.AppendOne(1, 0, "a");
    wait_for(read[0], commit);
    store_.AppendOne(2, 0, "b");
    wait_for(read[1], commit);
    wait_for(read[2], commit);
    wait_for(read[3], 2 * commit);
    wait_for(read[4], 2 * commit);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace millrace::tables
