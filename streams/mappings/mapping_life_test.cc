// What happens to a mapping beside its batches: records that are trimmed, streams that end,
// deletion at any moment, pausing and seeking, long runs of records that nobody wants, memory, and
// windows over restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "storage/tables/stream_change.h"
#include "streams/mappings/mapping_start.h"
#include "streams/mappings/test_support.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;

class MappingLifeTest : public MappingEngineTest {
 protected:
  uint64_t StoredPosition() {
    std::vector<std::pair<LaneName, LaneCheckpoint>> lanes;
    EXPECT_TRUE(ReadCheckpoints(*store_.engine(), kUuid, &lanes).ok());
    return lanes.empty() ? 0 : lanes[0].second.position;
  }
  void TrimAll() {
    ASSERT_TRUE(tables::MoveHorizon(store_.engine(), store_.streams(), table_->stream()->stream_id,
                                    0, store_.change_log()->last_sequence() + 1)
                    .ok());
  }
  Status Seek(const StreamPlace& place) {
    std::promise<Status> status;
    mappings_->Seek(kUuid, place, [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    return status.get_future().get();
  }
  void SetPaused(bool paused) {
    Update([paused](MappingSettings* settings) { settings->paused = paused; });
  }
};

TEST_F(MappingLifeTest, TrimmedRecordsAreCounted) {
  Mapping mapping = NewMapping();
  mapping.settings.enabled = false;
  ASSERT_TRUE(Create(mapping).ok());
  PutMany(3, 3);
  TrimAll();
  Put("after", "1");
  Update([](MappingSettings* settings) { settings->enabled = true; });
  EXPECT_THAT(invoker_.Records(1), ElementsAre("after=1"));
  EXPECT_GE(mappings_->Figures(kUuid)->trimmed_records, 3);
}

TEST_F(MappingLifeTest, ABatchThatIsTrimmedWhileItFailsIsLetGo) {
  invoker_.Use([](const Event& event) {
    return event.records[0] == "a=1" ? FakeInvoker::Failure() : FakeInvoker::Success();
  });
  retry_ = {5000, 5000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  Put("a", "1");
  ASSERT_TRUE(Create(NewMapping()).ok());
  invoker_.Events(1);
  TrimAll();
  Put("b", "2");
  Settle();
  EXPECT_EQ(invoker_.Events(2).back().records.back(), "b=2");
  EXPECT_GE(mappings_->Figures(kUuid)->trimmed_records, 1);
}

TEST_F(MappingLifeTest, AStreamThatHasEndedIsReadToItsEnd) {
  ASSERT_TRUE(Create(NewMapping()).ok());
  PutMany(5, 5);
  ASSERT_TRUE(store_.calls().Delete("table").ok());
  EXPECT_EQ(invoker_.Records(5).size(), 5u);
  // The thread of the lanes has nothing to do, so it answers.
  while (!mappings_->View(kUuid)->lanes[0].idle) {
    std::this_thread::yield();
  }
  EXPECT_EQ(mappings_->Figures(kUuid)->last_result, "OK");
}

TEST_F(MappingLifeTest, CanBeDeletedWhileItIsAtWork) {
  invoker_.Use([](const Event&) { return FakeInvoker::Failure(); });
  for (int round = 0; round < 20; ++round) {
    Mapping mapping = NewMapping();
    mapping.uuid = "6d9c1f0e-0000-4000-8000-0000000001" + std::to_string(10 + round);
    ASSERT_TRUE(Create(mapping).ok());
    Put("a", std::to_string(round));
    invoker_.Events(1);
    invoker_.Forget();
    std::promise<Status> status;
    mappings_->Delete(mapping.uuid,
                      [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    ASSERT_TRUE(status.get_future().get().ok());
  }
}

TEST_F(MappingLifeTest, PausesAndSeeks) {
  PutMany(4, 4);
  ASSERT_TRUE(Create(NewMapping()).ok());
  const std::vector<Event> events = invoker_.Events(1);
  Settle();
  StreamPlace place;
  EXPECT_EQ(Seek(place).code(), StatusCode::kFailedPrecondition);
  SetPaused(true);
  Restart();
  Put("while", "paused");
  EXPECT_TRUE(mappings_->View(kUuid)->lanes.empty());
  place.kind = StreamPlace::Kind::kSequence;
  place.sequence = *ParseSequenceNumber(events[0].numbers[2]);
  ASSERT_TRUE(Seek(place).ok());
  invoker_.Forget();
  SetPaused(false);
  EXPECT_THAT(invoker_.Records(3), ElementsAre("k2=2", "k3=3", "while=paused"));
  Settle();
  SetPaused(true);
  Put("skipped", "1");
  place.kind = StreamPlace::Kind::kLatest;
  ASSERT_TRUE(Seek(place).ok());
  invoker_.Forget();
  SetPaused(false);
  Put("last", "1");
  EXPECT_THAT(invoker_.Records(1), ElementsAre("last=1"));
}

TEST_F(MappingLifeTest, LongRunsOfUnwantedRecordsAreNoted) {
  Mapping mapping = NewMapping();
  mapping.settings.filters = {R"({"dynamodb":{"Keys":{"p":{"S":["wanted"]}}}})"};
  mapping.settings.enabled = false;
  ASSERT_TRUE(Create(mapping).ok());
  PutMany(1100, 10);
  const uint64_t last = store_.change_log()->last_sequence();
  const uint64_t before = StoredPosition();
  Update([](MappingSettings* settings) { settings->enabled = true; });
  // The clock stands still: it is the number that counts.
  while (StoredPosition() < before + 1000) {
    std::this_thread::yield();
  }
  Settle();
  while (StoredPosition() < last) {
    store_.clock().AdvanceMs(1000);
    mappings_->Wake();
    std::this_thread::yield();
  }
  EXPECT_EQ(mappings_->Figures(kUuid)->filtered_out_events, 1100);
}

TEST_F(MappingLifeTest, MemoryOfAllLanesIsBounded) {
  read_ahead_bytes_max_ = 20'000;
  mappings_->Stop();
  StartMappings();
  const std::string large(3000, 'x');
  for (int index = 0; index < 40; ++index) {
    Put("k" + std::to_string(index % 20), large + std::to_string(index));
  }
  Mapping mapping = NewMapping();
  mapping.settings.parallelization_factor = 4;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  size_t records = 0;
  for (const Event& event : invoker_.Events(1)) {
    EXPECT_LE(event.payload_size, 20'000u);
    records += event.records.size();
  }
  EXPECT_EQ(records, 40u);
}

TEST_F(MappingLifeTest, AStateThatIsTooLargeEndsItsWindowEvenAfterARestart) {
  drain_ms_ = 0;
  mappings_->Stop();
  StartMappings();
  std::atomic<bool> hangs = true;
  invoker_.Use([&](const Event& event) {
    if (event.closed_early && hangs) {
      return FakeInvoker::Hang();
    }
    const size_t size = event.records.size() == 2 ? (1 << 20) + 1 : 1;
    return FakeInvoker::Success(R"({"state":{"s":")" + std::string(size, 'x') + R"("}})");
  });
  PutMany(2, 2);
  Mapping mapping = NewMapping();
  mapping.settings.tumbling_window_s = 900;
  ASSERT_TRUE(Create(mapping).ok());
  EXPECT_TRUE(invoker_.Events(2)[1].closed_early);
  hangs = false;
  Restart();
  const std::vector<Event> events = invoker_.Events(3);
  EXPECT_TRUE(events[2].closed_early);
  EXPECT_TRUE(events[2].final_for_window);
  EXPECT_TRUE(events[2].records.empty());
  EXPECT_TRUE(events[2].shard_id.starts_with("shardId-")) << events[2].shard_id;
  Put("fresh", "1");
  EXPECT_LT(invoker_.Events(4)[3].payload_size, 2000u);
}

TEST_F(MappingLifeTest, PendingBatchesSurviveAChangeOfTheWindow) {
  int calls = 0;
  invoker_.Use([&](const Event& event) {
    return ++calls == 1 && !event.final_for_window ? FakeInvoker::Failure()
                                                   : FakeInvoker::Success(R"({"state":{}})");
  });
  retry_ = {1'000'000, 1'000'000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  store_.clock().AdvanceMs(600'000 - store_.clock().NowMs() % 600'000);
  for (int index = 0; index < 5; ++index) {
    Put("a", std::to_string(index));
    store_.clock().AdvanceMs(10'000);
  }
  Mapping mapping = NewMapping();
  mapping.settings.tumbling_window_s = 600;
  ASSERT_TRUE(Create(mapping).ok());
  EXPECT_EQ(invoker_.Events(1)[0].records.size(), 5u);
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  Update([](MappingSettings* settings) { settings->tumbling_window_s = 10; });
  Settle();
  std::multiset<std::string> delivered;
  for (const Event& event : invoker_.Events(6)) {
    if (event.records.size() == 1) {
      delivered.insert(event.records[0]);
    }
  }
  EXPECT_THAT(delivered, ElementsAre("a=0", "a=1", "a=2", "a=3", "a=4"));
}

}  // namespace
}  // namespace millrace::streams
