// Token buckets on a clock that is moved by hand.
#include "api/wire/throughput_limiter.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::api {
namespace {

constexpr uint32_t kTableId = 7;
constexpr uint32_t kGlobalId = 8;
constexpr uint32_t kLocalId = 9;
constexpr int64_t kSecondMs = 1000;

IndexDescriptor Index(uint32_t id, std::string name, IndexKind kind) {
  IndexDescriptor index;
  index.index_id = id;
  index.name = std::move(name);
  index.kind = kind;
  index.key_schema.partition = {{"g", AttributeType::kString}};
  return index;
}

// A table with 2 read and 1 write units, and a global index with as many and a local one.
TableDescriptor Provisioned() {
  TableDescriptor descriptor;
  descriptor.table_id = kTableId;
  descriptor.name = "things";
  descriptor.key_schema.partition = {{"pk", AttributeType::kString}};
  descriptor.provisioned_throughput = {2, 1};
  descriptor.indexes = {Index(kLocalId, "local", IndexKind::kLocal),
                        Index(kGlobalId, "global", IndexKind::kGlobal)};
  descriptor.indexes[1].provisioned_throughput = {2, 1};
  return descriptor;
}

class ThroughputLimiterTest : public testing::Test {
 protected:
  static std::unique_ptr<tables::Table> Make(TableDescriptor descriptor) {
    return std::make_unique<tables::Table>(std::move(descriptor), 0, nullptr);
  }
  bool ReadAdmitted(const tables::Table& table, const tables::TableIndex* index = nullptr) {
    return limiter_.AdmitRead(table, index).empty();
  }
  bool WriteAdmitted(const tables::Table& table) { return limiter_.AdmitWrite(table, 0).empty(); }
  void Read(const tables::Table& table, double units) {
    limiter_.Charge(table, ThroughputKind::kRead, {units, {}});
  }
  void Write(const tables::Table& table, double units) {
    limiter_.Charge(table, ThroughputKind::kWrite, {units, {}});
  }

  ManualClock clock_{1'000'000};
  ThroughputLimiter limiter_{&clock_};
  const std::unique_ptr<tables::Table> table_ = Make(Provisioned());
};

TEST_F(ThroughputLimiterTest, LimitsComeFromTheDescription) {
  TableDescriptor table = Provisioned();
  table.indexes[1].provisioned_throughput = {30, 40};
  table.on_demand_throughput.max_read_request_units = 5;
  EXPECT_EQ(ThroughputLimit(table, nullptr, ThroughputKind::kRead), 2);
  EXPECT_EQ(ThroughputLimit(table, nullptr, ThroughputKind::kWrite), 1);
  EXPECT_EQ(ThroughputLimit(table, &table.indexes[1], ThroughputKind::kRead), 30);
  EXPECT_EQ(ThroughputLimit(table, &table.indexes[1], ThroughputKind::kWrite), 40);
  table.billing_mode = BillingMode::kPayPerRequest;
  table.indexes[1].on_demand_throughput.max_write_request_units = 6;
  table.indexes[1].on_demand_throughput.max_read_request_units = -1;
  EXPECT_EQ(ThroughputLimit(table, nullptr, ThroughputKind::kRead), 5);
  EXPECT_EQ(ThroughputLimit(table, nullptr, ThroughputKind::kWrite), 0);
  EXPECT_EQ(ThroughputLimit(table, &table.indexes[1], ThroughputKind::kRead), 0);
  EXPECT_EQ(ThroughputLimit(table, &table.indexes[1], ThroughputKind::kWrite), 6);
}

TEST_F(ThroughputLimiterTest, FiveMinutesOfTheRateAreThereAtOnce) {
  for (int count = 0; count < 300; ++count) {
    ASSERT_TRUE(WriteAdmitted(*table_)) << count;
    Write(*table_, 1);
  }
  const ExhaustedThroughput exhausted = limiter_.AdmitWrite(*table_, 0);
  ASSERT_EQ(exhausted.size(), 1u);
  EXPECT_EQ(exhausted[0], nullptr);
}

TEST_F(ThroughputLimiterTest, RefillsAtTheRateAndNotAboveTheBurst) {
  Read(*table_, 600);
  EXPECT_FALSE(ReadAdmitted(*table_));
  clock_.AdvanceMs(kSecondMs);
  EXPECT_TRUE(ReadAdmitted(*table_));
  Read(*table_, 2);
  EXPECT_FALSE(ReadAdmitted(*table_));
  // However long it is left alone, it does not hold more than before.
  clock_.AdvanceMs(10'000 * kSecondMs);
  Read(*table_, 599);
  EXPECT_TRUE(ReadAdmitted(*table_));
  Read(*table_, 1);
  EXPECT_FALSE(ReadAdmitted(*table_));
}

TEST_F(ThroughputLimiterTest, DebtIsPaidBack) {
  Write(*table_, 300 + 10);
  clock_.AdvanceMs(10 * kSecondMs);
  EXPECT_FALSE(WriteAdmitted(*table_));
  clock_.AdvanceMs(1);
  EXPECT_TRUE(WriteAdmitted(*table_));
}

TEST_F(ThroughputLimiterTest, ReadsAndWritesHaveBucketsOfTheirOwn) {
  Write(*table_, 300);
  EXPECT_FALSE(WriteAdmitted(*table_));
  EXPECT_TRUE(ReadAdmitted(*table_));
  Read(*table_, 600);
  clock_.AdvanceMs(1);
  EXPECT_TRUE(WriteAdmitted(*table_));
}

TEST_F(ThroughputLimiterTest, AnotherRateKeepsWhatIsThere) {
  Write(*table_, 200);
  TableDescriptor faster = Provisioned();
  faster.provisioned_throughput.write_capacity_units = 10;
  const auto fast = Make(faster);
  Write(*fast, 100);
  EXPECT_FALSE(WriteAdmitted(*fast));
  clock_.AdvanceMs(kSecondMs);
  Write(*fast, 10);
  EXPECT_FALSE(WriteAdmitted(*fast));
  // A lower one takes away what is above its own burst.
  clock_.AdvanceMs(300 * kSecondMs);
  Write(*table_, 300);
  EXPECT_FALSE(WriteAdmitted(*table_));
}

TEST_F(ThroughputLimiterTest, TheTimeBeforeAChangeCountsAtTheOldRate) {
  Write(*table_, 300);
  clock_.AdvanceMs(5 * kSecondMs);
  TableDescriptor faster = Provisioned();
  faster.provisioned_throughput.write_capacity_units = 1000;
  const auto fast = Make(faster);
  Write(*fast, 5);
  EXPECT_FALSE(WriteAdmitted(*fast));
}

TEST_F(ThroughputLimiterTest, AnExhaustedGlobalIndexHoldsWritesBack) {
  limiter_.Charge(*table_, ThroughputKind::kWrite, {1, {{"global", false, 300}}});
  const ExhaustedThroughput exhausted = limiter_.AdmitWrite(*table_, 1);
  ASSERT_EQ(exhausted.size(), 1u);
  EXPECT_EQ(exhausted[0], table_->FindIndex("global"));
  // Nothing was taken for the write that was refused.
  clock_.AdvanceMs(kSecondMs);
  Write(*table_, 299);
  EXPECT_TRUE(WriteAdmitted(*table_));
  // Reads go on, of the index as well.
  EXPECT_TRUE(ReadAdmitted(*table_, table_->FindIndex("global")));
}

TEST_F(ThroughputLimiterTest, LocalIndexesUseTheTablesBucket) {
  limiter_.Charge(*table_, ThroughputKind::kRead, {100, {{"local", true, 500}}});
  EXPECT_FALSE(ReadAdmitted(*table_));
  EXPECT_FALSE(ReadAdmitted(*table_, table_->FindIndex("local")));
  EXPECT_TRUE(ReadAdmitted(*table_, table_->FindIndex("global")));
}

TEST_F(ThroughputLimiterTest, ReadsOfAGlobalIndexUseItsBucketOnly) {
  limiter_.Charge(*table_, ThroughputKind::kRead, {0, {{"global", false, 600}}});
  EXPECT_TRUE(ReadAdmitted(*table_));
  const ExhaustedThroughput exhausted = limiter_.AdmitRead(*table_, table_->FindIndex("global"));
  ASSERT_EQ(exhausted.size(), 1u);
  EXPECT_EQ(exhausted[0], table_->FindIndex("global"));
}

TEST_F(ThroughputLimiterTest, UnitsAheadAreTakenWithTheAdmission) {
  for (int count = 0; count < 3; ++count) {
    ASSERT_TRUE(limiter_.AdmitWrite(*table_, 100).empty());
  }
  EXPECT_FALSE(limiter_.AdmitWrite(*table_, 100).empty());
}

TEST_F(ThroughputLimiterTest, OnDemandWithoutMaximumIsNeverHeldBack) {
  TableDescriptor descriptor = Provisioned();
  descriptor.billing_mode = BillingMode::kPayPerRequest;
  const auto table = Make(descriptor);
  Write(*table, 1e9);
  Read(*table, 1e9);
  EXPECT_TRUE(WriteAdmitted(*table));
  EXPECT_TRUE(ReadAdmitted(*table));
  EXPECT_EQ(limiter_.bucket_count(), 0u);
}

TEST_F(ThroughputLimiterTest, BucketsOfTablesThatAreGoneGo) {
  for (uint32_t id = 1000; id < 2000; ++id) {
    TableDescriptor descriptor = Provisioned();
    descriptor.table_id = id;
    Write(*Make(descriptor), 10);
  }
  EXPECT_EQ(limiter_.bucket_count(), 1000u);
  clock_.AdvanceMs(100 * kSecondMs);
  for (uint32_t id = 3000; id < 3128; ++id) {
    TableDescriptor descriptor = Provisioned();
    descriptor.table_id = id;
    Write(*Make(descriptor), 10);
  }
  EXPECT_EQ(limiter_.bucket_count(), 128u);
}

TEST_F(ThroughputLimiterTest, AskingMakesNoBuckets) {
  EXPECT_TRUE(WriteAdmitted(*table_));
  EXPECT_TRUE(ReadAdmitted(*table_));
  EXPECT_EQ(limiter_.bucket_count(), 0u);
}

TEST_F(ThroughputLimiterTest, ManyThreadsTakeNoMoreThanThereIs) {
  constexpr int kThreads = 4;
  std::vector<int> admitted(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([this, &admitted, thread] {
      for (int count = 0; count < 200; ++count) {
        admitted[thread] += limiter_.AdmitWrite(*table_, 1).empty() ? 1 : 0;
      }
    });
  }
  int total = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads[thread].join();
    total += admitted[thread];
  }
  EXPECT_EQ(total, 300);
}

}  // namespace
}  // namespace millrace::api
