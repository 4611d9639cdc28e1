// Mappings of queues over a real queue with a manual clock, and a function made of a C++ function.
// Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/mutex.h"
#include "streams/mappings/mapping_engine.h"
#include "streams/queues/test_support.h"

namespace millrace::streams {

inline constexpr char kQueueMappingUuid[] = "6d9c1f0e-0000-4000-8000-000000000001";

// What a function is given.
struct QueueBatch {
  std::string function;
  std::vector<std::string> bodies;
  std::vector<std::string> ids;
  std::string trace;
};

inline InvokeResult ResultOf(InvokeOutcome outcome, std::string payload = "null") {
  InvokeResult result;
  result.outcome = outcome;
  result.payload = std::move(payload);
  return result;
}

// A function made of a C++ function. Calls may be held back.
class QueueInvoker final : public Invoker {
 public:
  using Handler = std::function<InvokeResult(const QueueBatch&)>;

  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    std::string text = *request.payload;
    json::Document document;
    EXPECT_TRUE(document.Parse({text.data(), text.size()}).ok()) << text;
    QueueBatch batch;
    batch.function = request.function_name;
    batch.trace = request.trace_id;
    for (const json::Value record : document.root().Find("Records").elements()) {
      batch.bodies.emplace_back(record.Find("body").AsString());
      batch.ids.emplace_back(record.Find("messageId").AsString());
    }
    InvokeResult result;
    {
      MutexLock lock(&mutex_);
      result = handler_ != nullptr ? handler_(batch) : ResultOf(InvokeOutcome::kSucceeded);
      batches_.push_back(std::move(batch));
      arrived_.NotifyAll();
      if (holds_) {
        held_.push_back([done, result] { done(result); });
        return;
      }
    }
    done(std::move(result));
  }

  void Use(Handler handler) {
    MutexLock lock(&mutex_);
    handler_ = std::move(handler);
  }
  void Hold() {
    MutexLock lock(&mutex_);
    holds_ = true;
  }
  // Ends the oldest of the calls that are held.
  void EndOne() {
    std::function<void()> end;
    {
      MutexLock lock(&mutex_);
      end = held_.front();
      held_.erase(held_.begin());
    }
    end();
  }
  size_t held() {
    MutexLock lock(&mutex_);
    return held_.size();
  }
  // Waits until so many batches have come.
  std::vector<QueueBatch> Batches(size_t count) {
    MutexLock lock(&mutex_);
    while (batches_.size() < count) {
      arrived_.Wait(&mutex_);
    }
    return batches_;
  }

 private:
  Mutex mutex_;
  ConditionVariable arrived_;
  Handler handler_;
  bool holds_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<QueueBatch> batches_;
};

class QueuePollerTest : public QueueStoreTest {
 protected:
  void SetUp() override { StartMappings(); }
  void TearDown() override { mappings_->Stop(); }
  ~QueuePollerTest() override { StopBelow(); }
  // The queues and the engine are stopped before the mappings are destroyed, as these want it.
  void StopBelow() {
    store_->Stop();
    engine_->Stop();
  }

  void StartMappings() {
    MappingEngineParts parts;
    parts.engine = engine_.get();
    parts.queues = store_.get();
    parts.invoker = &invoker_;
    parts.clock = &clock_;
    parts.random = &random_;
    parts.recursion_allowed = [](const std::string& function) { return function == "loops"; };
    mappings_ = std::make_unique<MappingEngine>(parts);
    ASSERT_TRUE(mappings_->Load().ok());
    mappings_->Start();
  }

  Mapping NewMapping(const std::string& queue) {
    Mapping mapping;
    mapping.uuid = kQueueMappingUuid;
    mapping.event_source_arn = store_->ArnOf(queue);
    mapping.settings.function_name = "f";
    mapping.settings.batch_size = 10;
    return mapping;
  }
  Status Map(const Mapping& mapping) {
    std::promise<Status> status;
    mappings_->Create(mapping, [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    return status.get_future().get();
  }
  void Update(const std::function<void(MappingSettings*)>& edit) {
    std::promise<Status> status;
    mappings_->Update(
        kQueueMappingUuid,
        [edit](Mapping* mapping) {
          edit(&mapping->settings);
          return Status::Ok();
        },
        [&](const Result<Mapping>& r) { status.set_value(r.status()); });
    ASSERT_TRUE(status.get_future().get().ok());
    Until([&] { return !mappings_->Figures(kQueueMappingUuid)->changing; });
  }
  template <typename Condition>
  static void Until(Condition condition) {
    while (!condition()) {
      std::this_thread::yield();
    }
  }
  void UntilEmpty(const std::string& queue) {
    Until([&] { return Counts(queue) == (std::vector<int64_t>{0, 0, 0}); });
  }
  void Advance(int64_t seconds) {
    clock_.AdvanceMs(seconds * 1000);
    store_->Wake();
    mappings_->Wake();
  }
  std::vector<std::string> BodiesOf(size_t batch) {
    return invoker_.Batches(batch + 1)[batch].bodies;
  }

  QueueInvoker invoker_;
  std::unique_ptr<MappingEngine> mappings_;
};

}  // namespace millrace::streams
