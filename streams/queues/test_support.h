// A queue store over a database of its own, with a manual clock, and calls of it that wait. Used by
// tests only.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/engine/test_support.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

class QueueStoreTest : public testing::Test {
 protected:
  QueueStoreTest() { Open(); }
  ~QueueStoreTest() override { Close(); }

  void Open() {
    engine::Options options;
    options.data_dir = directory_.path();
    options.clock = &clock_;
    auto opened = engine::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
    engine_->Start();
    store_ = std::make_unique<QueueStore>(engine_.get(), &clock_, &random_, QueueStoreOptions());
    ASSERT_TRUE(store_->Load().ok());
    store_->Start();
  }
  void Close() {
    store_->Stop();
    engine_->Stop();
    store_.reset();
    engine_.reset();
  }
  void Reopen() {
    Close();
    Open();
  }

  // Waits for a callback of one result.
  template <typename T>
  static T Wait(const std::function<void(std::function<void(T)>)>& call) {
    std::promise<T> promise;
    call([&promise](T result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }

  QueuePointer Create(const std::string& name, const QueueSettings& settings = {}) {
    QueueDescriptor queue;
    queue.name = name;
    queue.fifo = name.ends_with(".fifo");
    queue.settings = settings;
    auto result = Wait<Result<QueuePointer>>(
        [&](auto done) { store_->Create(queue, nullptr, std::move(done)); });
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value();
  }

  SendEntry Entry(const std::string& body, const std::string& group = "", int64_t delay_s = 0) {
    SendEntry entry;
    entry.message.body = body;
    entry.message.group_id = group;
    entry.message.deduplication_id = group.empty() ? "" : body;
    entry.delay_s = delay_s;
    return entry;
  }

  std::vector<SendOutcome> Send(const std::string& queue, std::vector<SendEntry> entries) {
    auto result = Wait<Result<std::vector<SendOutcome>>>([&](auto done) {
      store_->Send(store_->Find(queue), std::move(entries), nullptr, std::move(done));
    });
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value();
  }

  std::vector<QueueMessage> Receive(const std::string& queue, int count = 10,
                                    int64_t visibility_timeout_s = 30, int64_t wait_ms = 0) {
    auto result = Wait<Result<std::vector<QueueMessage>>>([&](auto done) {
      store_->Receive({store_->Find(queue), count, visibility_timeout_s, wait_ms}, nullptr,
                      std::move(done));
    });
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value();
  }

  static std::vector<std::string> Bodies(const std::vector<QueueMessage>& messages) {
    std::vector<std::string> bodies;
    for (const QueueMessage& message : messages) {
      bodies.push_back(message.body);
    }
    return bodies;
  }

  ReceiptHandle HandleOf(const std::string& queue, const QueueMessage& message) {
    return {store_->Find(queue)->descriptor.queue_id, message.number, message.receipt};
  }

  HandleOutcome Delete(const std::string& queue, const ReceiptHandle& handle) {
    auto result = Wait<Result<std::vector<HandleOutcome>>>([&](auto done) {
      store_->DeleteMessages(store_->Find(queue), {handle}, nullptr, std::move(done));
    });
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value()[0];
  }

  HandleOutcome Hide(const std::string& queue, const ReceiptHandle& handle, int64_t timeout_s) {
    auto result = Wait<Result<std::vector<HandleOutcome>>>([&](auto done) {
      store_->ChangeVisibility(store_->Find(queue), {{handle, timeout_s}}, nullptr,
                               std::move(done));
    });
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.value()[0];
  }

  std::vector<int64_t> Counts(const std::string& queue) {
    const auto counts = store_->Counts(*store_->Find(queue));
    EXPECT_TRUE(counts.ok());
    return {counts.value().visible, counts.value().in_flight, counts.value().delayed};
  }

  void Maintain() {
    const std::atomic<bool> stop{false};
    const Status status = store_->RunMaintenance(stop);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QueueStore> store_;
};

}  // namespace millrace::streams
