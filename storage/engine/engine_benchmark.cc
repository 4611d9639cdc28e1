// How close the commit pipeline comes to RocksDB alone: durable puts with 64 requests in flight,
// against synced batches of 64 in a bare loop. Both on the folder for temporary files, so name a
// real disk in TMPDIR.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "storage/base/random.h"
#include "storage/engine/engine.h"
#include "storage/engine/test_support.h"

namespace millrace::engine {
namespace {

constexpr int kInFlight = 64;
constexpr size_t kValueSize = 200;

// A key of the size and spread of an item's.
std::string RandomKey(Random* random) {
  std::string key(28, '\0');
  for (size_t place = 4; place < key.size(); place += 8) {
    const uint64_t bits = random->Next64();
    key.replace(place, 8, reinterpret_cast<const char*>(&bits), 8);
  }
  return key;
}

// A put that reads what it overwrites, over and over.
class PutLoop final : public Mutation {
 public:
  PutLoop(TaskQueue* queue, Random* random)
      : random_(random), value_(kValueSize, 'v'), queue_(queue) {
    Renew();
  }
  void Renew() {
    key_ = RandomKey(random_);
    mutation_key_ = {Space::kItems, key_};
  }
  std::span<const MutationKey> keys() const override { return {&mutation_key_, 1}; }
  size_t weight_bytes() const override { return 300; }
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    benchmark::DoNotOptimize(current[0].found());
    writes->Put(Space::kItems, key_, value_);
    writes->AddToCounters(1, 1, kValueSize);
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return queue_; }
  void Complete(const Status& status) override {
    CHECK(status.ok());
    completed_ = true;
  }
  bool TakeCompleted() { return std::exchange(completed_, false); }

 private:
  Random* const random_;
  std::string key_;
  const std::string value_;
  MutationKey mutation_key_;
  TaskQueue* const queue_;
  bool completed_ = false;
};

void BM_PipelinePuts(benchmark::State& state) {
  TemporaryDirectory directory;
  Options options;
  options.data_dir = directory.path();
  options.durability = state.range(0) != 0 ? Durability::kSync : Durability::kNone;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
  CHECK(engine.ok());
  engine.value()->Start();
  ManualQueue queue;
  SeededRandom random(1);
  std::vector<std::unique_ptr<PutLoop>> loops;
  for (int index = 0; index < kInFlight; ++index) {
    loops.push_back(std::make_unique<PutLoop>(&queue, &random));
    CHECK(engine.value()->Submit(loops.back().get()).ok());
  }
  int64_t puts = 0;
  for (auto _ : state) {
    queue.RunTasks(1);
    for (const std::unique_ptr<PutLoop>& loop : loops) {
      if (loop->TakeCompleted()) {
        ++puts;
        loop->Renew();
        CHECK(engine.value()->Submit(loop.get()).ok());
      }
    }
  }
  queue.RunTasks(kInFlight);
  state.SetItemsProcessed(puts);
  state.counters["group"] = static_cast<double>(engine.value()->statistics().requests) /
                            static_cast<double>(engine.value()->statistics().groups);
}
BENCHMARK(BM_PipelinePuts)->Arg(1)->Arg(0)->ArgName("sync")->UseRealTime();

void BM_BareBatches(benchmark::State& state) {
  TemporaryDirectory directory;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 16 << 20;
  rocksdb::DB* opened = nullptr;
  CHECK(rocksdb::DB::Open(options, directory.path(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  SeededRandom random(1);
  const std::string value(kValueSize, 'v');
  rocksdb::WriteOptions write_options;
  write_options.sync = state.range(0) != 0;
  rocksdb::WriteBatch batch;
  for (auto _ : state) {
    batch.Clear();
    for (int index = 0; index < kInFlight; ++index) {
      CHECK(batch.Put(RandomKey(&random), value).ok());
    }
    CHECK(db->Write(write_options, &batch).ok());
  }
  state.SetItemsProcessed(state.iterations() * kInFlight);
}
BENCHMARK(BM_BareBatches)->Arg(1)->Arg(0)->ArgName("sync")->UseRealTime();

// From nothing to an open, empty database, and opening it again.
void BM_Open(benchmark::State& state) {
  const bool fresh = state.range(0) != 0;
  TemporaryDirectory directory;
  Options options;
  int round = 0;
  for (auto _ : state) {
    options.data_dir = directory.path() + "/" + std::to_string(fresh ? ++round : 0);
    Result<std::unique_ptr<Engine>> engine = Engine::Open(options);
    CHECK(engine.ok());
    state.PauseTiming();
    engine.value().reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Open)->Arg(1)->Arg(0)->ArgName("fresh")->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace::engine

BENCHMARK_MAIN();
