// JSON: parsing the body of a PutItem, and writing strings as replies need them. Arguments are item
// sizes in bytes.

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/bench_table.h"
#include "bench/load/random.h"
#include "bench/micro/allocations.h"
#include "storage/base/json.h"

namespace millrace::bench {
namespace {

std::string PutItemBody(int64_t item_bytes) {
  const BenchTable table("bench", TableShape::kItems, item_bytes);
  Random random(1);
  std::string body = "{\"TableName\":\"" + table.name() + "\",\"Item\":";
  table.AppendItem(42, 1'735'689'600'000'000, random, &body);
  return body + "}";
}

/// Parsing works in the buffer itself, so each iteration starts with copying the text into it; that
/// copy is part of the time, as reading from a socket is of the server's.
void ParseText(benchmark::State& state, const std::string& text) {
  std::vector<char> buffer(text.size() + 1);
  json::Document document;
  const CountAllocations count(state);
  for (auto _ : state) {
    std::memcpy(buffer.data(), text.c_str(), text.size() + 1);
    const Status status = document.Parse({buffer.data(), text.size()});
    if (!status.ok()) state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(document.root().node());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void ParsePutItem(benchmark::State& state) { ParseText(state, PutItemBody(state.range(0))); }
BENCHMARK(ParsePutItem)->Arg(200)->Arg(1024)->Arg(102'400);

void ParseManySmallValues(benchmark::State& state) {
  std::string text = "{\"Item\":{";
  for (int64_t i = 0; i < state.range(0); i++) {
    text += (i == 0 ? "\"" : ",\"") + std::string("attribute") + std::to_string(i) +
            "\":{\"N\":\"" + std::to_string(i) + "\"}";
  }
  ParseText(state, text + "}}");
}
BENCHMARK(ParseManySmallValues)->Arg(10)->Arg(100)->Arg(1000);

void FindTableName(benchmark::State& state) {
  std::string text = PutItemBody(200);
  json::Document document;
  if (!document.Parse({text.data(), text.size()}).ok()) state.SkipWithError("not parsed");
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(document.root().Find("TableName").AsString());
}
BENCHMARK(FindTableName);

void WriteStrings(benchmark::State& state, std::string_view pattern) {
  std::string text;
  while (text.size() < static_cast<size_t>(state.range(0))) text += pattern;
  std::string out;
  const CountAllocations count(state);
  for (auto _ : state) {
    out.clear();
    json::AppendQuoted(&out, text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(WriteStrings, plain, "abcdefghij")->Arg(20)->Arg(200)->Arg(102'400);
BENCHMARK_CAPTURE(WriteStrings, escaped, "line\n\"quote\"")->Arg(20)->Arg(200)->Arg(102'400);

}  // namespace
}  // namespace millrace::bench

BENCHMARK_MAIN();
