// Mappings at work over a real engine: order, positions that outlive the process, filters, lanes
// and their number, disabling, windows. What happens to failures is in mapping_failure_test.cc.
#include "streams/mappings/mapping_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <thread>

#include "streams/mappings/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST_F(MappingEngineTest, DeliversInOrderInBatches) {
  PutMany(25, 5);
  Mapping mapping = NewMapping();
  mapping.settings.batch_size = 10;
  ASSERT_TRUE(Create(mapping).ok());
  const std::vector<Event> events = invoker_.Events(3);
  EXPECT_EQ(events[0].records.size(), 10u);
  EXPECT_EQ(events[2].records.size(), 5u);
  std::vector<std::string> expected;
  for (int index = 0; index < 25; ++index) {
    expected.push_back("k" + std::to_string(index % 5) + "=" + std::to_string(index));
  }
  EXPECT_THAT(invoker_.Records(25), ElementsAreArray(expected));
  Put("new", "1");
  EXPECT_THAT(invoker_.Events(4)[3].records, ElementsAre("new=1"));
}

TEST_F(MappingEngineTest, GoesOnWhereItWas) {
  PutMany(7, 7);
  ASSERT_TRUE(Create(NewMapping()).ok());
  invoker_.Records(7);
  Settle();
  Restart();
  Put("later", "1");
  EXPECT_EQ(invoker_.Records(8).back(), "later=1");
  EXPECT_EQ(invoker_.Records(8).size(), 8u);
}

TEST_F(MappingEngineTest, LatestBeginsBehindItsCreation) {
  PutMany(3, 3);
  ASSERT_TRUE(Create(NewMapping(StartingPosition::kLatest)).ok());
  Put("after", "1");
  EXPECT_THAT(invoker_.Records(1), ElementsAre("after=1"));
}

TEST_F(MappingEngineTest, BeginsAtATime) {
  PutMany(3, 3);
  store_.clock().AdvanceMs(5000);
  Put("late", "1");
  Mapping mapping = NewMapping(StartingPosition::kAtTimestamp);
  mapping.starting_timestamp_ms = store_.clock().NowMs() - 1000;
  ASSERT_TRUE(Create(mapping).ok());
  EXPECT_THAT(invoker_.Records(1), ElementsAre("late=1"));
}

TEST_F(MappingEngineTest, FiltersPassRecordsOver) {
  Mapping mapping = NewMapping();
  mapping.settings.filters = {R"({"dynamodb":{"Keys":{"p":{"S":["k1"]}}}})"};
  ASSERT_TRUE(Create(mapping).ok());
  PutMany(9, 3);
  EXPECT_THAT(invoker_.Records(3), ElementsAre("k1=1", "k1=4", "k1=7"));
  Settle();
  const MappingView view = *mappings_->View(kUuid);
  EXPECT_EQ(view.progress.filtered_out_events, 6);
  mapping.uuid.back() = '2';
  mapping.settings.filters = {"{}"};
  EXPECT_EQ(Create(mapping).code(), StatusCode::kInvalidArgument);
}

TEST_F(MappingEngineTest, LanesKeepTheOrderOfEachKeyWhateverTheirNumber) {
  Mapping mapping = NewMapping();
  mapping.settings.batch_size = 7;
  mapping.settings.parallelization_factor = 4;
  ASSERT_TRUE(Create(mapping).ok());
  constexpr int kCount = 600;
  constexpr int kKeys = 20;
  for (int index = 0; index < kCount; ++index) {
    Put("k" + std::to_string(index % kKeys), std::to_string(index));
    if (index % 100 == 50) {
      const int64_t factor = std::vector<int64_t>{10, 1, 3, 7, 2, 4}[index / 100];
      Update([factor](MappingSettings* settings) { settings->parallelization_factor = factor; });
    }
  }
  Settle();
  std::map<std::string, std::vector<int>> by_key;
  for (const std::string& record : invoker_.Records(kCount)) {
    const size_t equals = record.find('=');
    by_key[record.substr(0, equals)].push_back(std::stoi(record.substr(equals + 1)));
  }
  EXPECT_EQ(by_key.size(), static_cast<size_t>(kKeys));
  for (const auto& [key, values] : by_key) {
    EXPECT_EQ(values.size(), static_cast<size_t>(kCount / kKeys)) << key;
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << key;
  }
}

TEST_F(MappingEngineTest, DisabledMappingsWaitAndLoseNothing) {
  ASSERT_TRUE(Create(NewMapping()).ok());
  Put("a", "1");
  invoker_.Records(1);
  Update([](MappingSettings* settings) { settings->enabled = false; });
  Put("b", "2");
  Restart();
  Put("c", "3");
  Update([](MappingSettings* settings) { settings->enabled = true; });
  EXPECT_THAT(invoker_.Records(3), ElementsAre("a=1", "b=2", "c=3"));
}

TEST_F(MappingEngineTest, DeletedMappingsAreGone) {
  ASSERT_TRUE(Create(NewMapping()).ok());
  Put("a", "1");
  invoker_.Records(1);
  std::promise<Status> status;
  mappings_->Delete(kUuid, [&](const Result<Mapping>& r) { status.set_value(r.status()); });
  EXPECT_TRUE(status.get_future().get().ok());
  EXPECT_FALSE(mappings_->Find(kUuid).has_value());
  Restart();
  EXPECT_THAT(mappings_->List(), IsEmpty());
  ASSERT_TRUE(Create(NewMapping(StartingPosition::kLatest)).ok());
  Put("b", "2");
  EXPECT_THAT(invoker_.Records(2), ElementsAre("a=1", "b=2"));
}

TEST_F(MappingEngineTest, GathersForTheBatchingWindow) {
  Mapping mapping = NewMapping();
  mapping.settings.batching_window_s = 10;
  ASSERT_TRUE(Create(mapping).ok());
  Put("a", "1");
  while (mappings_->View(kUuid)->lanes[0].scanned_to < store_.change_log()->last_sequence()) {
    std::this_thread::yield();
  }
  Put("b", "2");
  while (mappings_->View(kUuid)->lanes[0].scanned_to < store_.change_log()->last_sequence()) {
    std::this_thread::yield();
  }
  store_.clock().AdvanceMs(10'000);
  mappings_->Wake();
  EXPECT_THAT(invoker_.Events(1)[0].records, ElementsAre("a=1", "b=2"));
}

TEST_F(MappingEngineTest, TumblingWindowsCarryTheirState) {
  int64_t sum = 0;
  std::vector<int64_t> sums;
  invoker_.Use([&](const Event& event) {
    for (const std::string& record : event.records) {
      sum += std::stoi(record.substr(record.find('=') + 1));
    }
    if (event.final_for_window) {
      sums.push_back(sum);
      sum = 0;
    }
    return FakeInvoker::Success(R"({"state":{"sum":)" + std::to_string(sum) + "}}");
  });
  Mapping mapping = NewMapping();
  mapping.settings.tumbling_window_s = 60;
  store_.clock().AdvanceMs(60'000 - store_.clock().NowMs() % 60'000);
  ASSERT_TRUE(Create(mapping).ok());
  Put("a", "1");
  Put("b", "2");
  invoker_.Records(2);
  Settle();
  store_.clock().AdvanceMs(70'000);
  Put("c", "4");
  invoker_.Records(3);
  Settle();
  EXPECT_THAT(sums, ElementsAre(3));
  store_.clock().AdvanceMs(120'000);
  mappings_->Wake();
  while (mappings_->View(kUuid)->progress.last_result.empty() || [&] {
    store_.clock().AdvanceMs(1000);
    mappings_->Wake();
    std::this_thread::yield();
    return invoker_.Events(1).back().final_for_window == false;
  }()) {
  }
  Settle();
  EXPECT_THAT(sums, ElementsAre(3, 4));
}

}  // namespace
}  // namespace millrace::streams
