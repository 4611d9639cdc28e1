// The ceiling for durable writes: RocksDB alone, without a server around it, on the same disk and
// with the settings that matter for small synced writes. Three loops: one thread writing batches,
// which is what a perfect committer would do; many threads with one write each, which is what
// RocksDB's own grouping makes of a pool of threads; and one thread with one write, which is the
// latency no durable server can beat.

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/bench_table.h"
#include "bench/load/flags.h"
#include "bench/load/histogram.h"
#include "bench/load/monotonic_clock.h"
#include "bench/load/process_sample.h"
#include "bench/load/random.h"

namespace millrace::bench {
namespace {

constexpr size_t kWriteBufferBytes = 16 << 20;

struct Settings {
  std::string data_dir;
  double seconds = 0;
  int64_t value_bytes = 0;
  int64_t keys = 0;
  int64_t batch_size = 0;
  int64_t threads = 0;
  std::vector<std::string> loops;
};

struct LoopResult {
  uint64_t puts = 0;
  uint64_t elapsed_ns = 0;
  uint64_t cpu_ns = 0;
  /// Of each synced write call.
  Histogram latency_ns;
};

/// The settings of the server's engine that matter to a stream of small synced writes. They are
/// repeated here, not shared: the ceiling must not move with the server's mistakes.
rocksdb::Options MakeOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 4;
  options.max_total_wal_size = 4 * kWriteBufferBytes;
  options.bytes_per_sync = 1 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

/// The database under test and the material for its writes.
class Store {
 public:
  explicit Store(const Settings& settings) : settings_(settings) {
    rocksdb::DB* opened = nullptr;
    Check(rocksdb::DB::Open(MakeOptions(), settings.data_dir, &opened));
    database_.reset(opened);
    write_options_.sync = true;
    Random random(1);
    for (int64_t i = 0; i < settings.value_bytes * 2; i++) {
      pool_.push_back(static_cast<char>(random.Below(256)));
    }
  }

  /// One synced write of `count` random keys; returns how long it took in nanoseconds.
  uint64_t WriteSynced(int64_t count, Random& random) {
    rocksdb::WriteBatch batch;
    std::string key;
    for (int64_t i = 0; i < count; i++) {
      key.assign("item-");
      AppendDecimal(random.Below(static_cast<uint64_t>(settings_.keys)), 10, &key);
      const auto size = static_cast<size_t>(settings_.value_bytes);
      Check(batch.Put(key, rocksdb::Slice(pool_.data() + random.Below(size), size)));
    }
    const uint64_t begin = NowNanoseconds();
    Check(database_->Write(write_options_, &batch));
    return NowNanoseconds() - begin;
  }

 private:
  static void Check(const rocksdb::Status& status) {
    if (!status.ok()) Fail("RocksDB: " + status.ToString());
  }

  const Settings settings_;
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::WriteOptions write_options_;
  std::string pool_;
};

/// `threads` threads, each writing `batch_size` keys at a time, for settings.seconds.
LoopResult RunLoop(Store& store, const Settings& settings, int64_t threads, int64_t batch_size) {
  std::vector<LoopResult> results(static_cast<size_t>(threads));
  const uint64_t cpu_begin = OwnCpuNanoseconds();
  const uint64_t begin = NowNanoseconds();
  const uint64_t end =
      begin + static_cast<uint64_t>(settings.seconds * static_cast<double>(kNanosecondsPerSecond));
  std::vector<std::thread> running;
  for (int64_t i = 0; i < threads; i++) {
    running.emplace_back([&store, &results, i, end, batch_size] {
      LoopResult& result = results[static_cast<size_t>(i)];
      Random random(static_cast<uint64_t>(i));
      while (NowNanoseconds() < end) {
        result.latency_ns.Record(store.WriteSynced(batch_size, random));
        result.puts += static_cast<uint64_t>(batch_size);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  LoopResult total;
  total.elapsed_ns = NowNanoseconds() - begin;
  total.cpu_ns = OwnCpuNanoseconds() - cpu_begin;
  for (const LoopResult& result : results) {
    total.puts += result.puts;
    total.latency_ns.Add(result.latency_ns);
  }
  return total;
}

void Print(const char* name, const LoopResult& result) {
  const double seconds = static_cast<double>(result.elapsed_ns) / kNanosecondsPerSecond;
  const auto puts = static_cast<double>(std::max<uint64_t>(1, result.puts));
  std::printf(
      "{\"loop\":\"%s\",\"puts_per_second\":%.0f,\"cpu_us_per_put\":%.2f,"
      "\"write_us_p50\":%.1f,\"write_us_p99\":%.1f}\n",
      name, static_cast<double>(result.puts) / seconds,
      static_cast<double>(result.cpu_ns) / 1000.0 / puts,
      static_cast<double>(result.latency_ns.Percentile(50)) / 1000.0,
      static_cast<double>(result.latency_ns.Percentile(99)) / 1000.0);
  std::fflush(stdout);
}

int RunAll(int argc, char** argv) {
  Flags flags(argc, argv, "Synced writes to bare RocksDB; prints one JSON object for each loop.");
  Settings settings;
  settings.data_dir = flags.Text("data_dir", "", "empty folder on the disk to measure");
  settings.seconds = flags.Number("seconds", 5, "length of each loop");
  settings.value_bytes = flags.Integer("value_bytes", 200, "size of a value");
  settings.keys = flags.Integer("keys", 100'000, "number of different keys");
  settings.batch_size = flags.Integer("batch_size", 64, "puts of one batch in the batch loop");
  settings.threads = flags.Integer("threads", 64, "threads of the threads loop");
  settings.loops = flags.Words("loops", "batch,threads,single", "which loops to run");
  const std::vector<int64_t> processors = flags.Integers("cpu", "", "bind to these processors");
  flags.Finish();
  if (settings.data_dir.empty()) Fail("--data_dir is needed");
  if (settings.value_bytes < 1 || settings.keys < 1 || settings.batch_size < 1 ||
      settings.threads < 1) {
    Fail("sizes and counts must be positive");
  }
  if (!processors.empty() && !PinProcess(0, processors)) Fail("--cpu failed");
  Store store(settings);
  for (const std::string& loop : settings.loops) {
    if (loop == "batch") {
      Print("batch", RunLoop(store, settings, 1, settings.batch_size));
    } else if (loop == "threads") {
      Print("threads", RunLoop(store, settings, settings.threads, 1));
    } else if (loop == "single") {
      Print("single", RunLoop(store, settings, 1, 1));
    } else {
      Fail("there is no loop '" + loop + "'");
    }
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::RunAll(argc, argv); }
