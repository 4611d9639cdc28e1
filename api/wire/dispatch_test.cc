// Targets to operations, and the shape check in front of them.
#include "api/wire/dispatch.h"

#include <gtest/gtest.h>

#include <array>

#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

class RecordedCall final : public Call {
 public:
  void Finish() override { ++finished; }
  int finished = 0;
};

void Run(const Services&, Call* call) {
  call->body = "ran";
  call->Finish();
}

constexpr std::array<ShapeMember, 1> kMembers = {{{"Text", &kStringShape}}};
constexpr Shape kShape = {ShapeKind::kStructure, "Input", nullptr, kMembers};
constexpr std::array<Operation, 3> kOperations = {{
    {ServiceName::kDynamoDb, "GetItem", &kShape, Run},
    {ServiceName::kDynamoDbStreams, "GetRecords", &kShape, Run},
    {ServiceName::kLogs, "PutLogEvents", &kShape, Run},
}};

TEST(DispatchTest, FindsByTarget) {
  const Dispatcher dispatcher(Services(), kOperations);
  EXPECT_EQ(dispatcher.Find("DynamoDB_20120810.GetItem"), &kOperations[0]);
  EXPECT_EQ(dispatcher.Find("DynamoDBStreams_20120810.GetRecords"), &kOperations[1]);
  EXPECT_EQ(dispatcher.Find("DynamoDB_20120810.GetRecords"), &kOperations[1]);
  EXPECT_EQ(dispatcher.Find("Logs_20140328.PutLogEvents"), &kOperations[2]);
  for (const std::string_view target :
       {"DynamoDB_20120810.PutLogEvents", "Logs_20140328.GetItem", "", "GetItem",
        "DynamoDB_20120810", "DynamoDB_20120810.", "DynamoDB_20120810.getitem",
        "DynamoDB_20111205.GetItem", "DynamoDBStreams_20120810.GetItem",
        "DynamoDB_20120810.GetItemX", "xDynamoDB_20120810.GetItem"}) {
    EXPECT_EQ(dispatcher.Find(target), nullptr) << target;
  }
}

TEST(DispatchTest, ChecksTheShapeFirst) {
  const Dispatcher dispatcher(Services(), kOperations);
  const ParsedJson good(R"({"Text":"a"})");
  RecordedCall call;
  call.input = good.root();
  dispatcher.Run(kOperations[0], &call);
  EXPECT_EQ(call.body, "ran");
  EXPECT_EQ(call.http_status, 200);
  const ParsedJson bad(R"({"Text":1})");
  call.Reset();
  call.input = bad.root();
  dispatcher.Run(kOperations[0], &call);
  EXPECT_EQ(call.finished, 2);
  EXPECT_EQ(call.http_status, 400);
  EXPECT_EQ(call.body, R"({"__type":"com.amazon.coral.service#SerializationException",)"
                       R"("Message":"NUMBER_VALUE cannot be converted to String"})");
}

}  // namespace
}  // namespace millrace::api
