// UpdateTable: the checks before and after the look-up, and the effect of each setting.
#include "api/operations/update_table_change.h"

#include <gtest/gtest.h>

#include <string>

#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
const std::string kInvalid = "One or more parameter values were invalid: ";

class UpdateTableTest : public testing::Test {
 protected:
  UpdateTableTest() : clock_(20'000 * kDayMs), random_(7) {
    services_.clock = &clock_;
    services_.random = &random_;
    table_.name = "abc";
    table_.provisioned_throughput.read_capacity_units = 5;
    table_.provisioned_throughput.write_capacity_units = 5;
  }

  // The message for an update of table_ with these members beside the name, or "ok"; table_ changes
  // then.
  std::string Update(std::string_view members) {
    const ParsedJson parsed(R"({"TableName":"abc",)" + std::string(members) + "}");
    EXPECT_TRUE(parsed.valid()) << members;
    TableChange change;
    ApiStatus status = ReadTableChange(services_, parsed.root(), &change);
    reached_table_ = status.ok();
    TableDescriptor changed = table_;
    if (status.ok()) {
      status = ApplyTableChange(change, table_, &changed);
    }
    type_ = status.ok() ? ErrorType::kValidation : status.error().type;
    if (!status.ok()) {
      return status.error().message;
    }
    table_ = changed;
    to_updating_ = change.to_updating();
    return "ok";
  }
  std::string SetUnits(int read, int write) {
    return Update(R"("ProvisionedThroughput":{"ReadCapacityUnits":)" + std::to_string(read) +
                  R"(,"WriteCapacityUnits":)" + std::to_string(write) + "}");
  }
  void MakeOnDemand() {
    table_.billing_mode = BillingMode::kPayPerRequest;
    table_.provisioned_throughput = ProvisionedThroughput();
  }

  ManualClock clock_;
  SeededRandom random_;
  Services services_;
  TableDescriptor table_;
  bool reached_table_ = false;
  bool to_updating_ = false;
  ErrorType type_ = ErrorType::kValidation;
};

TEST_F(UpdateTableTest, Constraints) {
  EXPECT_EQ(
      Update(R"("BillingMode":"x","TableClass":"y","ProvisionedThroughput":{},)"
             R"("GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"h"}}])"),
      "3 validation errors detected: Value null at 'provisionedThroughput.writeCapacityUnits' "
      "failed to satisfy constraint: Member must not be null; Value null at "
      "'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must "
      "not be null; Value 'h' at 'globalSecondaryIndexUpdates.1.member.update.indexName' "
      "failed to satisfy constraint: Member must have length greater than or equal to 3");
  EXPECT_EQ(Update(R"("BillingMode":"x","TableClass":"y")"),
            "1 validation error detected: Value 'x' at 'billingMode' failed to satisfy constraint: "
            "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]");
}

TEST_F(UpdateTableTest, ChecksBeforeTheTable) {
  const std::string units = R"("ProvisionedThroughput":{"ReadCapacityUnits":1000000000001,)"
                            R"("WriteCapacityUnits":1})";
  EXPECT_EQ(Update(units + R"(,"BillingMode":"PAY_PER_REQUEST")"),
            kInvalid +
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST");
  EXPECT_EQ(Update(units), "Given value 1000000000001 for ReadCapacityUnits is out of bounds");
  const std::string nothing =
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
      "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required";
  EXPECT_EQ(Update(R"("X":1)"), nothing);
  EXPECT_EQ(Update(R"("GlobalSecondaryIndexUpdates":[])"), nothing);
  EXPECT_EQ(Update(R"("GlobalSecondaryIndexUpdates":[{}])"),
            kInvalid +
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null");
  EXPECT_EQ(Update(R"("GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}},)"
                   R"({"Delete":{"IndexName":"abc"}}])"),
            kInvalid +
                "Only one global secondary index update per index is allowed "
                "simultaneously. Index: abc");
  EXPECT_FALSE(reached_table_);
}

TEST_F(UpdateTableTest, TableInTransition) {
  const std::string in_use = "Attempt to change a resource which is still in use: Table is being ";
  table_.state = TableState::kUpdating;
  EXPECT_EQ(Update(R"("BillingMode":"PROVISIONED")"), in_use + "updated: abc");
  EXPECT_EQ(type_, ErrorType::kResourceInUse);
  table_.state = TableState::kCreating;
  EXPECT_EQ(SetUnits(1, 1), in_use + "created: abc");
  table_.state = TableState::kDeleting;
  EXPECT_EQ(SetUnits(1, 1), in_use + "deleted: abc");
}

TEST_F(UpdateTableTest, ChecksAgainstTheTable) {
  EXPECT_EQ(Update(R"("BillingMode":"PROVISIONED")"),
            kInvalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  EXPECT_EQ(SetUnits(5, 5),
            "The provisioned throughput for the table will not change. The requested value equals "
            "the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
            "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. "
            "Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for "
            "current limits and how to request higher limits.");
  EXPECT_EQ(Update(R"("OnDemandThroughput":{"MaxReadRequestUnits":1})"),
            kInvalid +
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the "
                "table BillingMode is PROVISIONED");
  EXPECT_EQ(Update(R"("StreamSpecification":{"StreamEnabled":false})"),
            "Table has no stream to disable: TableName: abc");
  MakeOnDemand();
  EXPECT_EQ(SetUnits(1, 1),
            kInvalid +
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST");
  for (const std::string value : {"0", "-2"}) {
    EXPECT_EQ(Update(R"("OnDemandThroughput":{"MaxWriteRequestUnits":)" + value + "}"),
              kInvalid +
                  "Requested MaxWriteRequestUnits for OnDemandThroughput for table is "
                  "outside of valid range");
  }
}

TEST_F(UpdateTableTest, IndexUpdates) {
  const auto check = [&](std::string_view updates) {
    return Update(R"("AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"}],)"
                  R"("GlobalSecondaryIndexUpdates":[)" +
                  std::string(updates) + "]");
  };
  const auto create = [](std::string_view name, std::string_view key) {
    return R"({"Create":{"IndexName":")" + std::string(name) +
           R"(","KeySchema":[{"AttributeName":")" + std::string(key) +
           R"(","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}})";
  };
  EXPECT_EQ(check(create("abc", "x") + "," + create("abd", "x")),
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  EXPECT_EQ(type_, ErrorType::kLimitExceeded);
  EXPECT_EQ(check(R"({"Update":{"IndexName":"abc"}})"),
            "This operation cannot be performed with given input values. Please contact DynamoDB "
            "service team for more info: Action Blocked: IndexUpdate");
  EXPECT_EQ(check(R"({"Delete":{"IndexName":"abc"}})"),
            "Requested resource not found: Table: abc not found");
  EXPECT_EQ(type_, ErrorType::kResourceNotFound);
  EXPECT_EQ(check(create("abc", "z")),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                "[z], AttributeDefinitions: [x]");
  EXPECT_EQ(check(create("abc", "x")),
            kInvalid + "ProvisionedThroughput must be specified for index: abc");
}

TEST_F(UpdateTableTest, Streams) {
  const std::string enable =
      R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"OLD_IMAGE"})";
  const std::string disable = R"("StreamSpecification":{"StreamEnabled":false})";
  EXPECT_EQ(Update(disable), "Table has no stream to disable: TableName: abc");
  services_.stream_shards = 3;
  EXPECT_EQ(Update(enable), "ok");
  EXPECT_TRUE(to_updating_);
  EXPECT_EQ(table_.stream->view_type, StreamViewType::kOldImage);
  EXPECT_EQ(table_.stream->hash_range_count, 3);
  EXPECT_EQ(Update(enable), "Table already has an enabled stream: TableName: abc");
  table_.stream->stream_id = 7;
  EXPECT_EQ(Update(disable), "ok");
  EXPECT_FALSE(table_.stream->enabled);
  EXPECT_EQ(table_.stream->stream_id, 7u);
  EXPECT_EQ(Update(disable), "Table has no stream to disable: TableName: abc");
  // The next one is another stream.
  EXPECT_EQ(Update(enable), "ok");
  EXPECT_EQ(table_.stream->stream_id, 0u);
}

TEST_F(UpdateTableTest, StreamSpecificationsThatContradictThemselves) {
  EXPECT_EQ(
      Update(R"("StreamSpecification":{"StreamEnabled":true})"),
      kInvalid + "Table is being created with a stream enabled, StreamViewType must be specified");
  EXPECT_EQ(Update(R"("StreamSpecification":{"StreamEnabled":false,"StreamViewType":"NEW_IMAGE"})"),
            kInvalid +
                "Table is being created with a stream disabled, UpdateViewType should not be "
                "specified");
}

TEST_F(UpdateTableTest, Unsupported) {
  EXPECT_EQ(Update(R"("ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}])"),
            kInvalid + "Replicas are not supported yet");
}

TEST_F(UpdateTableTest, Throughput) {
  EXPECT_EQ(SetUnits(6, 4), "ok");
  EXPECT_TRUE(to_updating_);
  const int64_t first = clock_.NowMs();
  EXPECT_EQ(table_.provisioned_throughput, (ProvisionedThroughput{6, 4, 1, first, first}));
  EXPECT_EQ(table_.previous_throughput, (ProvisionedThroughput{5, 5, 1, first, first}));
  clock_.AdvanceMs(1000);
  EXPECT_EQ(SetUnits(5, 4), "ok");
  EXPECT_EQ(table_.provisioned_throughput, (ProvisionedThroughput{5, 4, 2, first, first + 1000}));
  clock_.AdvanceMs(kDayMs);
  const int64_t next_day = clock_.NowMs();
  EXPECT_EQ(SetUnits(4, 4), "ok");
  EXPECT_EQ(table_.provisioned_throughput, (ProvisionedThroughput{4, 4, 1, first, next_day}));
  EXPECT_EQ(Update(R"("DeletionProtectionEnabled":true)"), "ok");
  EXPECT_FALSE(table_.previous_throughput.has_value());
  EXPECT_FALSE(to_updating_);
}

TEST_F(UpdateTableTest, BillingModes) {
  EXPECT_EQ(Update(R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":)"
                   R"({"MaxReadRequestUnits":7,"MaxWriteRequestUnits":8})"),
            "ok");
  EXPECT_EQ(table_.billing_mode, BillingMode::kPayPerRequest);
  EXPECT_EQ(table_.last_update_to_pay_per_request_ms, clock_.NowMs());
  EXPECT_EQ(table_.provisioned_throughput.read_capacity_units, 0);
  EXPECT_EQ(table_.provisioned_throughput.write_capacity_units, 0);
  EXPECT_EQ(table_.on_demand_throughput, (OnDemandThroughput{7, 8}));
  EXPECT_EQ(Update(R"("OnDemandThroughput":{"MaxReadRequestUnits":-1})"), "ok");
  EXPECT_EQ(table_.on_demand_throughput, (OnDemandThroughput{std::nullopt, 8}));
  EXPECT_EQ(Update(R"("BillingMode":"PROVISIONED","ProvisionedThroughput":)"
                   R"({"ReadCapacityUnits":3,"WriteCapacityUnits":4})"),
            "ok");
  EXPECT_EQ(table_.billing_mode, BillingMode::kProvisioned);
  EXPECT_EQ(table_.on_demand_throughput, OnDemandThroughput());
  EXPECT_EQ(table_.provisioned_throughput.read_capacity_units, 3);
}

TEST_F(UpdateTableTest, OtherSettings) {
  EXPECT_EQ(Update(R"("TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,)"
                   R"("SSESpecification":{"Enabled":true},)"
                   R"("WarmThroughput":{"WriteUnitsPerSecond":100})"),
            "ok");
  EXPECT_EQ(table_.table_class, TableClass::kStandardInfrequentAccess);
  EXPECT_TRUE(table_.deletion_protection_enabled);
  EXPECT_TRUE(table_.encryption_enabled);
  EXPECT_EQ(table_.kms_key_arn.substr(0, 42),
            "arn:aws:kms:us-east-1:000000000000:key/" + table_.kms_key_arn.substr(39, 3));
  EXPECT_EQ(table_.warm_throughput, (WarmThroughput{5, 100}));
  EXPECT_EQ(Update(R"("WarmThroughput":{"WriteUnitsPerSecond":99})"),
            kInvalid + "Requested WarmThroughput WriteUnitsPerSecond is lower than current");
  EXPECT_EQ(Update(R"("SSESpecification":{"Enabled":false,"KMSMasterKeyId":"x"})"),
            kInvalid + "KMSMasterKeyId can only be specified when Enabled is true");
  EXPECT_EQ(Update(R"("SSESpecification":{"Enabled":false},"DeletionProtectionEnabled":false)"),
            "ok");
  EXPECT_FALSE(table_.encryption_enabled);
  EXPECT_TRUE(table_.kms_key_arn.empty());
  EXPECT_FALSE(table_.deletion_protection_enabled);
}

}  // namespace
}  // namespace millrace::api
