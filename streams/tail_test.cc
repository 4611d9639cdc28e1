// A tail: what it shows, in which order, from where, when it waits, what it says of trimmed
// records, and that nothing is skipped however commits and reads meet.
#include "streams/tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "storage/tables/log_test_support.h"

namespace millrace::streams {
namespace {

using tables::ChangeLog;
using tables::LogStore;
using tables::RecordKeeper;
using Kind = TailStart::Kind;
using Sequences = std::vector<uint64_t>;

class TailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    ASSERT_TRUE(store_.MakeStream(1, 100, "one", 2).ok());
    ASSERT_TRUE(store_.MakeStream(2, 200, "two", 1).ok());
  }
  Tail MakeTail(const TailSelection& selection, const TailStart& start = {}) {
    return Tail(store_.log(), store_.streams(), selection, start);
  }
  // Reads until the tail has caught up or is at its end.
  static Sequences ReadAll(Tail* tail, Tail::Outcome expected = Tail::Outcome::kCaughtUp,
                           size_t count_at_once = SIZE_MAX) {
    Sequences sequences;
    for (;;) {
      RecordKeeper keeper(count_at_once);
      const Result<Tail::Outcome> outcome = tail->Read(&keeper);
      EXPECT_TRUE(outcome.ok());
      const Sequences seen = keeper.sequences();
      sequences.insert(sequences.end(), seen.begin(), seen.end());
      if (outcome.value() != Tail::Outcome::kMore) {
        EXPECT_EQ(outcome.value(), expected);
        return sequences;
      }
      if (tail->TakeTrimmed().has_value()) {
        sequences.push_back(0);
      }
    }
  }
  // As trimming does, without the deletion.
  void Trim(uint32_t stream_id, uint16_t hash_range, uint64_t horizon) {
    auto stream = std::make_shared<tables::Stream>(*store_.streams()->FindById(stream_id));
    stream->horizons[hash_range] = horizon;
    store_.streams()->Publish(stream);
  }

  LogStore store_;
};

TEST_F(TailTest, ShowsWhatIsSelectedInOrder) {
  Tail all = MakeTail({});
  Tail one = MakeTail({"one", ""});
  Tail two = MakeTail({"two", "label2"});
  Tail nothing = MakeTail({"three", ""});
  const Sequences a = store_.Append({{1, 1, "a"}, {2, 0, "b"}, {1, 0, "c"}});
  const Sequences b = store_.Append({{2, 0, "d"}, {1, 0, "e"}});
  EXPECT_EQ(ReadAll(&all), (Sequences{a[0], a[1], a[2], b[0], b[1]}));
  EXPECT_EQ(ReadAll(&one), (Sequences{a[0], a[2], b[1]}));
  EXPECT_EQ(ReadAll(&two), (Sequences{a[1], b[0]}));
  EXPECT_EQ(ReadAll(&nothing), Sequences());
  EXPECT_EQ(ReadAll(&all), Sequences());
  const uint64_t c = store_.AppendOne(1, 0, "f");
  EXPECT_EQ(ReadAll(&all), Sequences{c});
  EXPECT_EQ(ReadAll(&two), Sequences());
  EXPECT_GE(two.position(), c);
}

TEST_F(TailTest, GoesOnWhereTheVisitorStopped) {
  Sequences expected;
  Tail before = MakeTail({});
  for (int i = 0; i < 10; ++i) {
    for (const uint64_t sequence : store_.Append({{1, 0, "a"}, {2, 0, "b"}, {1, 1, "c"}})) {
      expected.push_back(sequence);
    }
  }
  EXPECT_EQ(ReadAll(&before, Tail::Outcome::kCaughtUp, 2), expected);
  Tail history = MakeTail({}, {Kind::kTrimHorizon, 0, 0});
  EXPECT_EQ(ReadAll(&history, Tail::Outcome::kCaughtUp, 4), expected);
}

TEST_F(TailTest, BeginsWhereItIsTold) {
  Sequences a;
  for (int i = 0; i < 5; ++i) {
    store_.clock().AdvanceMs(1000);
    a.push_back(store_.AppendOne(1, static_cast<uint16_t>(i % 2), "x"));
  }
  const int64_t now_ms = store_.clock().NowMs();
  const auto from = [&](const TailStart& start) {
    Tail tail = MakeTail({}, start);
    return ReadAll(&tail);
  };
  EXPECT_EQ(from({Kind::kLatest, 0, 0}), Sequences());
  EXPECT_EQ(from({Kind::kTrimHorizon, 0, 0}), a);
  EXPECT_EQ(from({Kind::kAfterSequence, a[2], 0}), (Sequences{a[3], a[4]}));
  EXPECT_EQ(from({Kind::kAfterSequence, a[4], 0}), Sequences());
  EXPECT_EQ(from({Kind::kAtTime, 0, now_ms - 2000}), (Sequences{a[2], a[3], a[4]}));
  EXPECT_EQ(from({Kind::kAtTime, 0, now_ms - 1999}), (Sequences{a[3], a[4]}));
  EXPECT_EQ(from({Kind::kAtTime, 0, 0}), a);
  EXPECT_EQ(from({Kind::kAtTime, 0, now_ms + 1}), Sequences());
  // A sequence that does not exist yet is not waited for.
  Tail ahead = MakeTail({}, {Kind::kAfterSequence, a[4] + 1000, 0});
  const uint64_t next = store_.AppendOne(2, 0, "y");
  EXPECT_EQ(ReadAll(&ahead), Sequences{next});
}

TEST_F(TailTest, ReadsWhatIsFromBeforeTheProcess) {
  const Sequences a = store_.Append({{1, 0, "a"}, {2, 0, "b"}});
  ASSERT_TRUE(store_.Open().ok());
  Tail tail = MakeTail({}, {Kind::kAfterSequence, a[0] - 1, 0});
  const uint64_t b = store_.AppendOne(1, 1, "c");
  EXPECT_EQ(ReadAll(&tail), (Sequences{a[0], a[1], b}));
}

TEST_F(TailTest, FollowsStreamsThatComeAndGo) {
  Tail all = MakeTail({});
  Tail table = MakeTail({"one", ""});
  Tail stream = MakeTail({"one", "label1"});
  const uint64_t a = store_.AppendOne(1, 0, "a");
  ASSERT_TRUE(store_.CloseStream(1, std::nullopt).ok());
  ASSERT_TRUE(store_.MakeStream(3, 100, "one", 1).ok());
  const uint64_t b = store_.AppendOne(3, 0, "b");
  EXPECT_EQ(ReadAll(&stream, Tail::Outcome::kEnd), Sequences{a});
  EXPECT_EQ(ReadAll(&table), (Sequences{a, b}));
  EXPECT_EQ(ReadAll(&all), (Sequences{a, b}));
  store_.streams()->Remove(1);
  EXPECT_EQ(ReadAll(&stream, Tail::Outcome::kEnd), Sequences());
}

TEST_F(TailTest, WaitsForWhatConcernsIt) {
  Tail table = MakeTail({"one", ""});
  EXPECT_EQ(ReadAll(&table), Sequences());
  engine::ManualQueue queue;
  struct Nothing final : public Task {
    void Run() override {}
  } task;
  ChangeLog::Waiter waiter;
  waiter.task = &task;
  waiter.queue = &queue;
  ASSERT_TRUE(table.Wait(&waiter));
  store_.AppendOne(2, 0, "others");
  EXPECT_EQ(queue.post_count(), 0);
  EXPECT_FALSE(table.CheckAgain());
  // A stream of the table that nobody announces.
  ASSERT_TRUE(store_.CloseStream(1, std::nullopt).ok());
  ASSERT_TRUE(store_.MakeStream(3, 100, "one", 1).ok());
  EXPECT_TRUE(table.CheckAgain());
  ASSERT_TRUE(store_.log()->Cancel(&waiter));
  const uint64_t a = store_.AppendOne(3, 0, "a");
  EXPECT_EQ(ReadAll(&table), Sequences{a});
  ASSERT_TRUE(table.Wait(&waiter));
  EXPECT_FALSE(table.CheckAgain());
  store_.AppendOne(3, 0, "b");
  queue.RunTasks(1);
  EXPECT_FALSE(store_.log()->Cancel(&waiter));
  // There is something already.
  EXPECT_FALSE(table.Wait(&waiter));
}

TEST_F(TailTest, TellsOfRecordsThatAreMissing) {
  const Sequences a = store_.Append({{1, 0, "a"}, {1, 0, "b"}, {1, 1, "c"}, {1, 0, "d"}});
  Trim(1, 0, a[1] + 1);
  Tail resumed = MakeTail({}, {Kind::kAfterSequence, a[0] - 1, 0});
  RecordKeeper keeper;
  EXPECT_EQ(resumed.Read(&keeper).value(), Tail::Outcome::kMore);
  EXPECT_TRUE(keeper.records().empty());  // said first
  EXPECT_EQ(resumed.TakeTrimmed(), a[1] + 1);
  EXPECT_EQ(resumed.TakeTrimmed(), std::nullopt);
  EXPECT_EQ(ReadAll(&resumed), (Sequences{a[2], a[3]}));

  // Nothing is missing for who has seen them, or did not ask for them.
  Tail later = MakeTail({}, {Kind::kAfterSequence, a[1], 0});
  EXPECT_EQ(ReadAll(&later), (Sequences{a[2], a[3]}));
  Tail horizon = MakeTail({}, {Kind::kTrimHorizon, 0, 0});
  EXPECT_EQ(ReadAll(&horizon), (Sequences{a[2], a[3]}));

  // A reader that is overtaken: 0 stands for the notice.
  Tail slow = MakeTail({});
  const Sequences b = store_.Append({{2, 0, "e"}, {2, 0, "f"}});
  Trim(2, 0, b[0] + 1);
  EXPECT_EQ(ReadAll(&slow), (Sequences{0, b[1]}));
}

TEST_F(TailTest, SkipsNothingWhileWritersWrite) {
  constexpr int kWriters = 3;
  constexpr int kCommits = 300;
  Tail tail = MakeTail({});
  std::atomic<int> writing{kWriters};
  std::vector<Sequences> written(kWriters);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer, &writing, &written] {
      for (int i = 0; i < kCommits; ++i) {
        const uint32_t stream_id = static_cast<uint32_t>(1 + (writer + i) % 2);
        const Sequences sequences = store_.Append({{stream_id, 0, "x"}, {2, 0, "y"}});
        written[writer].insert(written[writer].end(), sequences.begin(), sequences.end());
      }
      --writing;
    });
  }
  Sequences shown;
  do {
    const Sequences seen = ReadAll(&tail, Tail::Outcome::kCaughtUp, 7);
    shown.insert(shown.end(), seen.begin(), seen.end());
  } while (writing > 0);
  for (std::thread& writer : writers) {
    writer.join();
  }
  const Sequences rest = ReadAll(&tail);
  shown.insert(shown.end(), rest.begin(), rest.end());
  Sequences expected;
  for (const Sequences& sequences : written) {
    expected.insert(expected.end(), sequences.begin(), sequences.end());
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(shown, expected);
}

}  // namespace
}  // namespace millrace::streams
