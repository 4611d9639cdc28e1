// Random writes, outcomes, changes of settings and crashes against what must hold in spite of all
// of them: every record is delivered or in the ledger of what was given up, in the order of its
// key; a batch that was finished by a transaction is never seen again; and no position ever goes
// back.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "storage/tables/multi_item_test_support.h"
#include "streams/mappings/mapping_start.h"
#include "streams/mappings/test_support.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

constexpr int kKeys = 12;

class MappingModelTest : public MappingEngineTest, public testing::WithParamInterface<int> {
 protected:
  // A crash waits for nothing, least of all for a function that hangs.
  MappingModelTest() { drain_ms_ = 0; }

  // What the function does with an event, on the thread of the lanes.
  InvokeResult Handle(const Event& event) {
    MutexLock lock(&mutex_);
    CheckOrder(event);
    const uint64_t choice = calm_ ? 0 : chance_.Next64() % 100;
    if (choice < 45) {
      Finish(event, event.records.size());
      return FakeInvoker::Success("{}");
    }
    if (choice < 60) {
      return FakeInvoker::Failure();
    }
    if (choice < 70) {
      return FakeInvoker::Failure(InvokeOutcome::kThrottled);
    }
    if (choice < 82) {
      const size_t failed = chance_.Next64() % event.records.size();
      Finish(event, failed);
      return FakeInvoker::Success(R"({"batchItemFailures":[{"itemIdentifier":")" +
                                  event.numbers[failed] + R"("}]})");
    }
    if (choice < 96) {
      FinishWithToken(event);
      return FakeInvoker::Failure();
    }
    return FakeInvoker::Hang();
  }

  // A record comes only after all earlier ones of its key.
  void CheckOrder(const Event& event) REQUIRES(mutex_) {
    std::map<std::string, int> last = finished_;
    for (size_t index = 0; index < event.records.size(); ++index) {
      const std::string& record = event.records[index];
      sequences_[record] = *ParseSequenceNumber(event.numbers[index]);
      const size_t equals = record.find('=');
      const std::string key = record.substr(0, equals);
      const int value = std::stoi(record.substr(equals + 1));
      if (gives_up_) {
        // What was given up leaves gaps; they are looked at in the end.
        EXPECT_TRUE(last[key] <= value || redelivered_) << record;
        last[key] = value;
      } else {
        EXPECT_LE(value, last[key] + 1) << record << " came before its turn";
        last[key] = std::max(last[key], value);
      }
      EXPECT_FALSE(by_token_.contains(record)) << record << " was finished by a transaction";
      EXPECT_NE(key[0], 'x') << "the filter lets none of them pass";
    }
  }
  void Finish(const Event& event, size_t count) REQUIRES(mutex_) {
    for (size_t index = 0; index < count; ++index) {
      const std::string& record = event.records[index];
      const size_t equals = record.find('=');
      int& last = finished_[record.substr(0, equals)];
      last = std::max(last, std::stoi(record.substr(equals + 1)));
      delivered_.insert(record);
    }
  }
  void FinishWithToken(const Event& event) REQUIRES(mutex_) {
    const tables::TestValue partition = tables::TestValue::String("row");
    const std::vector<std::string> items = {tables::EncodeItem(partition.view(), ValueView(), "")};
    tables::TestMultiMutation write(tables::PutAll(items));
    write.Prepare({{other_, partition.view(), ValueView()}}, store_.items()->hash_seed());
    write.UseRider(mappings_->riders()->Board(event.token));
    if (!store_.items()->Submit(&write).ok() || !write.Wait().ok()) {
      return;
    }
    Finish(event, event.records.size());
    by_token_.insert(event.records.begin(), event.records.end());
  }

  void CheckPositions() {
    std::vector<std::pair<LaneName, LaneCheckpoint>> lanes;
    ASSERT_TRUE(ReadCheckpoints(*store_.engine(), kUuid, &lanes).ok());
    uint64_t lowest = UINT64_MAX;
    for (const auto& [name, checkpoint] : lanes) {
      lowest = std::min(lowest, checkpoint.position);
    }
    EXPECT_GE(lowest, lowest_) << "a position went back";
    lowest_ = lowest;
  }
  void Crash() {
    Restart();
    MutexLock lock(&mutex_);
    other_ = store_.catalog()->Find("other");
  }
  void WriteOne() {
    const bool filtered = chance_here_.Next64() % 4 == 0;
    const std::string key = (filtered ? "x" : "k") + std::to_string(chance_here_.Next64() % kKeys);
    const std::string value = std::to_string(++written_[key]);
    Put(key, value);
  }
  void ChangeSettings() {
    const auto factor = std::array<int64_t, 4>{1, 10, 3, 2}[chance_here_.Next64() % 4];
    const auto batch_size = static_cast<int64_t>(1 + chance_here_.Next64() % 20);
    const bool bisect = chance_here_.Next64() % 2 == 0;
    const bool enabled = chance_here_.Next64() % 4 != 0;
    Update([=](MappingSettings* settings) {
      settings->parallelization_factor = factor;
      settings->batch_size = batch_size;
      settings->bisect_on_error = bisect;
      settings->enabled = enabled;
    });
  }
  void CheckAllArrived() {
    const std::vector<Discard> discards = Discards();
    MutexLock lock(&mutex_);
    for (const auto& [key, count] : written_) {
      for (int value = 1; value <= count && key[0] != 'x'; ++value) {
        const std::string record = key + "=" + std::to_string(value);
        const uint64_t sequence = sequences_[record];  // 0: it never came
        const bool given_up =
            std::any_of(discards.begin(), discards.end(), [&](const Discard& discard) {
              return discard.from <= sequence && sequence <= discard.to;
            });
        EXPECT_TRUE(delivered_.contains(record) || given_up) << record << " was skipped";
      }
    }
    EXPECT_TRUE(gives_up_ || discards.empty());
  }
  void RunModel(int seed, bool gives_up) {
    {
      MutexLock lock(&mutex_);
      chance_ = SeededRandom(static_cast<uint64_t>(seed));
      other_ = store_.calls().Create(tables::DescribeTable("other")).value();
    }
    chance_here_ = SeededRandom(static_cast<uint64_t>(seed) + 1000);
    gives_up_ = redelivered_ = gives_up;
    invoker_.Use([this](const Event& event) { return Handle(event); });
    Mapping mapping = NewMapping();
    mapping.settings.retry_attempts_max = gives_up ? 1 : -1;
    mapping.settings.report_item_failures = true;
    mapping.settings.filters = {
        R"({"dynamodb":{"Keys":{"p":{"S":[{"anything-but":{"prefix":"x"}}]}}}})"};
    ASSERT_TRUE(Create(mapping).ok());
    for (int step = 0; step < 250; ++step) {
      const uint64_t choice = chance_here_.Next64() % 100;
      if (choice < 85) {
        WriteOne();
      } else if (choice < 93) {
        store_.clock().AdvanceMs(1500);
        mappings_->Wake();
      } else if (choice < 96) {
        ChangeSettings();
      } else {
        Crash();
      }
      CheckPositions();
    }
    {
      MutexLock lock(&mutex_);
      calm_ = true;
    }
    Crash();
    Update([](MappingSettings* settings) { settings->enabled = true; });
    Settle();
    CheckPositions();
    CheckAllArrived();
  }

  Mutex mutex_;
  SeededRandom chance_ GUARDED_BY(mutex_){1};
  SeededRandom chance_here_{1};
  bool calm_ GUARDED_BY(mutex_) = false;
  bool gives_up_ = false;
  bool redelivered_ = false;
  std::map<std::string, int> finished_ GUARDED_BY(mutex_);  // by key, the last value
  std::set<std::string> delivered_ GUARDED_BY(mutex_);
  std::set<std::string> by_token_ GUARDED_BY(mutex_);
  std::map<std::string, int> written_;
  std::map<std::string, uint64_t> sequences_ GUARDED_BY(mutex_);  // of records that came
  uint64_t lowest_ = 0;
  tables::TablePointer other_ GUARDED_BY(mutex_);
};

TEST_P(MappingModelTest, NothingIsSkippedWithoutEnd) { RunModel(GetParam(), false); }
TEST_P(MappingModelTest, WhatIsGivenUpIsInTheLedger) { RunModel(GetParam(), true); }

INSTANTIATE_TEST_SUITE_P(Seeds, MappingModelTest, testing::Range(1, 4));

}  // namespace
}  // namespace millrace::streams
