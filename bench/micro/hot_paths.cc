// Runs the operations of hot_path.h: without arguments of its own as Google Benchmark, with
// --only=NAME --count=N as a plain loop for tools that count instructions.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/micro/allocations.h"
#include "bench/micro/hot_path.h"

namespace millrace::bench {
namespace {

/// Runs before anything is measured or counted: caches are filled, buffers have their size.
constexpr int kWarmUpRuns = 20;

std::vector<HotPath> AllHotPaths() {
  std::vector<HotPath> all;
  for (const auto& list :
       {StorageHotPaths(), ExpressionHotPaths(), CommitHotPaths(), RequestHotPaths()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

std::function<void()> Prepare(const HotPath& path) {
  std::function<void()> operation = path.prepare();
  for (int i = 0; i < kWarmUpRuns; i++) operation();
  return operation;
}

int List() {
  for (const HotPath& path : AllHotPaths()) std::printf("%s\n", std::string(path.name).c_str());
  return 0;
}

int Count(const std::string& only, int64_t count) {
  for (const HotPath& path : AllHotPaths()) {
    if (path.name != only) continue;
    const std::function<void()> operation = Prepare(path);
    for (int64_t i = 0; i < count; i++) operation();
    return 0;
  }
  std::fprintf(stderr, "there is no hot path '%s'; --list shows them\n", only.c_str());
  return 2;
}

void Measure(benchmark::State& state, const HotPath& path) {
  const std::function<void()> operation = Prepare(path);
  const CountAllocations count(state);
  for (auto _ : state) operation();
}

int RunBenchmarks(int argc, char** argv) {
  for (const HotPath& path : AllHotPaths()) {
    benchmark::RegisterBenchmark(std::string(path.name).c_str(), &Measure, path);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int RunAll(int argc, char** argv) {
  std::string only;
  int64_t count = 0;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--list") == 0) return List();
    if (std::strncmp(argv[i], "--only=", 7) == 0) only = argv[i] + 7;
    if (std::strncmp(argv[i], "--count=", 8) == 0) count = std::atoll(argv[i] + 8);
  }
  return only.empty() ? RunBenchmarks(argc, argv) : Count(only, count);
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::RunAll(argc, argv); }
