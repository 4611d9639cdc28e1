// Stored bytes: building an item, finding an attribute where it lies, comparing images, numbers and
// keys.

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/micro/allocations.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_view.h"
#include "storage/codec/value_writer.h"
#include "storage/model/number.h"

namespace millrace::bench {
namespace {

constexpr uint32_t kTableId = 7;
constexpr uint64_t kSeed = 42;
constexpr std::string_view kNumberText = "1735689600000000";

/// The item of the load generator, with `attributes` more numbers in front of the payload.
ItemView BuildItem(int64_t payload_bytes, int64_t attributes, std::string* out) {
  Number revision;
  (void)Number::Parse(kNumberText, &revision);
  ItemBuilder builder(out);
  builder.Attribute("pk").String("item-0000000042");
  builder.Attribute("revision").NumberValue(revision);
  builder.Attribute("active").Bool(true);
  for (int64_t i = 0; i < attributes; i++) {
    builder.Attribute("attribute" + std::to_string(i)).NumberValue(Number::FromInt64(i));
  }
  builder.Attribute("payload").String(std::string(static_cast<size_t>(payload_bytes), 'x'));
  return builder.Finish();
}

void BuildItems(benchmark::State& state) {
  const std::string payload(static_cast<size_t>(state.range(0)), 'x');
  Number revision;
  (void)Number::Parse(kNumberText, &revision);
  std::string out;
  const CountAllocations count(state);
  for (auto _ : state) {
    out.clear();
    ItemBuilder builder(&out);
    builder.Attribute("pk").String("item-0000000042");
    builder.Attribute("revision").NumberValue(revision);
    builder.Attribute("active").Bool(true);
    builder.Attribute("payload").String(payload);
    benchmark::DoNotOptimize(builder.Finish().DynamoSize());
  }
}
BENCHMARK(BuildItems)->Arg(143)->Arg(967)->Arg(102'343);

/// The argument is the number of attributes to step over.
void FindLastAttribute(benchmark::State& state) {
  std::string bytes;
  BuildItem(143, state.range(0), &bytes);
  const CountAllocations count(state);
  for (auto _ : state) {
    const ItemView item = ItemView::At(bytes);
    benchmark::DoNotOptimize(item.Find("payload").payload());
  }
}
BENCHMARK(FindLastAttribute)->Arg(0)->Arg(10)->Arg(100);

void Validate(benchmark::State& state) {
  std::string bytes;
  BuildItem(143, state.range(0), &bytes);
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(ValidateItem(bytes));
}
BENCHMARK(Validate)->Arg(0)->Arg(100);

void CompareEqualImages(benchmark::State& state) {
  std::string first;
  std::string second;
  const ItemView first_item = BuildItem(state.range(0), 0, &first);
  const ItemView second_item = BuildItem(state.range(0), 0, &second);
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(ItemsEqual(first_item, second_item));
}
BENCHMARK(CompareEqualImages)->Arg(143)->Arg(102'343);

void ParseNumber(benchmark::State& state) {
  const CountAllocations count(state);
  for (auto _ : state) {
    Number number;
    benchmark::DoNotOptimize(Number::Parse(kNumberText, &number));
    benchmark::DoNotOptimize(number);
  }
}
BENCHMARK(ParseNumber);

void WriteSortableNumberAsText(benchmark::State& state) {
  Number number;
  (void)Number::Parse(kNumberText, &number);
  std::string sortable;
  number.AppendSortable(&sortable);
  std::string out;
  const CountAllocations count(state);
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(Number::AppendSortableAsText(sortable, &out));
  }
}
BENCHMARK(WriteSortableNumberAsText);

void EncodeItemKey(benchmark::State& state) {
  std::string bytes;
  const ItemView item = BuildItem(143, 0, &bytes);
  std::string key;
  const CountAllocations count(state);
  for (auto _ : state) {
    key.clear();
    AppendItemKey(kTableId, kSeed, item.Find("pk"), item.Find("revision"), &key);
    benchmark::DoNotOptimize(key.data());
  }
}
BENCHMARK(EncodeItemKey);

}  // namespace
}  // namespace millrace::bench

BENCHMARK_MAIN();
