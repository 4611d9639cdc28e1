// What the workloads send and what they accept. Wrong replies must be noticed: a benchmark of wrong
// answers is worth nothing.

#include "bench/load/workload.h"

#include <map>
#include <set>
#include <string>

#include "bench/load/fake_server.h"
#include "bench/load/simple_client.h"
#include "bench/load/workloads.h"
#include "gtest/gtest.h"

namespace millrace::bench {
namespace {

WorkloadSettings Settings(TableShape shape, int connections) {
  WorkloadSettings settings;
  settings.item_bytes = 200;
  settings.item_count = 1000;
  settings.connections = connections;
  settings.table = std::make_shared<BenchTable>("t", shape, 200);
  return settings;
}

std::string BodyOf(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

TEST(BenchTableTest, ItemsHaveTheSizeAsked) {
  for (const TableShape shape : {TableShape::kItems, TableShape::kPartitions,
                                 TableShape::kIndexedItems, TableShape::kIndexedPartitions}) {
    const BenchTable table("t", shape, 200);
    Random random(1);
    std::string item;
    table.AppendItem(7, 1'735'689'600'000'000, random, &item);
    // The JSON around the counted bytes: quotes, colons, commas, braces and type names.
    const size_t frame =
        shape == TableShape::kItems || shape == TableShape::kIndexedItems
            ? std::string("{'':{'S':''},'':{'N':''},'':{'BOOL':},'':{'S':''}}").size()
            : std::string(
                  "{'':{'S':''},'':{'S':''},'':{'N':''},'':{'BOOL':},'':{'S"
                  "':''}}")
                  .size();
    // DynamoDB counts 9 bytes for the 16 digits and 1 for the 4 letters of `true`.
    EXPECT_EQ(item.size() - frame - (16 - 9) - (4 - 1), 200u) << item;
  }
}

TEST(BenchTableTest, KeysOfPartitions) {
  const BenchTable table("t", TableShape::kPartitions, 200);
  std::string key;
  table.AppendKey(742, &key);
  EXPECT_EQ(key, R"({"pk":{"S":"part-0000000007"},"sk":{"S":"00042"}})");
}

TEST(FindInReplyTest, ANumberIsFoundWholeAndOnlyNearTheEnds) {
  EXPECT_EQ(FindInReply(R"({"Count":100})", "\"Count\":10"), std::string_view::npos);
  EXPECT_EQ(FindInReply(R"({"Count":10})", "\"Count\":10"), 1u);
  EXPECT_EQ(FindInReply(R"({"Count":100,"Count":10})", "\"Count\":10"), 13u);
  const std::string filler(100'000, 'x');
  EXPECT_EQ(FindInReply("ab" + filler, "ab"), 0u);
  EXPECT_EQ(FindInReply(filler + "ab", "ab"), 100'000u);
  EXPECT_EQ(FindInReply(filler + "ab" + filler, "ab"), std::string_view::npos);
}

TEST(WorkloadTest, AllWorkloadsWriteCallsForTheirTable) {
  std::set<std::string_view> names;
  for (const WorkloadKind& kind : AllWorkloads()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_EQ(FindWorkload(kind.name), &kind);
    const TableShape shape = kind.shape == TableShape::kNone ? TableShape::kItems : kind.shape;
    const auto workload = kind.make(Settings(shape, 4));
    Slot slot(3, 4, 5);
    for (int i = 0; i < 200; i++) {
      ASSERT_TRUE(workload->NextCall(slot)) << kind.name;
      EXPECT_EQ(slot.call.body.front(), '{') << kind.name;
      EXPECT_EQ(slot.call.body.back(), '}') << kind.name;
    }
    EXPECT_FALSE(workload->CheckReply(slot, 500, "{}").empty()) << kind.name;
  }
  EXPECT_EQ(FindWorkload("nothing"), nullptr);
}

TEST(WorkloadTest, GetAcceptsOnlyTheItemAskedFor) {
  const WorkloadSettings settings = Settings(TableShape::kItems, 1);
  const auto workload = MakeGet(settings);
  Slot slot(0, 1, 1);
  ASSERT_TRUE(workload->NextCall(slot));
  const std::string key = slot.call.fragment;
  const std::string reply = "{\"Item\":{\"pk\":{\"S\":\"" + key + "\"}" + std::string(200, ' ');
  EXPECT_EQ(workload->CheckReply(slot, 200, reply), "");
  EXPECT_NE(workload->CheckReply(slot, 400, reply), "");
  EXPECT_NE(workload->CheckReply(slot, 200, "{}"), "");
  EXPECT_NE(workload->CheckReply(slot, 200, "{\"pk\":{\"S\":\"" + key + "\"}}"), "");
  std::string other = reply;
  other[other.find(key) + key.size() - 1] ^= 1;
  EXPECT_NE(workload->CheckReply(slot, 200, other), "");
}

TEST(WorkloadTest, ScanFollowsKeysAndCountsAPass) {
  const auto workload = MakeScan(Settings(TableShape::kItems, 1));
  Slot slot(0, 1, 1);
  ASSERT_TRUE(workload->NextCall(slot));
  EXPECT_EQ(slot.call.body.find("ExclusiveStartKey"), std::string::npos);
  const std::string key = R"({"pk":{"S":"item-0000000009"}})";
  const std::string page =
      R"({"Items":[],"Count":600,"ScannedCount":600,"LastEvaluatedKey":)" + key + "}";
  EXPECT_EQ(workload->CheckReply(slot, 200, page), "");
  ASSERT_TRUE(workload->NextCall(slot));
  EXPECT_NE(slot.call.body.find("\"ExclusiveStartKey\":" + key + "}"), std::string::npos);
  const std::string last = R"({"Count":400,"Items":[],"ScannedCount":400})";
  EXPECT_EQ(workload->CheckReply(slot, 200, last), "");
  EXPECT_NE(workload->CheckReply(slot, 200, last), "") << "a pass that lacks 600 items";
}

TEST(WorkloadTest, PutReadsBackWhatWasAcknowledged) {
  // Remembers puts by key; the second half of the test answers with what was there before.
  std::map<std::string, std::string> items;
  bool forgets = false;
  FakeServer server([&](const std::string& request) -> FakeServer::Answer {
    const std::string body = BodyOf(request);
    const std::string key = body.substr(body.find("item-"), 15);
    if (request.find(".PutItem\r\n") != std::string::npos) {
      if (!forgets) items[key] = body.substr(body.find("\"revision\""), 36);
      return {.body = "{}"};
    }
    return {.body = "{\"Item\":{" + items[key] + "}}"};
  });
  const auto workload = MakePut(Settings(TableShape::kItems, 4));
  SimpleClient client(ParseEndpoint(server.url()));
  Slot slot(1, 4, 9);
  const auto put = [&] {
    ASSERT_TRUE(workload->NextCall(slot));
    EXPECT_EQ(slot.item % 4, 1u);
    const SimpleClient::Reply reply = client.Ask(slot.call.operation, slot.call.body);
    EXPECT_EQ(workload->CheckReply(slot, reply.status, reply.body), "");
  };
  for (int i = 0; i < 50; i++) put();
  EXPECT_EQ(workload->CheckStored(client), "");
  forgets = true;
  put();
  EXPECT_NE(workload->CheckStored(client), "");
}

TEST(WorkloadTest, ACounterMayNotLoseAdditions) {
  int stored = 100;
  FakeServer server([&](const std::string&) -> FakeServer::Answer {
    return {.body = "{\"Item\":{\"hits\":{\"N\":\"" + std::to_string(stored) + "\"}}}"};
  });
  SimpleClient client(ParseEndpoint(server.url()));
  const auto workload = MakeUpdateCounter(Settings(TableShape::kItems, 2));
  Slot slot(0, 2, 9);
  const auto add = [&] {
    ASSERT_TRUE(workload->NextCall(slot));
    stored++;
    EXPECT_EQ(
        workload->CheckReply(
            slot, 200, "{\"Attributes\":{\"hits\":{\"N\":\"" + std::to_string(stored) + "\"}}}"),
        "");
  };
  for (int i = 0; i < 20; i++) add();
  EXPECT_EQ(workload->CheckStored(client), "");
  stored--;
  EXPECT_NE(workload->CheckStored(client), "") << "the last addition is gone";
  add();
  EXPECT_NE(workload->CheckStored(client), "") << "the same value was returned twice";
}

}  // namespace
}  // namespace millrace::bench
