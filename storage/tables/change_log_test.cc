// Reading the log: order, bounds, one total order over several ranges also while it grows, places
// of times, and records that have been trimmed. Waiting is tested in change_log_waiting_test.cc.
#include "storage/tables/change_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "storage/tables/log_test_support.h"
#include "storage/tables/stream_change.h"

namespace millrace::tables {
namespace {

class ChangeLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    ASSERT_TRUE(store_.MakeStream(1, 100, "one", 2).ok());
    ASSERT_TRUE(store_.MakeStream(2, 200, "two", 1).ok());
  }
  std::vector<uint64_t> Sequences(const LogRange& range) {
    RecordKeeper keeper;
    EXPECT_TRUE(store_.log()->Read(range, &keeper).ok());
    return keeper.sequences();
  }
  std::vector<uint64_t> Merged(const std::vector<LogRange>& ranges, size_t count_max = SIZE_MAX) {
    RecordKeeper keeper(count_max);
    EXPECT_TRUE(store_.log()->ReadMerged(ranges, &keeper).ok());
    return keeper.sequences();
  }
  std::optional<uint64_t> FindTime(const LogRange& range, int64_t time_ms) {
    const Result<std::optional<uint64_t>> found = store_.log()->FindTime(range, time_ms);
    EXPECT_TRUE(found.ok());
    return found.value();
  }

  LogStore store_;
};

TEST_F(ChangeLogTest, ReadsOneHashRangeInOrder) {
  const std::vector<uint64_t> a =
      store_.Append({{1, 0, "a"}, {1, 1, "other range"}, {2, 0, "other stream"}, {1, 0, "b"}});
  store_.CommitOther();
  const uint64_t c = store_.AppendOne(1, 0, "c");
  EXPECT_EQ(Sequences({1, 0, 0, 0}), (std::vector<uint64_t>{a[0], a[3], c}));
  EXPECT_EQ(Sequences({1, 1, 0, 0}), (std::vector<uint64_t>{a[1]}));
  EXPECT_EQ(Sequences({1, 0, a[0] + 1, 0}), (std::vector<uint64_t>{a[3], c}));
  EXPECT_EQ(Sequences({1, 0, a[3], a[3]}), (std::vector<uint64_t>{a[3]}));
  EXPECT_EQ(Sequences({1, 0, 0, c - 1}), (std::vector<uint64_t>{a[0], a[3]}));
  EXPECT_EQ(Sequences({1, 0, c, UINT64_MAX}), (std::vector<uint64_t>{c}));
  EXPECT_TRUE(Sequences({1, 0, c + 1, 0}).empty());
  EXPECT_TRUE(Sequences({1, 0, c, a[0]}).empty());
  EXPECT_TRUE(Sequences({7, 0, 0, 0}).empty());
  const std::vector<SeenRecord> records = store_.Read({1, 0, 0, 0});
  EXPECT_EQ(records[1].payload, "b");
  EXPECT_EQ(records[1].stream_id, 1U);
  EXPECT_EQ(records[1].hash_range, 0);
  EXPECT_EQ(records[1].time_ms, store_.clock().NowMs());
}

TEST_F(ChangeLogTest, ARecordThatTheVisitorStopsAtIsNotTaken) {
  const std::vector<uint64_t> a = store_.Append({{1, 0, "a"}, {1, 0, "b"}, {1, 0, "c"}});
  RecordKeeper keeper(2);
  ASSERT_TRUE(store_.log()->Read({1, 0, 0, 0}, &keeper).ok());
  EXPECT_EQ(keeper.sequences(), (std::vector<uint64_t>{a[0], a[1]}));
  EXPECT_EQ(Merged({{1, 0, 0, 0}, {2, 0, 0, 0}}, 2), (std::vector<uint64_t>{a[0], a[1]}));
}

TEST_F(ChangeLogTest, DamageIsCorruption) {
  std::string key;
  AppendLogKey({1, 0, 1000}, &key);
  engine::TestMutation mutation =
      engine::PutMutation(key, "no record", nullptr, engine::Space::kLog);
  ASSERT_TRUE(store_.engine()->SubmitAndWait(&mutation).ok());
  RecordKeeper keeper;
  EXPECT_EQ(store_.log()->Read({1, 0, 0, 0}, &keeper).code(), StatusCode::kCorruption);
  EXPECT_EQ(store_.log()->First({1, 0, 0, 0}).status().code(), StatusCode::kCorruption);
}

TEST_F(ChangeLogTest, MergesIntoTheTotalOrder) {
  SeededRandom random(5);
  std::vector<std::vector<uint64_t>> by_range(3);  // stream 1's two, and stream 2's
  std::vector<uint64_t> all;
  for (int commit = 0; commit < 200; ++commit) {
    std::vector<NewRecord> records(1 + random.Next64() % 4);
    std::vector<uint64_t> places;
    for (NewRecord& record : records) {
      places.push_back(random.Next64() % 3);
      record.stream_id = places.back() == 2 ? 2 : 1;
      record.hash_range = places.back() == 1 ? 1 : 0;
    }
    const std::vector<uint64_t> sequences = store_.Append(records);
    for (size_t index = 0; index < sequences.size(); ++index) {
      by_range[places[index]].push_back(sequences[index]);
      all.push_back(sequences[index]);
    }
  }
  EXPECT_EQ(Merged({{2, 0, 0, 0}, {1, 1, 0, 0}, {1, 0, 0, 0}}), all);
  EXPECT_EQ(Merged({{1, 1, 0, 0}}), by_range[1]);
  EXPECT_TRUE(Merged({}).empty());
  // Bounds of their own, and a range without records.
  const uint64_t middle = all[all.size() / 2];
  std::vector<uint64_t> expected;
  std::copy_if(by_range[0].begin(), by_range[0].end(), std::back_inserter(expected),
               [&](uint64_t sequence) { return sequence > middle; });
  std::copy_if(by_range[1].begin(), by_range[1].end(), std::back_inserter(expected),
               [&](uint64_t sequence) { return sequence <= middle; });
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(Merged({{9, 0, 0, 0}, {1, 0, middle + 1, 0}, {1, 1, 0, middle}}), expected);
}

// The cursors of a merged read are opened one after the other: without a common end it would see
// the second half of a commit whose first half it has missed.
TEST_F(ChangeLogTest, AMergedReadSeesOneMomentWhileTheLogGrows) {
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int commit = 0; commit < 2000; ++commit) {
      store_.Append({{1, 0, "a"}, {1, 1, "b"}, {2, 0, "c"}});
    }
    done = true;
  });
  uint64_t from = 0;
  bool last_round = false;
  size_t count = 0;
  while (!last_round) {
    last_round = done;
    const std::vector<uint64_t> sequences =
        Merged({{1, 0, from, 0}, {1, 1, from, 0}, {2, 0, from, 0}});
    EXPECT_EQ(sequences.size() % 3, 0U);
    for (const uint64_t sequence : sequences) {
      EXPECT_TRUE(from == 0 || sequence == from) << "a gap in front of " << sequence;
      from = sequence + 1;
    }
    count += sequences.size();
  }
  writer.join();
  EXPECT_EQ(count, 6000U);
}

TEST_F(ChangeLogTest, FindsThePlaceOfATime) {
  SeededRandom random(7);
  struct Place {
    uint64_t sequence;
    int64_t time_ms;
  };
  std::vector<Place> places;
  int64_t time_ms = 1000;
  for (int count = 0; count < 300; ++count) {
    if (random.Next64() % 3 == 0) {
      time_ms += static_cast<int64_t>(random.Next64() % 50);
    }
    if (random.Next64() % 4 == 0) {
      store_.CommitOther();
    }
    places.push_back({store_.Append({{1, 0, "", time_ms}}).front(), time_ms});
  }
  const auto expect_like_linear_search = [&](const LogRange& range, int64_t time) {
    const auto found = std::find_if(places.begin(), places.end(), [&](const Place& place) {
      return place.sequence >= range.from && place.time_ms >= time;
    });
    const bool inside = found != places.end() && (range.to == 0 || found->sequence <= range.to);
    EXPECT_EQ(FindTime(range, time), inside ? std::optional(found->sequence) : std::nullopt);
  };
  for (int64_t time = 990; time < time_ms + 10; ++time) {
    expect_like_linear_search({1, 0, 0, 0}, time);
    expect_like_linear_search({1, 0, places[100].sequence, places[200].sequence}, time);
    expect_like_linear_search({1, 0, places[299].sequence, 0}, time);
  }
  EXPECT_EQ(FindTime({2, 0, 0, 0}, 0), std::nullopt);
  EXPECT_EQ(FindTime({1, 0, 5, 4}, 0), std::nullopt);
}

TEST_F(ChangeLogTest, AClockThatWasSetBackGivesSomeBoundary) {
  const std::vector<int64_t> times = {10, 20, 90, 95, 30, 40, 50, 60, 70};
  std::vector<NewRecord> records;
  for (const int64_t time_ms : times) {
    records.push_back({1, 0, "", time_ms});
  }
  const std::vector<uint64_t> sequences = store_.Append(records);
  for (int64_t time = 1; time < 100; ++time) {
    const std::optional<uint64_t> found = FindTime({1, 0, 0, 0}, time);
    if (!found.has_value()) {
      EXPECT_LT(times.back(), time);
      continue;
    }
    const size_t index = *found - sequences.front();
    EXPECT_GE(times[index], time);
    EXPECT_TRUE(index == 0 || times[index - 1] < time) << time;
  }
}

TEST_F(ChangeLogTest, KnowsTheFirstRecord) {
  Result<std::optional<ChangeLog::FirstRecord>> first = store_.log()->First({1, 0, 0, 0});
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first.value().has_value());
  const std::vector<uint64_t> a = store_.Append({{1, 0, "a", 17}, {1, 0, "b", 18}});
  first = store_.log()->First({1, 0, 0, 0});
  ASSERT_TRUE(first.ok() && first.value().has_value());
  EXPECT_EQ(first.value()->sequence, a[0]);
  EXPECT_EQ(first.value()->time_ms, 17);
  first = store_.log()->First({1, 0, a[0] + 1, 0});
  EXPECT_EQ(first.value()->sequence, a[1]);
  EXPECT_FALSE(store_.log()->First({1, 0, 1, a[0] - 1}).value().has_value());
}

TEST_F(ChangeLogTest, PassesOverWhatHasBeenTrimmed) {
  const std::vector<uint64_t> a =
      store_.Append({{1, 0, "a", 10}, {1, 0, "b", 20}, {1, 0, "c", 30}, {1, 1, "d", 40}});
  ASSERT_TRUE(MoveHorizon(store_.engine(), store_.streams(), 1, 0, a[1]).ok());
  EXPECT_EQ(Sequences({1, 0, 0, 0}), (std::vector<uint64_t>{a[1], a[2]}));
  EXPECT_TRUE(Sequences({1, 0, 0, a[0]}).empty());
  EXPECT_EQ(Sequences({1, 1, 0, 0}), (std::vector<uint64_t>{a[3]}));
  EXPECT_EQ(Merged({{1, 0, 0, 0}, {1, 1, 0, 0}}), (std::vector<uint64_t>{a[1], a[2], a[3]}));
  EXPECT_EQ(FindTime({1, 0, 0, 0}, 5), a[1]);
  EXPECT_EQ(store_.log()->First({1, 0, 0, 0}).value()->sequence, a[1]);
  // The horizon outlives a restart, and never goes back.
  ASSERT_TRUE(store_.Open().ok());
  EXPECT_EQ(Sequences({1, 0, 0, 0}), (std::vector<uint64_t>{a[1], a[2]}));
  EXPECT_EQ(MoveHorizon(store_.engine(), store_.streams(), 1, 0, a[0]).code(),
            StatusCode::kRefused);
  EXPECT_EQ(store_.streams()->FindById(1)->horizons[0], a[1]);
}

}  // namespace
}  // namespace millrace::tables
