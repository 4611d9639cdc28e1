// A long backlog: of a hundred thousand events only a window is in memory, and every one is run
// once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "streams/delivery/test_support.h"

namespace millrace::streams {
namespace {

constexpr size_t kEventCount = 100'000;

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

void ExpectGrowthBelow(size_t before, size_t growth) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(ResidentBytes(), before + growth);
#else
  (void)before;
  (void)growth;
#endif
}

class Counter {
 public:
  void Add() {
    MutexLock lock(&mutex_);
    ++count_;
    grown_.NotifyAll();
  }
  void WaitFor(size_t count) {
    MutexLock lock(&mutex_);
    while (count_ < count) {
      grown_.Wait(&mutex_);
    }
  }

 private:
  Mutex mutex_;
  ConditionVariable grown_;
  size_t count_ GUARDED_BY(mutex_) = 0;
};

class BacklogTest : public DelivererTest {
 protected:
  BacklogTest() : DelivererTest(SmallBuffers()) {}

  static engine::Options SmallBuffers() {
    engine::Options options;
    options.durability = engine::Durability::kNone;
    options.write_buffer_bytes = 4 << 20;
    options.block_cache_bytes = 8 << 20;
    options.item_cache_bytes = 0;
    return options;
  }
  // With some under way at a time, as clients do.
  void EnqueueAll(size_t payload_size) {
    constexpr size_t kUnderWayMax = 500;
    Counter stored;
    for (size_t index = 0; index < kEventCount; ++index) {
      if (index >= kUnderWayMax) {
        stored.WaitFor(index - kUnderWayMax);
      }
      std::string payload = std::to_string(index);
      payload.resize(payload_size, ' ');
      deliverer_->Enqueue({"f", "", std::move(payload), "", ""}, nullptr,
                          [&](const Result<std::string>& id) {
                            EXPECT_TRUE(id.ok());
                            stored.Add();
                          });
    }
    stored.WaitFor(kEventCount);
  }
  void OpenDeliverer(Invoker* invoker) {
    DelivererParts parts;
    parts.engine = engine_.get();
    parts.functions = &functions_;
    parts.invoker = invoker;
    parts.queues = queues_.get();
    parts.clock = &clock_;
    parts.random = &random_;
    deliverer_ = std::make_unique<Deliverer>(parts);
    ASSERT_TRUE(deliverer_->Load().ok());
    deliverer_->Start();
  }
};

// Throttles, or notes which events have come. On the thread of the deliverer, apart from `count`.
class CountingInvoker final : public Invoker {
 public:
  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override {
    if (throttles.load()) {
      done(FakeInvoker::Failure(InvokeOutcome::kThrottled));
      return;
    }
    const size_t index = std::stoul(*request.payload);
    EXPECT_FALSE(seen_[index]);
    seen_[index] = true;
    done(FakeInvoker::Success());
    count.Add();
  }
  std::atomic<bool> throttles = true;
  Counter count;

 private:
  std::vector<bool> seen_ = std::vector<bool>(kEventCount);
};

TEST_F(BacklogTest, IsRunInBoundedMemory) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "RocksDB is not instrumented, and flushes so much on threads of its own";
#endif
  CountingInvoker invoker;
  deliverer_->Stop();
  OpenDeliverer(&invoker);
  const size_t before = ResidentBytes();
  constexpr size_t kPayloadSize = 2048;
  EnqueueAll(kPayloadSize);
  const PendingDeliveries pending = Pending();
  ASSERT_EQ(pending.events.size(), 1u);
  EXPECT_EQ(pending.events[0].count, static_cast<int64_t>(kEventCount));
  ExpectGrowthBelow(before, kEventCount * kPayloadSize / 2);
  deliverer_->Stop();
  invoker.throttles = false;
  clock_.AdvanceMs(1000);  // the first one had to wait
  OpenDeliverer(&invoker);
  invoker.count.WaitFor(kEventCount);
  Settle();
  EXPECT_EQ(StoredRows(), 0u);
  ExpectGrowthBelow(before, kEventCount * kPayloadSize / 2);
  deliverer_->Stop();
}

}  // namespace
}  // namespace millrace::streams
