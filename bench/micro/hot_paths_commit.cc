// The commit pipeline on a store in memory: what a group of writes costs without network and disk.
// Each run commits exactly one group of 64, so that counts do not depend on how threads take turns.

#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include "bench/micro/hot_path.h"
#include "storage/base/check.h"
#include "storage/engine/engine.h"
#include "storage/engine/test_support.h"

namespace millrace::bench {
namespace {

constexpr int kGroupSize = 64;
constexpr size_t kKeyBytes = 36;
constexpr size_t kValueBytes = 200;

/// Keeps the committer busy until it is let go.
class Holder final : public engine::Mutation {
 public:
  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return 1; }
  Status Plan(std::span<const engine::PinnedValue>, engine::WriteSet*) override {
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status& status) override {
    CHECK(status.ok());
    begun.release();
    released.acquire();
  }

  std::binary_semaphore begun{0};
  std::binary_semaphore released{0};
};

/// A put that reads what it overwrites, as PutItem does.
class Put final : public engine::Mutation {
 public:
  Put(int number, TaskQueue* queue) : queue_(queue), value_(kValueBytes, 'v') {
    key_ = std::to_string(100'000 + number * 7919);
    key_.resize(kKeyBytes, 'k');
    mutation_key_ = {engine::Space::kItems, key_};
  }
  std::span<const engine::MutationKey> keys() const override { return {&mutation_key_, 1}; }
  size_t weight_bytes() const override { return 300; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override {
    writes->Put(engine::Space::kItems, key_, value_);
    writes->AddToCounters(1, current[0].found() ? 0 : 1, kValueBytes);
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return queue_; }
  void Complete(const Status& status) override { CHECK(status.ok()); }

 private:
  TaskQueue* const queue_;
  std::string key_;
  const std::string value_;
  engine::MutationKey mutation_key_;
};

class Pipeline {
 public:
  Pipeline() {
    engine::Options options;
    options.in_memory = true;
    Result<std::unique_ptr<engine::Engine>> engine = engine::Engine::Open(options);
    CHECK(engine.ok());
    engine_ = std::move(engine).value();
    engine_->Start();
    for (int i = 0; i < kGroupSize; i++) puts_.push_back(std::make_unique<Put>(i, &queue_));
  }
  ~Pipeline() { engine_->Stop(); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void CommitGroup() {
    CHECK(engine_->Submit(&holder_).ok());
    holder_.begun.acquire();
    for (const auto& put : puts_) CHECK(engine_->Submit(put.get()).ok());
    holder_.released.release();
    queue_.RunTasks(kGroupSize);
  }

 private:
  engine::ManualQueue queue_;
  Holder holder_;
  std::vector<std::unique_ptr<Put>> puts_;
  std::unique_ptr<engine::Engine> engine_;
};

std::function<void()> CommitGroup() {
  const auto pipeline = std::make_shared<Pipeline>();
  return [pipeline] { pipeline->CommitGroup(); };
}

}  // namespace

std::vector<HotPath> CommitHotPaths() { return {{"commit.group-of-64", &CommitGroup}}; }

}  // namespace millrace::bench
