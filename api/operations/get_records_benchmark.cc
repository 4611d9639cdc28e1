// What GetRecords costs for each record: pages of 1000 records of items of about 200 bytes, with
// the CPU time of all threads, since most of a long page is read by the worker pool.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "api/operations/operations.h"
#include "api/wire/dispatch.h"
#include "api/wire/parsed_json.h"
#include "storage/base/worker_pool.h"
#include "storage/tables/test_support.h"

namespace millrace::api {
namespace {

constexpr int kItems = 20000;
constexpr std::string_view kCreate =
    R"({"TableName":"Music","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],)"
    R"("BillingMode":"PAY_PER_REQUEST","StreamSpecification":{"StreamEnabled":true,)"
    R"("StreamViewType":"NEW_IMAGE"}})";

class QueuedCall final : public Call {
 public:
  void Finish() override { finished = true; }
  bool finished = false;
};

// A store with a stream of kItems insertions.
class FilledStream {
 public:
  static FilledStream* Instance() {
    static FilledStream stream;
    return &stream;
  }
  ~FilledStream() { workers_.Stop(); }

  // Runs an operation; the answer stays in `call`, whose buffers are used again.
  void Run(std::string_view operation, json::Value input, QueuedCall* call) {
    call->Reset();
    call->finished = false;
    call->input = input;
    call->home = &queue_;
    dispatcher_.Run(*dispatcher_.Find("DynamoDB_20120810." + std::string(operation)), call);
    while (!call->finished) {
      queue_.RunTasks(1);
    }
    CHECK(call->http_status == 200);
  }
  void Run(std::string_view operation, std::string_view text, QueuedCall* call) {
    const ParsedJson parsed(text);
    Run(operation, parsed.root(), call);
  }
  const std::string& iterator() const { return iterator_; }

 private:
  FilledStream() {
    QueuedCall call;
    Run("CreateTable", kCreate, &call);
    const std::string filler(50, 'x');
    for (int index = 0; index < kItems; ++index) {
      const std::string number = std::to_string(100000 + index);
      Run("PutItem",
          R"({"TableName":"Music","Item":{"a":{"S":"key)" + number + R"("},"first":{"S":")" +
              filler + R"("},"second":{"S":")" + filler + R"("},"number":{"N":")" + number +
              R"("},"more":{"S":")" + filler + R"("},"flag":{"BOOL":true}}})",
          &call);
    }
    const tables::StreamPointer stream = store_.streams()->All().front();
    const ParsedJson description(
        (Run("DescribeTable", R"({"TableName":"Music"})", &call), call.body));
    Run("GetShardIterator",
        R"({"StreamArn":")" +
            std::string(description.root().Find("Table").Find("LatestStreamArn").AsString()) +
            R"(","ShardId":")" + tables::ShardId(*stream, stream->shards[0]) +
            R"(","ShardIteratorType":"TRIM_HORIZON"})",
        &call);
    const ParsedJson answer(call.body);
    iterator_ = answer.root().Find("ShardIterator").AsString();
  }

  Services MakeServices() {
    CHECK(store_.Open().ok());
    workers_.Start();
    Services services;
    services.catalog = store_.catalog();
    services.items = store_.items();
    services.streams = store_.streams();
    services.change_log = store_.change_log();
    services.workers = &workers_;
    services.clock = &store_.clock();
    services.random = &random_;
    return services;
  }

  tables::TestStore store_;
  WorkerPool workers_{1, 100};
  SeededRandom random_{7};
  engine::ManualQueue queue_;
  const Dispatcher dispatcher_{MakeServices(), AllOperations()};
  std::string iterator_;
};

// Follows the stream page by page, and begins again at its end.
void BM_GetRecords(benchmark::State& state) {
  FilledStream* const stream = FilledStream::Instance();
  const std::string limit = std::to_string(state.range(0));
  QueuedCall call;
  std::string iterator = stream->iterator();
  int64_t records = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    const ParsedJson request(R"({"ShardIterator":")" + iterator + R"(","Limit":)" + limit + "}");
    stream->Run("GetRecords", request.root(), &call);
    bytes += static_cast<int64_t>(call.body.size());
    records += state.range(0);
    // The iterator is the last member.
    const std::string_view body = call.body;
    const size_t end = body.size() - 2;
    const size_t begin = body.rfind('"', end - 1) + 1;
    iterator = body.substr(begin, end - begin);
    if (records % kItems == 0) {
      iterator = stream->iterator();
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_GetRecords)->Arg(10)->Arg(100)->Arg(1000)->MeasureProcessCPUTime();

}  // namespace
}  // namespace millrace::api

BENCHMARK_MAIN();
