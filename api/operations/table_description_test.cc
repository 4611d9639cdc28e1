// TableDescription: which members appear when.
#include "api/operations/table_description.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::api {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'123;

class TableDescriptionTest : public testing::Test {
 protected:
  TableDescriptionTest() {
    table_.name = "Music";
    table_.uuid = "11111111-2222-4333-8444-555555555555";
    table_.creation_ms = 1'600'000'000'500;
    table_.key_schema.partition = {{"a", AttributeType::kString}};
    table_.key_schema.sort = {{"b", AttributeType::kNumber}};
    table_.attribute_definitions = {{"b", AttributeType::kNumber}, {"a", AttributeType::kString}};
    table_.provisioned_throughput.read_capacity_units = 1;
    table_.provisioned_throughput.write_capacity_units = 2;
    input_.table = &table_;
    input_.now_ms = kNowMs;
    input_.counters.item_count = 3;
    input_.counters.size_bytes = 400;
  }

  std::string Describe() {
    std::string out;
    json::Writer writer(&out);
    WriteTableDescription(Services(), input_, &writer);
    return out;
  }
  bool Shows(std::string_view text) { return Describe().find(text) != std::string::npos; }

  TableDescriptor table_;
  TableDescriptionInput input_;
};

TEST_F(TableDescriptionTest, PlainTable) {
  EXPECT_EQ(
      Describe(),
      R"({"AttributeDefinitions":[{"AttributeName":"b","AttributeType":"N"},)"
      R"({"AttributeName":"a","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"a","KeyType":"HASH"},)"
      R"({"AttributeName":"b","KeyType":"RANGE"}],"CreationDateTime":1600000000.5,)"
      R"("TableName":"Music","TableStatus":"ACTIVE","ProvisionedThroughput":)"
      R"({"NumberOfDecreasesToday":0,"ReadCapacityUnits":1,"WriteCapacityUnits":2},)"
      R"("TableSizeBytes":400,"ItemCount":3,)"
      R"("TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Music",)"
      R"("TableId":"11111111-2222-4333-8444-555555555555","DeletionProtectionEnabled":false,)"
      R"("WarmThroughput":{"ReadUnitsPerSecond":1,"WriteUnitsPerSecond":2,"Status":"ACTIVE"}})");
}

TEST_F(TableDescriptionTest, StreamsStayNamedWhenTheyAreDisabled) {
  table_.stream.emplace();
  table_.stream->enabled = true;
  table_.stream->view_type = StreamViewType::kKeysOnly;
  table_.stream->label = "2023-11-14T22:13:20.000";
  const std::string latest =
      R"("LatestStreamLabel":"2023-11-14T22:13:20.000","LatestStreamArn":)"
      R"("arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2023-11-14T22:13:20.000"})";
  const std::string specification =
      R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},)";
  EXPECT_TRUE(Shows(specification + latest));
  table_.stream->enabled = false;
  EXPECT_TRUE(Shows(latest));
  EXPECT_FALSE(Shows("StreamSpecification"));
}

TEST_F(TableDescriptionTest, States) {
  const std::pair<TableState, std::string_view> states[] = {{TableState::kCreating, "CREATING"},
                                                            {TableState::kUpdating, "UPDATING"},
                                                            {TableState::kDeleting, "DELETING"}};
  for (const auto& [state, name] : states) {
    input_.state = state;
    EXPECT_TRUE(Shows(R"("TableStatus":")" + std::string(name) + "\"")) << name;
  }
}

TEST_F(TableDescriptionTest, ThroughputWhileUpdating) {
  table_.previous_throughput = ProvisionedThroughput{9, 8, 1, 0, kNowMs};
  EXPECT_TRUE(Shows(R"("ReadCapacityUnits":1,"WriteCapacityUnits":2)"));
  input_.state = TableState::kUpdating;
  EXPECT_TRUE(Shows(R"("ProvisionedThroughput":{"LastDecreaseDateTime":1700000000.123,)"
                    R"("NumberOfDecreasesToday":1,"ReadCapacityUnits":9,"WriteCapacityUnits":8})"));
}

TEST_F(TableDescriptionTest, DecreasesOfEarlierDaysAreNotToday) {
  table_.provisioned_throughput.decreases_today = 4;
  table_.provisioned_throughput.last_decrease_ms = kNowMs - 24LL * 60 * 60 * 1000;
  table_.provisioned_throughput.last_increase_ms = 1000;
  EXPECT_TRUE(Shows(R"("LastIncreaseDateTime":1.)"));
  EXPECT_TRUE(Shows(R"("NumberOfDecreasesToday":0)"));
}

TEST_F(TableDescriptionTest, Billing) {
  EXPECT_FALSE(Shows("BillingModeSummary"));
  table_.billing_mode = BillingMode::kPayPerRequest;
  table_.last_update_to_pay_per_request_ms = kNowMs;
  table_.on_demand_throughput.max_write_request_units = 5;
  EXPECT_TRUE(Shows(R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST",)"
                    R"("LastUpdateToPayPerRequestDateTime":1700000000.123})"));
  EXPECT_TRUE(Shows(R"("OnDemandThroughput":{"MaxWriteRequestUnits":5})"));
  EXPECT_TRUE(Shows(R"("WarmThroughput":{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000)"));
  input_.state = TableState::kCreating;
  EXPECT_TRUE(Shows(R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"})"));
  input_.state = TableState::kActive;
  table_.billing_mode = BillingMode::kProvisioned;
  EXPECT_TRUE(Shows(R"("BillingModeSummary":{"BillingMode":"PROVISIONED",)"));
  const OnDemandThroughput echoed = {-1, std::nullopt};
  input_.on_demand_throughput = &echoed;
  EXPECT_TRUE(Shows(R"("OnDemandThroughput":{"MaxReadRequestUnits":-1})"));
}

TEST_F(TableDescriptionTest, EncryptionAndClass) {
  table_.encryption_enabled = true;
  table_.kms_key_arn = "arn:k";
  table_.table_class = TableClass::kStandardInfrequentAccess;
  table_.deletion_protection_enabled = true;
  EXPECT_TRUE(
      Shows(R"("SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"arn:k"})"));
  EXPECT_TRUE(Shows(R"("TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"})"));
  EXPECT_TRUE(Shows(R"("DeletionProtectionEnabled":true)"));
}

TEST_F(TableDescriptionTest, DeletedTable) {
  input_.state = TableState::kDeleting;
  input_.counters = {};
  std::string out;
  json::Writer writer(&out);
  WriteDeletedTableDescription(Services(), input_, &writer);
  EXPECT_EQ(out, R"({"TableName":"Music","TableStatus":"DELETING","ProvisionedThroughput":)"
                 R"({"NumberOfDecreasesToday":0,"ReadCapacityUnits":1,"WriteCapacityUnits":2},)"
                 R"("TableSizeBytes":0,"ItemCount":0,)"
                 R"("TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Music",)"
                 R"("TableId":"11111111-2222-4333-8444-555555555555",)"
                 R"("DeletionProtectionEnabled":false})");
}

}  // namespace
}  // namespace millrace::api
