// The table operations as clients use them, through the dispatcher and a real catalog: what the
// answers and the refusals of a table's life look like.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>

#include "api/operations/operations.h"
#include "api/wire/dispatch.h"
#include "api/wire/parsed_json.h"
#include "storage/tables/test_support.h"

namespace millrace::api {
namespace {

constexpr int64_t kTransitionMs = 500;
constexpr std::string_view kCreate =
    R"({"TableName":"Music","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],)"
    R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}})";
constexpr std::string_view kName = R"({"TableName":"Music"})";
constexpr std::string_view kArn = R"("arn:aws:dynamodb:us-east-1:000000000000:table/Music")";

// Finishes on the committer thread, because it has no home queue.
class AwaitedCall final : public Call {
 public:
  // The promise is moved out, because the call may be gone as soon as it is kept.
  void Finish() override {
    std::promise<void> finished = std::move(finished_);
    finished.set_value();
  }
  void Wait() { done_.wait(); }

 private:
  std::promise<void> finished_;
  std::future<void> done_ = finished_.get_future();
};

class ControlPlaneTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    services_.catalog = store_.catalog();
    services_.items = store_.items();
    services_.clock = &store_.clock();
    services_.random = &random_;
  }

  std::string Run(std::string_view operation, std::string_view text) {
    const Dispatcher dispatcher(services_, AllOperations());
    const Operation* found = dispatcher.Find("DynamoDB_20120810." + std::string(operation));
    EXPECT_NE(found, nullptr);
    const ParsedJson parsed(text);
    AwaitedCall call;
    call.input = parsed.root();
    call.host = "localhost:8000";
    dispatcher.Run(*found, &call);
    call.Wait();
    status_ = call.http_status;
    return call.body;
  }
  bool RunShows(std::string_view operation, std::string_view text, std::string_view expected) {
    const std::string body = Run(operation, text);
    const bool shows = body.find(expected) != std::string::npos;
    EXPECT_TRUE(shows) << body;
    return shows;
  }

  tables::TestStore store_{kTransitionMs};
  SeededRandom random_{7};
  Services services_;
  int status_ = 0;
};

TEST_F(ControlPlaneTest, LifeOfATable) {
  RunShows("DescribeTable", kName, "Requested resource not found: Table: Music not found");
  EXPECT_EQ(status_, 400);
  RunShows("CreateTable", kCreate, R"("TableStatus":"CREATING")");
  EXPECT_EQ(status_, 200);
  RunShows("CreateTable", kCreate,
           R"(ResourceInUseException","message":"Table already exists: Music")");
  RunShows("DeleteTable", kName, "still in use: Table is being created: Music");
  store_.clock().AdvanceMs(kTransitionMs);
  RunShows("DescribeTable", kName, R"("TableStatus":"ACTIVE")");
  RunShows("DescribeTable", R"({"TableName":)" + std::string(kArn) + "}", R"("TableName":"Music")");
  EXPECT_EQ(Run("ListTables", "{}"), R"({"TableNames":["Music"]})");
  RunShows("DeleteTable", kName, R"("TableStatus":"DELETING")");
  RunShows("DeleteTable", kName, "Table is being deleted: Music");
  store_.clock().AdvanceMs(kTransitionMs);
  RunShows("DeleteTable", kName, "ResourceNotFoundException");
}

TEST_F(ControlPlaneTest, UpdatesAndProtection) {
  Run("CreateTable", kCreate);
  store_.clock().AdvanceMs(kTransitionMs);
  constexpr std::string_view kUpdate =
      R"({"TableName":"Music","ProvisionedThroughput":{"ReadCapacityUnits":6,)"
      R"("WriteCapacityUnits":5}})";
  RunShows("UpdateTable", kUpdate, R"("ReadCapacityUnits":5,"WriteCapacityUnits":5)");
  RunShows("UpdateTable", kUpdate, "Table is being updated: Music");
  store_.clock().AdvanceMs(kTransitionMs);
  RunShows("DescribeTable", kName, R"("ReadCapacityUnits":6,"WriteCapacityUnits":5)");
  RunShows("UpdateTable", kUpdate, "The provisioned throughput for the table will not change");
  RunShows("UpdateTable", R"({"TableName":"Music","DeletionProtectionEnabled":true})",
           R"("TableStatus":"ACTIVE")");
  RunShows("DeleteTable", kName, "Resource cannot be deleted as it is currently protected");
  RunShows("UpdateTable", R"({"TableName":"none","DeletionProtectionEnabled":true})",
           "Requested resource not found: Table: none not found");
}

TEST_F(ControlPlaneTest, Tags) {
  const std::string arn = R"({"ResourceArn":)" + std::string(kArn);
  RunShows("TagResource", arn + R"(,"Tags":[{"Key":"k","Value":"v"}]})", "ResourcArn: arn:aws");
  RunShows("ListTagsOfResource", arn + "}",
           R"(AccessDeniedException","Message":"User: arn:aws:iam)");
  RunShows("UntagResource", arn + R"(,"TagKeys":["k"]})", R"("Requested resource not found")");
  RunShows("TagResource", "{}", R"("message":"Invalid TableArn")");
  RunShows("TagResource", R"({"ResourceArn":"x"})",
           "Invalid TableArn: Invalid ResourceArn provided as input x");
  RunShows("TagResource", arn + "}", "Value null at 'tags' failed");
  RunShows("TagResource", arn + R"(,"Tags":[]})", "Atleast one Tag needs to be provided as Input.");
  RunShows("UntagResource", arn + "}", "Value null at 'tagKeys' failed");
  RunShows("UntagResource", arn + R"(,"TagKeys":[]})", "Atleast one Tag Key needs to be provided");
  Run("CreateTable", kCreate);
  EXPECT_EQ(
      Run("TagResource", arn + R"(,"Tags":[{"Key":"k","Value":"v"},{"Key":"a","Value":""}]})"), "");
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(Run("UntagResource", arn + R"(,"TagKeys":["k","absent"]})"), "");
  EXPECT_EQ(Run("ListTagsOfResource", arn + "}"), R"({"Tags":[{"Key":"a","Value":""}]})");
}

TEST_F(ControlPlaneTest, Pages) {
  for (const std::string name : {"ccc", "aaa", "bbb"}) {
    std::string create(kCreate);
    create.replace(create.find("Music"), 5, name);
    Run("CreateTable", create);
  }
  EXPECT_EQ(Run("ListTables", R"({"Limit":2})"),
            R"({"TableNames":["aaa","bbb"],"LastEvaluatedTableName":"bbb"})");
  EXPECT_EQ(Run("ListTables", R"({"ExclusiveStartTableName":"bbb"})"), R"({"TableNames":["ccc"]})");
  RunShows("ListTables", R"({"Limit":0,"ExclusiveStartTableName":"a;"})",
           "3 validation errors detected: ");
}

TEST_F(ControlPlaneTest, Constants) {
  EXPECT_EQ(Run("DescribeLimits", "{}"),
            R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
            R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})");
  EXPECT_EQ(Run("DescribeEndpoints", "{}"),
            R"({"Endpoints":[{"Address":"localhost:8000","CachePeriodInMinutes":1440}]})");
}

}  // namespace
}  // namespace millrace::api
