// Mappings at work over a real engine, with a function that does what the test says: order, resumed
// positions, filters, retries, halving, partial failures, expiry, lanes, windows.
#include "streams/mappings/mapping_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>
#include <thread>

#include "storage/base/json.h"
#include "storage/tables/test_support.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/outgoing.h"

namespace millrace::streams {
namespace {

using tables::TestValue;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

// An event as the function sees it: "key=value" of each record, and the sequence numbers.
struct Event {
  std::vector<std::string> records;
  std::vector<std::string> numbers;
  bool final_for_window = false;
  std::string state;
};

Event ParseEvent(const std::string& payload) {
  std::string text = payload;
  json::Document document;
  EXPECT_TRUE(document.Parse({text.data(), text.size()}).ok()) << payload;
  Event event;
  for (const json::Value record : document.root().Find("Records").elements()) {
    const json::Value change = record.Find("dynamodb");
    const json::Value image = change.Find("NewImage");
    event.records.push_back(
        std::string(change.Find("Keys").Find("p").Find("S").AsString()) + "=" +
        std::string(image.present() ? image.Find("v").Find("S").AsString() : ""));
    event.numbers.emplace_back(change.Find("SequenceNumber").AsString());
  }
  const json::Value final_for_window = document.root().Find("isFinalInvokeForWindow");
  event.final_for_window = final_for_window.present() && final_for_window.AsBool();
  return event;
}

// A function made of a C++ function; runs on the thread that invokes it.
class FakeInvoker final : public Invoker {
 public:
  using Handler = std::function<InvokeResult(const Event&)>;
  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    Event event = ParseEvent(*request.payload);
    InvokeResult result;
    {
      MutexLock lock(&mutex_);
      result = handler_ != nullptr ? handler_(event) : Success();
      events_.push_back(std::move(event));
      arrived_.NotifyAll();
    }
    result.request_id = "request";
    result.executed_version = "$LATEST";
    done(std::move(result));
  }
  static InvokeResult Success(std::string payload = "null") {
    InvokeResult result;
    result.outcome = InvokeOutcome::kSucceeded;
    result.payload = std::move(payload);
    return result;
  }
  static InvokeResult Failure(InvokeOutcome outcome = InvokeOutcome::kFunctionError) {
    InvokeResult result;
    result.outcome = outcome;
    result.payload = R"({"errorMessage":"no"})";
    return result;
  }
  void Use(Handler handler) {
    MutexLock lock(&mutex_);
    handler_ = std::move(handler);
  }
  // Waits until so many events have come, and returns them.
  std::vector<Event> Events(size_t count) {
    MutexLock lock(&mutex_);
    while (events_.size() < count) {
      arrived_.Wait(&mutex_);
    }
    return events_;
  }
  // Waits until so many records have come in successful events... of which the handler decides.
  std::vector<std::string> Records(size_t count) {
    MutexLock lock(&mutex_);
    while (true) {
      std::vector<std::string> records;
      for (const Event& event : events_) {
        records.insert(records.end(), event.records.begin(), event.records.end());
      }
      if (records.size() >= count) {
        return records;
      }
      arrived_.Wait(&mutex_);
    }
  }
  void Forget() {
    MutexLock lock(&mutex_);
    events_.clear();
  }

 private:
  Mutex mutex_;
  ConditionVariable arrived_;
  Handler handler_ GUARDED_BY(mutex_);
  std::vector<Event> events_ GUARDED_BY(mutex_);
};

constexpr char kUuid[] = "6d9c1f0e-0000-4000-8000-000000000001";

class MappingEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    TableDescriptor descriptor = tables::DescribeTable("table");
    descriptor.stream = TableStream();
    descriptor.stream->enabled = true;
    table_ = store_.calls().Create(descriptor).value();
    StartMappings();
  }
  void TearDown() override {
    mappings_->Stop();
    store_.Close();
  }

  void StartMappings() {
    MappingEngineParts parts;
    parts.engine = store_.engine();
    parts.streams = store_.streams();
    parts.log = store_.change_log();
    parts.invoker = &invoker_;
    parts.clock = &store_.clock();
    parts.random = &random_;
    parts.retry = retry_;
    mappings_ = std::make_unique<MappingEngine>(parts);
    ASSERT_TRUE(mappings_->Load().ok());
    mappings_->Start();
  }
  // Everything is closed and opened again.
  void Restart() {
    mappings_->Stop();
    mappings_.reset();
    ASSERT_TRUE(store_.Open().ok());
    table_ = store_.catalog()->Find("table");
    StartMappings();
  }

  Mapping NewMapping(StartingPosition position = StartingPosition::kTrimHorizon) const {
    Mapping mapping;
    mapping.uuid = kUuid;
    mapping.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/x";
    mapping.stream_id = table_->stream()->stream_id;
    mapping.starting_position = position;
    mapping.settings.function_name = "f";
    return mapping;
  }
  Status Create(const Mapping& mapping) {
    std::promise<Status> status;
    mappings_->Create(mapping, [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    return status.get_future().get();
  }
  void Update(std::function<void(MappingSettings*)> edit) {
    std::promise<Status> status;
    mappings_->Update(
        kUuid,
        [edit](Mapping* mapping) {
          edit(&mapping->settings);
          return Status::Ok();
        },
        [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    ASSERT_TRUE(status.get_future().get().ok());
  }
  void Put(const std::string& key, const std::string& value) {
    ASSERT_TRUE(
        tables::PutItem(store_.items(), table_, TestValue::String(key).view(), ValueView(), value)
            .ok());
  }
  void PutMany(int count, int keys) {
    for (int index = 0; index < count; ++index) {
      Put("k" + std::to_string(index % keys), std::to_string(index));
    }
  }
  // Advances the clock until the mapping has looked at everything and noted it.
  void Settle() {
    const uint64_t last = store_.change_log()->last_sequence();
    while (true) {
      const std::optional<MappingView> view = mappings_->View(kUuid);
      bool settled = view.has_value() && !view->lanes.empty();
      for (const LaneView& lane : view->lanes) {
        settled = settled && lane.scanned_to >= last && lane.idle;
      }
      if (settled) {
        return;
      }
      store_.clock().AdvanceMs(1000);
      mappings_->Wake();
      std::this_thread::yield();
    }
  }
  std::vector<Discard> Discards() {
    std::vector<Discard> discards;
    const std::string from = DiscardKeysBegin(kUuid);
    const std::string to = DiscardKeysEnd(kUuid);
    engine::ScanRange range;
    range.space = engine::Space::kFunctions;
    range.from = from;
    range.to = to;
    const auto rows = store_.engine()->Scan(range);
    for (; rows->Valid(); rows->Next()) {
      discards.push_back(DecodeDiscard(rows->value()).value());
    }
    return discards;
  }

  tables::TestStore store_;
  tables::TablePointer table_;
  FakeInvoker invoker_;
  SeededRandom random_{3};
  RetryOptions retry_{0, 0, 0, 0, 1000};
  std::unique_ptr<MappingEngine> mappings_;
};

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

TEST_F(MappingEngineTest, GivesUpAfterTheLastAttempt) {
  invoker_.Use([](const Event& event) {
    return event.records[0] == "bad=1" ? FakeInvoker::Failure() : FakeInvoker::Success();
  });
  Put("bad", "1");
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 2;
  mapping.settings.on_failure_arn = "arn:aws:sqs:us-east-1:000000000000:dead";
  ASSERT_TRUE(Create(mapping).ok());
  invoker_.Events(3);
  Settle();
  Put("good", "2");
  EXPECT_THAT(invoker_.Events(4)[3].records, ElementsAre("good=2"));
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kRetryAttemptsExhausted);
  EXPECT_EQ(discards[0].attempts, 3);
  EXPECT_EQ(discards[0].record_count, 1);
  EXPECT_EQ(discards[0].failure, R"({"errorMessage":"no"})");
  engine::PinnedValue value;
  ASSERT_TRUE(
      store_.engine()->Get(engine::Space::kFunctions, OutgoingKey(discards[0].id), &value).ok());
  ASSERT_TRUE(value.found());
  const OutgoingMessage message = DecodeOutgoing(value.bytes()).value();
  EXPECT_EQ(message.target_arn, "arn:aws:sqs:us-east-1:000000000000:dead");
  EXPECT_THAT(message.body, testing::HasSubstr(R"("condition":"RetryAttemptsExhausted")"));
  EXPECT_THAT(message.body, testing::HasSubstr(R"("approximateInvokeCount":3)"));
}

TEST_F(MappingEngineTest, HalvesUntilThePoisonIsAlone) {
  std::set<std::string> delivered;
  invoker_.Use([&](const Event& event) {
    for (const std::string& record : event.records) {
      if (record == "k5=5") {
        return FakeInvoker::Failure();
      }
    }
    delivered.insert(event.records.begin(), event.records.end());
    return FakeInvoker::Success();
  });
  PutMany(9, 9);
  Mapping mapping = NewMapping();
  mapping.settings.bisect_on_error = true;
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(delivered.size(), 8u);
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].from, discards[0].to);
}

TEST_F(MappingEngineTest, PartialFailuresRetryTheRest) {
  int failures = 2;
  invoker_.Use([&](const Event& event) {
    if (event.records.size() > 2 && failures-- > 0) {
      return FakeInvoker::Success(R"({"batchItemFailures":[{"itemIdentifier":")" +
                                  event.numbers[2] + R"("}]})");
    }
    return FakeInvoker::Success("{}");
  });
  PutMany(6, 6);
  Mapping mapping = NewMapping();
  mapping.settings.report_item_failures = true;
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  const std::vector<Event> events = invoker_.Events(3);
  EXPECT_EQ(events[0].records.size(), 6u);
  EXPECT_THAT(events[1].records, ElementsAre("k2=2", "k3=3", "k4=4", "k5=5"));
  EXPECT_THAT(events[2].records, ElementsAre("k4=4", "k5=5"));
  EXPECT_THAT(Discards(), IsEmpty());  // progress begins the count anew
}

TEST_F(MappingEngineTest, AMalformedReportIsAFailure) {
  int calls = 0;
  invoker_.Use([&](const Event&) {
    return FakeInvoker::Success(++calls == 1 ? R"({"batchItemFailures":[{"itemIdentifier":""}]})"
                                             : "{}");
  });
  PutMany(2, 2);
  Mapping mapping = NewMapping();
  mapping.settings.report_item_failures = true;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(invoker_.Events(2)[1].records.size(), 2u);
}

TEST_F(MappingEngineTest, OldRecordsAreGivenUp) {
  PutMany(2, 2);
  store_.clock().AdvanceMs(61'000);
  Put("young", "1");
  Mapping mapping = NewMapping();
  mapping.settings.record_age_max_s = 60;
  ASSERT_TRUE(Create(mapping).ok());
  EXPECT_THAT(invoker_.Records(1), ElementsAre("young=1"));
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kRecordAgeExceeded);
  EXPECT_EQ(discards[0].record_count, 2);
  EXPECT_EQ(discards[0].attempts, 0);
}

TEST_F(MappingEngineTest, ThrottlesAreNoAttempts) {
  int throttles = 20;
  invoker_.Use([&](const Event&) {
    return throttles-- > 0 ? FakeInvoker::Failure(InvokeOutcome::kThrottled)
                           : FakeInvoker::Success();
  });
  Put("a", "1");
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(invoker_.Events(21).size(), 21u);
  EXPECT_THAT(Discards(), IsEmpty());
}

TEST_F(MappingEngineTest, AttemptsAreCountedOverARestart) {
  invoker_.Use([](const Event&) { return FakeInvoker::Failure(); });
  retry_ = {1'000'000, 1'000'000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  PutMany(4, 4);
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 1;
  ASSERT_TRUE(Create(mapping).ok());
  invoker_.Events(1);
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  Restart();
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  store_.clock().AdvanceMs(1'000'000);
  mappings_->Wake();
  EXPECT_EQ(invoker_.Events(2)[1].records.size(), 4u);
  Settle();
  ASSERT_EQ(Discards().size(), 1u);
  EXPECT_EQ(Discards()[0].attempts, 2);
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
