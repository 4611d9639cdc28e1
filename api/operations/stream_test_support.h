// Helpers of the tests of stream operations: calls through the dispatcher on a real store with a
// thread for completions, tables with streams, and following iterators. Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "api/operations/operations.h"
#include "api/wire/dispatch.h"
#include "api/wire/parsed_json.h"
#include "storage/base/worker_pool.h"
#include "storage/tables/stream_change.h"
#include "storage/tables/test_support.h"

namespace millrace::api {

class StreamTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    workers_.Start();
    services_.catalog = store_.catalog();
    services_.items = store_.items();
    services_.streams = store_.streams();
    services_.change_log = store_.change_log();
    services_.workers = &workers_;
    services_.clock = &store_.clock();
    services_.random = &random_;
  }
  void TearDown() override { workers_.Stop(); }

  // A call whose completions run on the calling thread. Thread-safe.
  std::string Run(std::string_view operation, std::string_view text, int* http_status = nullptr) {
    class QueuedCall final : public Call {
     public:
      void Finish() override { finished = true; }
      bool finished = false;
    };
    const Dispatcher dispatcher(services_, AllOperations());
    const Operation* const found = dispatcher.Find("DynamoDB_20120810." + std::string(operation));
    CHECK(found != nullptr);
    const ParsedJson parsed(text);
    CHECK(parsed.valid());
    engine::ManualQueue queue;
    QueuedCall call;
    call.input = parsed.root();
    call.home = &queue;
    dispatcher.Run(*found, &call);
    while (!call.finished) {
      queue.RunTasks(1);
    }
    if (http_status != nullptr) {
      *http_status = call.http_status;
    }
    return call.body;
  }
  // The name and message of the error that a call fails with.
  std::string Error(std::string_view operation, std::string_view text) {
    int http_status = 0;
    const std::string body = Run(operation, text, &http_status);
    EXPECT_EQ(http_status, 400) << body;
    const ParsedJson parsed(body);
    const std::string name(parsed.root().Find("__type").AsString());
    const json::Value message = parsed.root().Find("message");
    return name.substr(name.find('#') + 1) + ": " +
           std::string(message.present() ? message.AsString() : "");
  }

  // Makes a table with partition key "a" and a stream; returns the stream's ARN.
  std::string CreateTable(std::string_view name,
                          std::string_view view_type = "NEW_AND_OLD_IMAGES") {
    const std::string body =
        Run("CreateTable",
            R"({"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
            R"("AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],)"
            R"("BillingMode":"PAY_PER_REQUEST","StreamSpecification":{"StreamEnabled":true,)"
            R"("StreamViewType":")" +
                std::string(view_type) + R"("},"TableName":")" + std::string(name) + "\"}");
    return LatestArn(body, "TableDescription");
  }
  static std::string LatestArn(std::string_view body, std::string_view member) {
    const ParsedJson parsed(body);
    const json::Value arn = parsed.root().Find(member).Find("LatestStreamArn");
    CHECK(arn.present());
    return std::string(arn.AsString());
  }
  void Put(std::string_view table, std::string_view key, std::string_view value) {
    int http_status = 0;
    const std::string body =
        Run("PutItem",
            R"({"TableName":")" + std::string(table) + R"(","Item":{"a":{"S":")" +
                std::string(key) + R"("},"v":{"S":")" + std::string(value) + R"("}}})",
            &http_status);
    CHECK(http_status == 200);
  }
  std::string EnableOrDisable(std::string_view table, bool enabled) {
    return Run("UpdateTable", R"({"TableName":")" + std::string(table) +
                                  R"(","StreamSpecification":{"StreamEnabled":)" +
                                  (enabled ? R"(true,"StreamViewType":"KEYS_ONLY"}})" : "false}}"));
  }

  tables::StreamPointer Latest() { return store_.streams()->All().back(); }
  std::string ShardIdOf(size_t index) {
    const tables::StreamPointer stream = Latest();
    return tables::ShardId(*stream, stream->shards.at(index));
  }
  Status RollOver(const ShardDescriptor& shard) {
    return tables::RollShardOver(store_.engine(), store_.streams(), Latest()->descriptor.stream_id,
                                 shard);
  }

  static std::string IteratorRequest(std::string_view arn, std::string_view shard_id,
                                     std::string_view type, std::string_view members = "") {
    return R"({"StreamArn":")" + std::string(arn) + R"(","ShardId":")" + std::string(shard_id) +
           R"(","ShardIteratorType":")" + std::string(type) + "\"" + std::string(members) + "}";
  }
  std::string Iterator(std::string_view arn, std::string_view shard_id, std::string_view type,
                       std::string_view members = "") {
    const std::string body = Run("GetShardIterator", IteratorRequest(arn, shard_id, type, members));
    const ParsedJson parsed(body);
    const json::Value iterator = parsed.root().Find("ShardIterator");
    EXPECT_TRUE(iterator.present()) << body;
    return iterator.present() ? std::string(iterator.AsString()) : std::string();
  }
  static std::string RecordsRequest(std::string_view iterator, int limit = 0) {
    return R"({"ShardIterator":")" + std::string(iterator) + "\"" +
           (limit == 0 ? "" : R"(,"Limit":)" + std::to_string(limit)) + "}";
  }

  // A page of records: event names with the values they are about, and the way on.
  struct Page {
    std::vector<std::string> records;
    std::vector<std::string> sequence_numbers;
    std::string next;  // empty: none
  };
  Page Read(std::string_view iterator, int limit = 0) {
    int http_status = 0;
    const std::string body = Run("GetRecords", RecordsRequest(iterator, limit), &http_status);
    EXPECT_EQ(http_status, 200) << body;
    const ParsedJson parsed(body);
    Page page;
    if (http_status != 200 || !parsed.valid()) {
      ADD_FAILURE() << body;
      return page;
    }
    for (const json::Value record : parsed.root().Find("Records").elements()) {
      const json::Value change = record.Find("dynamodb");
      const json::Value image = change.Find("NewImage");
      page.records.push_back(
          std::string(record.Find("eventName").AsString()) +
          (image.present() ? " " + std::string(image.Find("v").Find("S").AsString()) : ""));
      page.sequence_numbers.emplace_back(change.Find("SequenceNumber").AsString());
    }
    const json::Value next = parsed.root().Find("NextShardIterator");
    page.next = next.present() ? std::string(next.AsString()) : std::string();
    return page;
  }

  tables::TestStore store_;
  WorkerPool workers_{1, 100};
  SeededRandom random_{7};
  Services services_;
};

}  // namespace millrace::api
