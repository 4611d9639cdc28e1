// A deliverer over a database of its own, with a manual clock, real queues, and functions made of
// C++ functions. Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "storage/engine/test_support.h"
#include "streams/delivery/deliverer.h"

namespace millrace::streams {

inline constexpr char kFunctionArn[] = "arn:aws:lambda:us-east-1:000000000000:function:";
inline constexpr char kQueueArn[] = "arn:aws:sqs:us-east-1:000000000000:";

// The functions that there are, and their settings.
class FakeFunctions final : public FunctionSource {
 public:
  void Set(const std::string& name, const AsynchronousSettings& settings) {
    MutexLock lock(&mutex_);
    functions_[name] = settings;
  }
  void Remove(const std::string& name) {
    MutexLock lock(&mutex_);
    functions_.erase(name);
  }
  RunnableFunctionPointer Resolve(std::string_view name, std::string_view) const override {
    MutexLock lock(&mutex_);
    if (!functions_.contains(std::string(name))) {
      return nullptr;
    }
    auto function = std::make_shared<RunnableFunction>();
    function->name = name;
    function->arn = kFunctionArn + std::string(name);
    return function;
  }
  AsynchronousSettings AsynchronousSettingsOf(std::string_view name,
                                              std::string_view) const override {
    MutexLock lock(&mutex_);
    const auto found = functions_.find(std::string(name));
    return found == functions_.end() ? AsynchronousSettings() : found->second;
  }
  Result<FunctionFiles> Prepare(const RunnableFunction&) override { return FunctionFiles(); }
  std::optional<int64_t> ReservedConcurrency(std::string_view) const override { return {}; }
  int64_t TotalReservedConcurrency() const override { return 0; }
  std::vector<ProvisionedFunction> Provisioned() const override { return {}; }
  void OnChange(std::function<void(const std::string&)>) override {}

 private:
  mutable Mutex mutex_;
  std::map<std::string, AsynchronousSettings> functions_ GUARDED_BY(mutex_);
};

// Answers on the thread that invokes, or, while it holds, when it is told to.
class FakeInvoker final : public Invoker {
 public:
  using Handler = std::function<InvokeResult(const InvokeRequest&)>;

  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    InvokeResult result;
    {
      MutexLock lock(&mutex_);
      requests_.push_back(request);
      arrived_.NotifyAll();
      if (holding_) {
        held_.push_back(std::move(done));
        return;
      }
      result = handler_ != nullptr ? handler_(request) : Success();
    }
    done(std::move(result));
  }
  static InvokeResult Success(std::string payload = "null") {
    InvokeResult result;
    result.outcome = InvokeOutcome::kSucceeded;
    result.payload = std::move(payload);
    result.executed_version = "$LATEST";
    return result;
  }
  static InvokeResult Failure(InvokeOutcome outcome = InvokeOutcome::kFunctionError) {
    InvokeResult result;
    result.outcome = outcome;
    if (outcome == InvokeOutcome::kFunctionError) {
      result.payload = R"({"errorMessage":"no","errorType":"E"})";
      result.executed_version = "$LATEST";
    }
    return result;
  }
  void Use(Handler handler) {
    MutexLock lock(&mutex_);
    handler_ = std::move(handler);
  }
  void Hold() {
    MutexLock lock(&mutex_);
    holding_ = true;
  }
  // Answers all that are held, and holds no more.
  void Release(const InvokeResult& result) {
    std::vector<std::function<void(InvokeResult)>> held;
    {
      MutexLock lock(&mutex_);
      holding_ = false;
      held.swap(held_);
    }
    for (const auto& done : held) {
      done(result);
    }
  }
  // Waits until so many requests have come, and returns all.
  std::vector<InvokeRequest> Requests(size_t count = 0) {
    MutexLock lock(&mutex_);
    while (requests_.size() < count) {
      arrived_.Wait(&mutex_);
    }
    return requests_;
  }
  size_t count() { return Requests().size(); }
  std::vector<std::string> Payloads() {
    std::vector<std::string> payloads;
    for (const InvokeRequest& request : Requests()) {
      payloads.push_back(*request.payload);
    }
    return payloads;
  }

 private:
  Mutex mutex_;
  ConditionVariable arrived_;
  Handler handler_ GUARDED_BY(mutex_);
  bool holding_ GUARDED_BY(mutex_) = false;
  std::vector<std::function<void(InvokeResult)>> held_ GUARDED_BY(mutex_);
  std::vector<InvokeRequest> requests_ GUARDED_BY(mutex_);
};

class DelivererTest : public testing::Test {
 protected:
  explicit DelivererTest(const engine::Options& options = {}) : engine_options_(options) {
    functions_.Set("f", {});
    options_.message_base_ms = 2000;
    engine_options_.data_dir = directory_.path();
    engine_options_.clock = &clock_;
    Open();
  }
  ~DelivererTest() override { Close(); }

  void Open() {
    auto opened = engine::Engine::Open(engine_options_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
    engine_->Start();
    queues_ = std::make_unique<QueueStore>(engine_.get(), &clock_, &random_, QueueStoreOptions());
    ASSERT_TRUE(queues_->Load().ok());
    queues_->Start();
    DelivererParts parts;
    parts.engine = engine_.get();
    parts.functions = &functions_;
    parts.invoker = &invoker_;
    parts.queues = queues_.get();
    parts.clock = &clock_;
    parts.random = &random_;
    parts.options = options_;
    deliverer_ = std::make_unique<Deliverer>(parts);
    ASSERT_TRUE(deliverer_->Load().ok());
    deliverer_->Start();
  }
  void Close() {
    deliverer_->Stop();
    queues_->Stop();
    engine_->Stop();
    deliverer_.reset();
    queues_.reset();
    engine_.reset();
  }
  void Restart() {
    Close();
    Open();
  }

  // The request id.
  std::string Enqueue(const std::string& payload, const std::string& function = "f",
                      const std::string& qualifier = "") {
    std::promise<Result<std::string>> id;
    deliverer_->Enqueue({function, qualifier, payload, "", ""}, nullptr,
                        [&](Result<std::string> result) { id.set_value(std::move(result)); });
    const Result<std::string> result = id.get_future().get();
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value();
  }
  // Waits until nothing is under way, and nothing that is due is left.
  void Settle() {
    while (!IsSettled()) {
      std::this_thread::yield();
    }
  }
  bool IsSettled() {
    const int64_t now_ms = clock_.NowMs();
    // What goes from one to the other between two reads shows as a commit.
    const uint64_t sequence = engine_->statistics().last_sequence;
    const PendingDeliveries pending = Pending();
    for (const PendingEvents& events : pending.events) {
      if (events.running > 0 || (events.next_try_ms <= now_ms && events.held_until_ms <= now_ms)) {
        return false;
      }
    }
    for (const PendingMessages& messages : pending.messages) {
      if (messages.next_try_ms <= now_ms) {
        return false;
      }
    }
    return engine_->statistics().last_sequence == sequence;
  }
  PendingDeliveries Pending() {
    Result<PendingDeliveries> pending = deliverer_->ListPending();
    EXPECT_TRUE(pending.ok()) << pending.status().ToString();
    return pending.value();
  }
  void Advance(int64_t by_ms) {
    clock_.AdvanceMs(by_ms);
    deliverer_->Wake();
    Settle();
  }

  QueuePointer CreateQueue(const std::string& name) {
    QueueDescriptor queue;
    queue.name = name;
    queue.fifo = name.ends_with(".fifo");
    std::promise<Result<QueuePointer>> created;
    queues_->Create(queue, nullptr, [&](Result<QueuePointer> q) { created.set_value(q); });
    return created.get_future().get().value();
  }
  // Takes what is in a queue.
  std::vector<QueueMessage> Receive(const std::string& name, int count = 10) {
    std::promise<Result<std::vector<QueueMessage>>> received;
    queues_->Receive({queues_->Find(name), count, 30, 0}, nullptr,
                     [&](Result<std::vector<QueueMessage>> m) { received.set_value(m); });
    return received.get_future().get().value();
  }
  std::vector<EventDiscard> Discards(const std::string& function = "f") {
    return deliverer_->ListDiscards(function, 0, 1000).value();
  }
  Status Call(const std::function<void(std::function<void(const Status&)>)>& call) {
    std::promise<Status> status;
    call([&](const Status& result) { status.set_value(result); });
    return status.get_future().get();
  }
  size_t StoredRows() {
    engine::ScanRange range;
    range.space = engine::Space::kFunctions;
    size_t count = 0;
    const auto rows = engine_->Scan(range);
    for (; rows->Valid(); rows->Next()) {
      ++count;
    }
    return count;
  }

  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'795'233'906'123};
  SystemRandom random_;
  engine::Options engine_options_;
  DeliveryOptions options_;
  FakeFunctions functions_;
  FakeInvoker invoker_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QueueStore> queues_;
  std::unique_ptr<Deliverer> deliverer_;
};

}  // namespace millrace::streams
