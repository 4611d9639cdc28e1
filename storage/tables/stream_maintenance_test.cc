// Roll-over, retention and the end of streams by a clock that the tests move: nothing early,
// nothing left, space given back, and no harm from a stop or a crash at any point.
#include "storage/tables/stream_maintenance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "storage/codec/meta_codec.h"
#include "storage/tables/log_test_support.h"
#include "storage/tables/stream_change.h"

namespace millrace::tables {
namespace {

constexpr int64_t kHourMs = 3600 * 1000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr uint32_t kStreamId = 1'000;

class StreamMaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override {
    store_.engine()->Stop();
    maintenance_.reset();
    catalog_.reset();
  }
  void Open() {
    maintenance_.reset();
    if (store_.engine() != nullptr) {
      store_.engine()->Stop();
      catalog_.reset();
    }
    ASSERT_TRUE(store_.Open().ok());
    catalog_ = std::make_unique<Catalog>(store_.engine(), store_.streams(), &store_.clock(),
                                         &random_, CatalogOptions());
    ASSERT_TRUE(catalog_->Load().ok());
    Configure(options_);
  }
  void Configure(const StreamOptions& options) {
    options_ = options;
    maintenance_ = std::make_unique<StreamMaintenance>(
        store_.engine(), catalog_.get(), store_.streams(), store_.log(), &store_.clock(), options);
  }
  // A table, and a stream as if it were the table's.
  void MakeTableWithStream(std::vector<Tag> tags = {}, uint16_t hash_range_count = 1) {
    TableDescriptor descriptor = DescribeTable("table");
    descriptor.tags = std::move(tags);
    const Result<TablePointer> table = SyncCatalog(catalog_.get()).Create(descriptor);
    ASSERT_TRUE(table.ok());
    ASSERT_TRUE(store_.MakeStream(kStreamId, table.value()->id(), "table", hash_range_count).ok());
  }
  void DeleteTable(std::optional<int64_t> retention_ms) {
    ASSERT_TRUE(SyncCatalog(catalog_.get()).Delete("table").ok());
    ASSERT_TRUE(store_.CloseStream(kStreamId, retention_ms).ok());
  }
  void Run() {
    const Status status = maintenance_->Run(std::atomic<bool>(false));
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  void AdvanceAndRun(int64_t by_ms) {
    store_.clock().AdvanceMs(by_ms);
    Run();
  }
  StreamPointer stream() { return store_.streams()->FindById(kStreamId); }
  // Rows about streams in the spaces catalog and meta.
  int StreamRows() {
    const std::pair<engine::Space, std::pair<std::string, std::string>> ranges[] = {
        {engine::Space::kCatalog, {StreamRowsBegin(), StreamRowsEnd()}},
        {engine::Space::kCatalog, {ShardRowsBegin(kStreamId), ShardRowsEnd(kStreamId)}},
        {engine::Space::kMeta,
         {MetaKindBegin(MetaKind::kStreamHorizon), MetaKindEnd(MetaKind::kStreamHorizon)}}};
    int count = 0;
    for (const auto& [space, bounds] : ranges) {
      engine::ScanRange range;
      range.space = space;
      range.from = bounds.first;
      range.to = bounds.second;
      for (const auto rows = store_.engine()->Scan(range); rows->Valid(); rows->Next()) {
        ++count;
      }
    }
    return count;
  }
  std::string Payload(size_t size) {
    std::string payload(size, '\0');
    for (char& byte : payload) {
      byte = static_cast<char>(seeded_.Next64());
    }
    return payload;
  }
  // So many records of 1000 bytes each.
  void AppendMany(int count) {
    while (count > 0) {
      std::vector<NewRecord> records(std::min(count, 500));
      for (NewRecord& record : records) {
        record = {kStreamId, 0, Payload(1000), 0};
      }
      store_.Append(records);
      count -= static_cast<int>(records.size());
    }
  }

  LogStore store_;
  SystemRandom random_;
  SeededRandom seeded_{11};
  StreamOptions options_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<StreamMaintenance> maintenance_;
};

TEST_F(StreamMaintenanceTest, RollsOverOldShardsThatHaveRecords) {
  Configure({kRetentionForever, kHourMs});
  MakeTableWithStream({}, 2);
  const uint64_t first = store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(kHourMs - 1);
  EXPECT_EQ(stream()->shards.size(), 2U);
  AdvanceAndRun(1);
  const std::vector<ShardDescriptor> shards = stream()->shards;
  ASSERT_EQ(shards.size(), 3U);
  EXPECT_EQ(shards[2].hash_range, 0);
  EXPECT_EQ(shards[2].parent_start_sequence, shards[0].start_sequence);
  EXPECT_EQ(shards[2].start_sequence, shards[0].end_sequence + 1);
  EXPECT_EQ(shards[2].creation_ms, store_.clock().NowMs());
  EXPECT_EQ(shards[2].end_sequence, 0U);
  EXPECT_EQ(shards[0].end_ms, store_.clock().NowMs());
  EXPECT_GE(shards[0].end_sequence, first);
  EXPECT_EQ(shards[1].end_sequence, 0U);  // the empty one
  const uint64_t second = store_.AppendOne(kStreamId, 0, "b");
  EXPECT_GE(second, shards[2].start_sequence);
  // The empty ones stay until they get a record; nothing is written for them.
  const uint64_t sequence = store_.AppendOne(kStreamId, 1, "c");
  AdvanceAndRun(kHourMs);
  EXPECT_EQ(stream()->shards.size(), 5U);
  AdvanceAndRun(kHourMs);
  AdvanceAndRun(kHourMs);
  EXPECT_EQ(stream()->shards.size(), 5U);
  EXPECT_EQ(store_.log()->last_sequence(), sequence + 2);
  store_.AppendOne(kStreamId, 1, "d");
  Run();
  EXPECT_EQ(stream()->shards.size(), 6U);
  const std::vector<ShardDescriptor> before = stream()->shards;
  Open();
  std::vector<ShardDescriptor> after = stream()->shards;
  EXPECT_TRUE(std::is_permutation(before.begin(), before.end(), after.begin(), after.end()));
}

// Records from before the start are not announced to the log.
TEST_F(StreamMaintenanceTest, RollsOverWhatAnEarlierProcessWrote) {
  Configure({kRetentionForever, kHourMs});
  MakeTableWithStream({}, 2);
  store_.AppendOne(kStreamId, 1, "a");
  Open();
  Run();
  AdvanceAndRun(kHourMs);
  EXPECT_EQ(stream()->shards.size(), 3U);
}

TEST_F(StreamMaintenanceTest, DoesNotRollOverWhenToldNotToOrClosed) {
  Configure({kRetentionForever, 0});
  MakeTableWithStream();
  store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(100 * kDayMs);
  EXPECT_EQ(stream()->shards.size(), 1U);
  const ShardDescriptor shard = stream()->shards[0];
  ASSERT_TRUE(store_.CloseStream(kStreamId, std::nullopt).ok());
  Configure({kRetentionForever, kHourMs});
  AdvanceAndRun(100 * kDayMs);
  EXPECT_EQ(stream()->shards.size(), 1U);
  // The commit itself refuses: the stream may be closed between the look and the commit.
  EXPECT_EQ(RollShardOver(store_.engine(), store_.streams(), kStreamId, shard).code(),
            StatusCode::kRefused);
  EXPECT_EQ(stream()->shards.size(), 1U);
}

// The promise: no record is given up before its time, and none stays much longer.
TEST_F(StreamMaintenanceTest, TrimsNeitherEarlyNorLate) {
  Configure({kHourMs, 10 * 60 * 1000});
  MakeTableWithStream({}, 2);
  struct Written {
    uint64_t sequence;
    int64_t time_ms;
  };
  std::vector<Written> written[2];
  const int64_t interval_ms = kHourMs / 100;
  for (int step = 0; step < 1500; ++step) {
    const int records = static_cast<int>(seeded_.Next64() % 4);
    for (int count = 0; count < records; ++count) {
      const uint16_t hash_range = seeded_.Next64() % 2;
      written[hash_range].push_back(
          {store_.AppendOne(kStreamId, hash_range, "x"), store_.clock().NowMs()});
    }
    // Mostly small steps, also of nothing, at times a long one.
    store_.clock().AdvanceMs(static_cast<int64_t>(
        seeded_.Next64() % (seeded_.Next64() % 50 == 0 ? 2 * kHourMs : interval_ms)));
    Run();
    const int64_t now_ms = store_.clock().NowMs();
    for (uint16_t hash_range = 0; hash_range < 2; ++hash_range) {
      const std::vector<uint64_t> stored = store_.Stored(kStreamId, hash_range);
      std::vector<Written>& records_left = written[hash_range];
      const size_t gone = records_left.size() - stored.size();
      ASSERT_LE(stored.size(), records_left.size());
      for (size_t index = 0; index < records_left.size(); ++index) {
        const int64_t age_ms = now_ms - records_left[index].time_ms;
        if (index < gone) {
          ASSERT_GE(age_ms, kHourMs);
        } else {
          ASSERT_EQ(stored[index - gone], records_left[index].sequence);
          ASSERT_LT(age_ms, kHourMs + interval_ms);
        }
      }
      EXPECT_EQ(store_.Read({kStreamId, hash_range, 0, 0}).size(), stored.size());
      records_left.erase(records_left.begin(), records_left.begin() + static_cast<long>(gone));
    }
  }
  // Shards end with their records, but for a retention after their end; the open ones stay.
  AdvanceAndRun(2 * kHourMs);
  AdvanceAndRun(2 * kHourMs);
  EXPECT_EQ(stream()->shards.size(), 2U);
}

TEST_F(StreamMaintenanceTest, LooksAtTheRecordsOnceInAWhile) {
  Configure({kDayMs, 0});
  MakeTableWithStream();
  store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(kDayMs - 1000);
  AdvanceAndRun(2000);  // due, but it was looked at two seconds ago
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
  AdvanceAndRun(5 * 60 * 1000);
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
  // A clock that was put back does not keep it from looking.
  store_.AppendOne(kStreamId, 0, "b");
  AdvanceAndRun(2 * kDayMs);
  store_.Append({{kStreamId, 0, "c", store_.clock().NowMs() - 10 * kDayMs}});
  AdvanceAndRun(-kDayMs);
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
}

TEST_F(StreamMaintenanceTest, AnOldRecordBehindAYoungOneStays) {
  Configure({kHourMs, 0});
  MakeTableWithStream();
  const int64_t now_ms = store_.clock().NowMs();
  store_.Append({{kStreamId, 0, "a", now_ms - 2 * kHourMs},
                 {kStreamId, 0, "b", now_ms + kHourMs},  // then the clock was set back
                 {kStreamId, 0, "c", now_ms - 2 * kHourMs},
                 {kStreamId, 0, "d", now_ms - 2 * kHourMs}});
  Run();
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 3U);
  AdvanceAndRun(2 * kHourMs);
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
}

TEST_F(StreamMaintenanceTest, ForeverIsForever) {
  MakeTableWithStream({{std::string(kRetentionTag), "forever"}});
  store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(200 * 365 * kDayMs);
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
  DeleteTable(kRetentionForever);
  AdvanceAndRun(200 * 365 * kDayMs);
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
}

TEST_F(StreamMaintenanceTest, TheTagDecidesWhileTheTableLives) {
  MakeTableWithStream({{std::string(kRetentionTag), "30d"}});
  store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(30 * kDayMs - 1);
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
  AdvanceAndRun(kHourMs);
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
}

// Between the removal of a table and the note of what it said about retention nobody knows how long
// its records are to be kept.
TEST_F(StreamMaintenanceTest, AnOpenStreamWithoutItsTableIsLeftAlone) {
  MakeTableWithStream({{std::string(kRetentionTag), "30d"}});
  store_.AppendOne(kStreamId, 0, "a");
  ASSERT_TRUE(SyncCatalog(catalog_.get()).Delete("table").ok());
  AdvanceAndRun(20 * kDayMs);
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
}

TEST_F(StreamMaintenanceTest, TheStreamOfADeletedTableVanishesAfterItsRetention) {
  Configure({kDayMs, kHourMs});
  MakeTableWithStream({}, 3);
  store_.AppendOne(kStreamId, 0, "a");
  AdvanceAndRun(2 * kHourMs);
  store_.AppendOne(kStreamId, 0, "b");
  store_.AppendOne(kStreamId, 1, "c");
  DeleteTable(2 * kDayMs);
  AdvanceAndRun(2 * kDayMs - 1);
  ASSERT_NE(stream(), nullptr);
  EXPECT_EQ(store_.Read({kStreamId, 0, 0, 0}).size(), 1U);  // "a" is older
  EXPECT_EQ(stream()->shards.size(), 4U);                   // its shard ended when "b" came
  AdvanceAndRun(kHourMs);
  EXPECT_EQ(stream(), nullptr);
  EXPECT_EQ(StreamRows(), 0);
  for (uint16_t hash_range = 0; hash_range < 3; ++hash_range) {
    EXPECT_TRUE(store_.Stored(kStreamId, hash_range).empty());
  }
  Open();
  EXPECT_EQ(stream(), nullptr);
  Run();
}

TEST_F(StreamMaintenanceTest, ACrashBetweenHorizonAndDeletionIsMadeGood) {
  Configure({kDayMs, 0});
  MakeTableWithStream();
  std::vector<NewRecord> records(1500, {kStreamId, 0, "x", 0});
  const std::vector<uint64_t> sequences = store_.Append(records);
  ASSERT_TRUE(MoveHorizon(store_.engine(), store_.streams(), kStreamId, 0, sequences[1000]).ok());
  for (int crash = 0; crash < 2; ++crash) {
    Open();
    EXPECT_EQ(store_.Read({kStreamId, 0, 0, 0}).size(), 500U);
  }
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1500U);
  Run();
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 500U);
  Run();
  EXPECT_EQ(store_.Read({kStreamId, 0, 0, 0}).size(), 500U);
  // A reader with an older position can tell that it has missed records.
  EXPECT_GT(stream()->horizons[0], sequences[999]);
}

TEST_F(StreamMaintenanceTest, StopsWhenAsked) {
  Configure({kHourMs, 0});
  MakeTableWithStream();
  store_.AppendOne(kStreamId, 0, "a");
  store_.clock().AdvanceMs(2 * kHourMs);
  ASSERT_TRUE(maintenance_->Run(std::atomic<bool>(true)).ok());
  EXPECT_EQ(store_.Stored(kStreamId, 0).size(), 1U);
  Run();  // and nothing that was put off is forgotten
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
}

TEST_F(StreamMaintenanceTest, TrimmingGivesTheSpaceBack) {
  Configure({kDayMs, 0});
  MakeTableWithStream();
  AppendMany(24'000);
  store_.clock().AdvanceMs(kHourMs);
  AppendMany(12'000);
  // Otherwise RocksDB may still be writing the files whose bytes decide how the trimming goes.
  ASSERT_TRUE(store_.engine()->Compact().ok());
  AdvanceAndRun(kDayMs - kHourMs);
  EXPECT_EQ(store_.Read({kStreamId, 0, 0, 0}).size(), 12'000U);
  EXPECT_GT(store_.FileBytes(), 10'000'000U);
  EXPECT_LT(store_.FileBytes(), 16'000'000U);
  AdvanceAndRun(kDayMs);
  EXPECT_TRUE(store_.Stored(kStreamId, 0).empty());
  EXPECT_LT(store_.FileBytes(), 1'000'000U);
}

// A log that is as long as its retention, written and trimmed in many small pieces.
TEST_F(StreamMaintenanceTest, ManySmallTrimsKeepTheFilesSmall) {
  Configure({100'000, 0});
  MakeTableWithStream();
  uint64_t largest = 0;
  for (int step = 0; step < 100; ++step) {
    AppendMany(600);
    AdvanceAndRun(10'000);
    largest = std::max(largest, store_.FileBytes());
  }
  EXPECT_LT(store_.Stored(kStreamId, 0).size(), 7'000U);  // of 60'000
  EXPECT_LT(largest, 40'000'000U);
}

TEST_F(StreamMaintenanceTest, AReaderSeesNoHolesWhileRecordsAreTrimmed) {
  Configure({kHourMs, 0});
  MakeTableWithStream();
  AppendMany(1000);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      RecordKeeper keeper;
      ASSERT_TRUE(store_.log()->Read({kStreamId, 0, 0, 0}, &keeper).ok());
      const std::vector<uint64_t> sequences = keeper.sequences();
      for (size_t index = 1; index < sequences.size(); ++index) {
        // Horizons take a sequence each, between two times.
        ASSERT_LE(sequences[index] - sequences[index - 1], 2U);
      }
    }
  });
  for (int step = 0; step < 50; ++step) {
    AppendMany(400);
    AdvanceAndRun(kHourMs / 3);
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace millrace::tables
