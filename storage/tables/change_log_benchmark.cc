// What a long log costs: opening it at a place, finding a time, and reading on, with a number of
// records that the environment variable MILLRACE_LOG_RECORDS sets (a million unless told). The
// figures should not depend on it, nor the memory that a read takes. On the folder for temporary
// files, so name a real disk in TMPDIR.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "storage/base/random.h"
#include "storage/tables/log_test_support.h"

namespace millrace::tables {
namespace {

constexpr int kRecordsPerCommit = 1000;
constexpr size_t kPayloadSize = 200;
constexpr uint32_t kStreamId = 1;
constexpr uint16_t kHashRanges = 4;

uint64_t RecordCount() {
  const char* const text = std::getenv("MILLRACE_LOG_RECORDS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

// Resident memory of this process in MB.
double ResidentMegabytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * 4096 / 1e6;
}

// A store with the records, made when first asked for. Their times are a second apart per commit.
class FilledLog {
 public:
  static FilledLog* Instance() {
    static FilledLog log;
    return &log;
  }
  LogStore& store() { return store_; }
  int64_t first_time_ms() const { return first_time_ms_; }
  int64_t last_time_ms() { return store_.clock().NowMs(); }
  uint64_t last_sequence() { return store_.log()->last_sequence(); }

 private:
  FilledLog() {
    CHECK(store_.Open().ok());
    CHECK(store_.MakeStream(kStreamId, 100, "table", kHashRanges).ok());
    first_time_ms_ = store_.clock().NowMs();
    SeededRandom random(3);
    std::string payload(kPayloadSize, '\0');
    std::vector<NewRecord> records(kRecordsPerCommit);
    for (uint64_t count = 0; count < RecordCount(); count += kRecordsPerCommit) {
      for (NewRecord& record : records) {
        for (size_t place = 0; place < kPayloadSize; place += 8) {
          const uint64_t bits = random.Next64() & 0x0f0f0f0f0f0f0f0fULL;
          payload.replace(place, 8, reinterpret_cast<const char*>(&bits), 8);
        }
        record.stream_id = kStreamId;
        record.hash_range = random.Next64() % kHashRanges;
        record.payload = payload;
      }
      store_.Append(records);
      store_.clock().AdvanceMs(1000);
    }
    // What the writing held in memory is no part of what reading costs.
    CHECK(store_.Open().ok());
  }
  LogStore store_;
  int64_t first_time_ms_ = 0;
};

class Counter final : public ChangeVisitor {
 public:
  explicit Counter(uint64_t count_max = UINT64_MAX) : count_max_(count_max) {}
  bool Visit(const LoggedChange& change) override {
    if (count_ == count_max_) {
      return false;
    }
    ++count_;
    size_bytes_ += change.record.new_image.encoded().size();
    last_ = change.sequence;
    return true;
  }
  uint64_t count() const { return count_; }
  uint64_t last() const { return last_; }

 private:
  const uint64_t count_max_;
  uint64_t count_ = 0;
  uint64_t size_bytes_ = 0;
  uint64_t last_ = 0;
};

// Opening at an arbitrary place and taking the first record there.
void BM_OpenAtSequence(benchmark::State& state) {
  FilledLog* const log = FilledLog::Instance();
  SeededRandom random(4);
  const uint64_t last = log->last_sequence();
  for (auto _ : state) {
    const auto first = log->store().log()->First({kStreamId, 0, random.Next64() % last, 0});
    CHECK(first.ok());
    benchmark::DoNotOptimize(first);
  }
  state.counters["resident_mb"] = ResidentMegabytes();
}
BENCHMARK(BM_OpenAtSequence)->UseRealTime();

void BM_FindTime(benchmark::State& state) {
  FilledLog* const log = FilledLog::Instance();
  SeededRandom random(5);
  const uint64_t span_ms = log->last_time_ms() - log->first_time_ms();
  for (auto _ : state) {
    const auto found = log->store().log()->FindTime(
        {kStreamId, 1, 0, 0},
        log->first_time_ms() + static_cast<int64_t>(random.Next64() % span_ms));
    CHECK(found.ok());
    benchmark::DoNotOptimize(found);
  }
  state.counters["resident_mb"] = ResidentMegabytes();
}
BENCHMARK(BM_FindTime)->UseRealTime();

// The whole of one hash range, in pages as GetRecords has them.
void BM_ReadPages(benchmark::State& state) {
  FilledLog* const log = FilledLog::Instance();
  uint64_t from = 0;
  uint64_t count = 0;
  for (auto _ : state) {
    Counter counter(1000);
    CHECK(log->store().log()->Read({kStreamId, 0, from, 0}, &counter).ok());
    from = counter.count() == 0 ? 0 : counter.last() + 1;
    count += counter.count();
  }
  state.SetItemsProcessed(static_cast<int64_t>(count));
  state.counters["resident_mb"] = ResidentMegabytes();
}
BENCHMARK(BM_ReadPages)->UseRealTime();

// Everything in the total order, in one walk.
void BM_ReadMergedAll(benchmark::State& state) {
  FilledLog* const log = FilledLog::Instance();
  std::vector<LogRange> ranges;
  for (uint16_t hash_range = 0; hash_range < kHashRanges; ++hash_range) {
    ranges.push_back({kStreamId, hash_range, 0, 0});
  }
  uint64_t count = 0;
  for (auto _ : state) {
    Counter counter;
    CHECK(log->store().log()->ReadMerged(ranges, &counter).ok());
    count += counter.count();
  }
  state.SetItemsProcessed(static_cast<int64_t>(count));
  state.counters["resident_mb"] = ResidentMegabytes();
}
BENCHMARK(BM_ReadMergedAll)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace::tables

BENCHMARK_MAIN();
