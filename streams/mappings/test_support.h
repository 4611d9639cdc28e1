// Mappings over an engine of their own with a manual clock, and a function made of a C++ function.
// Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/mutex.h"
#include "storage/tables/test_support.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/mapping_engine.h"
#include "streams/mappings/stream_reading.h"

namespace millrace::streams {

// An event as the function sees it: "key=value" of each record, and the sequence numbers.
struct Event {
  std::vector<std::string> records;
  std::vector<std::string> numbers;
  bool final_for_window = false;
  bool closed_early = false;
  std::string shard_id;  // with windows
  std::string token;
  std::string replay_id;
  size_t payload_size = 0;
};

inline Event ParseEvent(const std::string& payload) {
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
  const json::Value early = document.root().Find("isWindowTerminatedEarly");
  event.closed_early = early.present() && early.AsBool();
  const json::Value shard_id = document.root().Find("shardId");
  event.shard_id = shard_id.present() ? shard_id.AsString() : "";
  event.payload_size = payload.size();
  return event;
}

// A function made of a C++ function; runs on the thread that invokes it.
class FakeInvoker final : public Invoker {
 public:
  using Handler = std::function<InvokeResult(const Event&)>;
  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    Event event = ParseEvent(*request.payload);
    event.token = request.checkpoint_token;
    event.replay_id = request.replay_id;
    InvokeResult result;
    {
      MutexLock lock(&mutex_);
      result = handler_ != nullptr ? handler_(event) : Success();
      events_.push_back(std::move(event));
      arrived_.NotifyAll();
    }
    result.request_id = "request";
    result.executed_version = "$LATEST";
    if (result.message != kHangs) {
      done(std::move(result));
    }
  }
  // A handler that never ends.
  static constexpr char kHangs[] = "hangs";
  static InvokeResult Hang() {
    InvokeResult result;
    result.message = kHangs;
    return result;
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

inline constexpr char kUuid[] = "6d9c1f0e-0000-4000-8000-000000000001";

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
    parts.drain_ms = drain_ms_;
    parts.read_ahead_bytes_max = read_ahead_bytes_max_;
    parts.outgoing_written = [this](const std::string& target_arn) {
      MutexLock lock(&written_mutex_);
      written_to_.push_back(target_arn);
    };
    mappings_ = std::make_unique<MappingEngine>(parts);
    ASSERT_TRUE(mappings_->Load().ok());
    mappings_->Start();
  }
  // Everything is closed and opened again.
  void Restart() {
    mappings_->Stop();
    store_.Close();
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
    ASSERT_TRUE(tables::PutItem(store_.items(), table_, tables::TestValue::String(key).view(),
                                ValueView(), value)
                    .ok());
  }
  void PutMany(int count, int keys) {
    for (int index = 0; index < count; ++index) {
      Put("k" + std::to_string(index % keys), std::to_string(index));
    }
  }
  // Advances the clock until the mapping has looked at every record of its stream and noted it.
  void Settle() {
    // Not last_sequence(), which also counts commits that lanes are not told of.
    const Mapping mapping = mappings_->Find(kUuid).value();
    const tables::StreamPointer stream = store_.streams()->FindById(mapping.stream_id);
    const uint64_t last =
        FirstOfLast({store_.engine(), store_.streams(), store_.change_log(), ""}, *stream, 1)
            .value();
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
  // Destinations that messages have been written for.
  std::vector<std::string> WrittenTo() {
    MutexLock lock(&written_mutex_);
    return written_to_;
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
  int64_t drain_ms_ = 60'000;
  int64_t read_ahead_bytes_max_ = 16 << 20;
  Mutex written_mutex_;
  std::vector<std::string> written_to_ GUARDED_BY(written_mutex_);
  std::unique_ptr<MappingEngine> mappings_;
};

}  // namespace millrace::streams
