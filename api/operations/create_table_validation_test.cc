// CreateTable's checks, row by row, and the descriptor that a good request makes.
#include "api/operations/create_table_validation.h"

#include <gtest/gtest.h>

#include <string>

#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

constexpr std::string_view kKeys =
    R"("KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b",)"
    R"("KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},)"
    R"({"AttributeName":"b","AttributeType":"N"}])";
constexpr std::string_view kHashKey =
    R"("KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}])";
constexpr std::string_view kUnits =
    R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2})";
const std::string kInvalid = "One or more parameter values were invalid: ";

class CreateTableValidationTest : public testing::Test {
 protected:
  CreateTableValidationTest() : clock_(1'700'000'000'000), random_(7) {
    services_.clock = &clock_;
    services_.random = &random_;
  }

  // The message for a request, or "ok".
  std::string Check(const std::string& text) {
    const ParsedJson parsed(text);
    EXPECT_TRUE(parsed.valid()) << text;
    table_ = TableDescriptor();
    const ApiStatus status = MakeTableDescriptor(services_, parsed.root(), &table_);
    return status.ok() ? "ok" : status.error().message;
  }
  // The same for a table called abc with these further members.
  std::string CheckWith(std::string_view members) {
    return Check(R"({"TableName":"abc",)" + std::string(members) + "}");
  }
  std::string CheckKeysWith(std::string_view members) {
    return CheckWith(std::string(kKeys) + "," + std::string(kUnits) + "," + std::string(members));
  }
  // A request for one index of each kind, made of its members.
  std::string CheckLocal(std::string_view index) {
    return CheckKeysWith(R"("LocalSecondaryIndexes":[)" + std::string(index) + "]");
  }
  std::string CheckGlobal(std::string_view index) {
    return CheckKeysWith(R"("GlobalSecondaryIndexes":[)" + std::string(index) + "]");
  }

  ManualClock clock_;
  SeededRandom random_;
  Services services_;
  TableDescriptor table_;
};

std::string Schema(std::string_view first, std::string_view first_type, std::string_view second,
                   std::string_view second_type) {
  std::string text = R"("KeySchema":[{"AttributeName":")" + std::string(first) +
                     R"(","KeyType":")" + std::string(first_type) + "\"}";
  if (!second.empty()) {
    text += R"(,{"AttributeName":")" + std::string(second) + R"(","KeyType":")" +
            std::string(second_type) + "\"}";
  }
  return text + "]";
}

std::string Index(std::string_view name, const std::string& schema,
                  std::string_view projection = R"({"ProjectionType":"ALL"})") {
  return R"({"IndexName":")" + std::string(name) + "\"," + schema + R"(,"Projection":)" +
         std::string(projection) + "," + std::string(kUnits) + "}";
}

std::string Repeat(int count, std::string_view prefix, const std::string& schema) {
  std::string text;
  for (int index = 0; index < count; ++index) {
    text += (index > 0 ? "," : "") + Index(std::string(prefix) + std::to_string(index), schema);
  }
  return text;
}

TEST_F(CreateTableValidationTest, TableName) {
  EXPECT_EQ(Check("{}"),
            "The parameter 'TableName' is required but was not present in the request");
  EXPECT_EQ(Check(R"({"TableName":""})"),
            "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at "
            "'tableName' failed to satisfy constraint: Member must have length greater than or "
            "equal to 3");
  EXPECT_EQ(Check(R"({"TableName":"ab"})"),
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 3");
  EXPECT_EQ(Check(R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/abc",)" +
                  std::string(kHashKey) + "," + std::string(kUnits) + "}"),
            "ok");
  EXPECT_EQ(table_.name, "abc");
}

TEST_F(CreateTableValidationTest, ConstraintsAreCollectedInOrder) {
  EXPECT_EQ(
      CheckWith(R"("BillingMode":"x","ProvisionedThroughput":{"ReadCapacityUnits":0})"),
      "5 validation errors detected: Value 'x' at 'billingMode' failed to satisfy constraint: "
      "Member "
      "must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]; Value null at "
      "'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must not be "
      "null; Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: "
      "Member must have value greater than or equal to 1; Value null at 'keySchema' failed to "
      "satisfy constraint: Member must not be null; Value null at 'attributeDefinitions' failed to "
      "satisfy constraint: Member must not be null");
  EXPECT_EQ(
      CheckWith(R"("KeySchema":[],"AttributeDefinitions":[{"AttributeType":"X"}])"),
      "3 validation errors detected: Value '[]' at 'keySchema' failed to satisfy constraint: "
      "Member must have length greater than or equal to 1; Value null at "
      "'attributeDefinitions.1.member.attributeName' failed to satisfy constraint: Member "
      "must not be null; Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to "
      "satisfy constraint: Member must satisfy enum value set: [B, N, S]");
  EXPECT_EQ(
      CheckWith(R"("AttributeDefinitions":[],"KeySchema":[)"
                R"({"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b",)"
                R"("KeyType":"RANGE"},{"AttributeName":"c","KeyType":"x"}])"),
      "2 validation errors detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), "
      "KeySchemaElement(attributeName=b, keyType=RANGE), KeySchemaElement(attributeName=c, "
      "keyType=x)]' at 'keySchema' failed to satisfy constraint: Member must have length less "
      "than or equal to 2; Value 'x' at 'keySchema.3.member.keyType' failed to satisfy "
      "constraint: Member must satisfy enum value set: [HASH, RANGE]");
}

TEST_F(CreateTableValidationTest, IndexConstraints) {
  const std::string failed = "' failed to satisfy constraint: ";
  EXPECT_EQ(CheckLocal("{}"),
            "3 validation errors detected: Value null at "
            "'localSecondaryIndexes.1.member.indexName" +
                failed +
                "Member must not be null; Value null at 'localSecondaryIndexes.1.member.keySchema" +
                failed +
                "Member must not be null; Value null at "
                "'localSecondaryIndexes.1.member.projection" +
                failed + "Member must not be null");
  EXPECT_EQ(
      CheckGlobal(R"({"IndexName":"h;","KeySchema":[],"Projection":{"ProjectionType":"x",)"
                  R"("NonKeyAttributes":[]}})"),
      "5 validation errors detected: Value '[]' at 'globalSecondaryIndexes.1.member.keySchema" +
          failed +
          "Member must have length greater than or equal to 1; Value 'x' at "
          "'globalSecondaryIndexes.1.member.projection.projectionType" +
          failed +
          "Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]; Value '[]' at "
          "'globalSecondaryIndexes.1.member.projection.nonKeyAttributes" +
          failed +
          "Member must have length greater than or equal to 1; Value 'h;' at "
          "'globalSecondaryIndexes.1.member.indexName" +
          failed +
          "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'h;' at "
          "'globalSecondaryIndexes.1.member.indexName" +
          failed + "Member must have length greater than or equal to 3");
  EXPECT_EQ(CheckKeysWith(R"("TableClass":"x","StreamSpecification":{"StreamViewType":"y"},)"
                          R"("SSESpecification":{"SSEType":"z"})"),
            "3 validation errors detected: Value 'x' at 'tableClass" + failed +
                "Member must satisfy enum value set: [STANDARD, STANDARD_INFREQUENT_ACCESS]; Value "
                "'y' at 'streamSpecification.streamViewType" +
                failed +
                "Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, "
                "KEYS_ONLY]; Value 'z' at 'sSESpecification.sSEType" +
                failed + "Member must satisfy enum value set: [AES256, KMS]");
}

TEST_F(CreateTableValidationTest, Billing) {
  const std::string keys(kKeys);
  EXPECT_EQ(CheckWith(keys + R"(,"BillingMode":"PAY_PER_REQUEST",)" + std::string(kUnits)),
            kInvalid +
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST");
  const auto units = [&](std::string_view read, std::string_view write) {
    return CheckWith(keys + R"(,"ProvisionedThroughput":{"ReadCapacityUnits":)" +
                     std::string(read) + R"(,"WriteCapacityUnits":)" + std::string(write) + "}");
  };
  EXPECT_EQ(units("1000000000001", "1000000000001"),
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds");
  EXPECT_EQ(units("1000000000000", "1000000000001"),
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds");
  EXPECT_EQ(units("1000000000000", "1"), "ok");
  for (const std::string mode : {"", R"(,"BillingMode":"PROVISIONED")"}) {
    EXPECT_EQ(CheckWith(keys + mode),
              kInvalid +
                  "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                  "BillingMode is PROVISIONED");
  }
}

TEST_F(CreateTableValidationTest, KeySchema) {
  const auto check = [&](const std::string& schema, std::string_view definitions) {
    std::string list;
    for (const char name : definitions) {
      list += (list.empty() ? "" : ",") + std::string(R"({"AttributeName":")") + name +
              R"(","AttributeType":"S"})";
    }
    return CheckWith(schema + R"(,"AttributeDefinitions":[)" + list + "]," + std::string(kUnits));
  };
  const std::string undefined = "Invalid KeySchema: Some index key attribute have no definition";
  EXPECT_EQ(check(Schema("a", "HASH", "", ""), ""), undefined);
  EXPECT_EQ(check(Schema("a", "HASH", "b", "RANGE"), "a"), undefined);
  EXPECT_EQ(check(Schema("a", "HASH", "b", "RANGE"), "acd"), undefined);
  EXPECT_EQ(check(Schema("a", "HASH", "a", "RANGE"), "a"), undefined);
  EXPECT_EQ(check(Schema("a", "HASH", "", ""), "cd"),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                "[a], AttributeDefinitions: [c, d]");
  EXPECT_EQ(check(Schema("a", "RANGE", "b", "HASH"), "ab"),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  EXPECT_EQ(check(Schema("a", "HASH", "a", "HASH"), "ab"),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  EXPECT_EQ(check(Schema("a", "HASH", "b", "HASH"), "ab"),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  EXPECT_EQ(check(Schema("a", "HASH", "", ""), "ab"),
            kInvalid +
                "Number of attributes in KeySchema does not exactly match number of "
                "attributes defined in AttributeDefinitions");
  EXPECT_EQ(check(Schema("a", "HASH", "b", "RANGE"), "ba"), "ok");
}

TEST_F(CreateTableValidationTest, LocalIndexes) {
  EXPECT_EQ(CheckLocal(""), kInvalid + "List of LocalSecondaryIndexes is empty");
  EXPECT_EQ(CheckWith(std::string(kHashKey) + "," + std::string(kUnits) +
                      R"(,"LocalSecondaryIndexes":[)" +
                      Index("abc", Schema("a", "HASH", "b", "RANGE")) + "]"),
            kInvalid +
                "Table KeySchema does not have a range key, which is required when "
                "specifying a LocalSecondaryIndex");
  EXPECT_EQ(CheckLocal(Index("abc", Schema("a", "HASH", "z", "RANGE"))),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                "[a, z], AttributeDefinitions: [a, b]");
  EXPECT_EQ(CheckLocal(Index("abc", Schema("a", "RANGE", "b", "RANGE"))),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  EXPECT_EQ(CheckLocal(Index("abc", Schema("a", "HASH", "", ""))),
            kInvalid + "Index KeySchema does not have a range key for index: abc");
  EXPECT_EQ(CheckLocal(Index("abc", Schema("b", "HASH", "a", "RANGE"))),
            kInvalid +
                "Index KeySchema does not have the same leading hash key as table KeySchema "
                "for index: abc. index hash key: b, table hash key: a");
  const std::string schema = Schema("a", "HASH", "b", "RANGE");
  EXPECT_EQ(CheckLocal(Index("abc", schema) + "," + Index("abc", schema)),
            kInvalid + "Duplicate index name: abc");
  EXPECT_EQ(CheckLocal(Repeat(6, "index", schema)),
            kInvalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
}

TEST_F(CreateTableValidationTest, GlobalIndexes) {
  EXPECT_EQ(CheckGlobal(""), kInvalid + "List of GlobalSecondaryIndexes is empty");
  EXPECT_EQ(CheckGlobal(Index("abc", Schema("z", "HASH", "", ""))),
            kInvalid +
                "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                "[z], AttributeDefinitions: [a, b]");
  EXPECT_EQ(CheckGlobal(Index("abc", Schema("a", "RANGE", "", ""))),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  EXPECT_EQ(CheckGlobal(Index("abc", Schema("a", "HASH", "a", "RANGE"))),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  const std::string schema = Schema("b", "HASH", "a", "RANGE");
  EXPECT_EQ(CheckGlobal(Index("abc", schema) + "," + Index("abc", schema)),
            kInvalid + "Duplicate index name: abc");
  EXPECT_EQ(CheckGlobal(Repeat(21, "index", schema)),
            kInvalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20");
  EXPECT_EQ(CheckWith(std::string(kKeys) +
                      R"(,"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[)" +
                      Index("abc", schema) + "]"),
            kInvalid +
                "ProvisionedThroughput should not be specified for index: abc when "
                "BillingMode is PAY_PER_REQUEST");
  EXPECT_EQ(
      CheckGlobal(R"({"IndexName":"abc",)" + schema + R"(,"Projection":{"ProjectionType":"ALL"}})"),
      kInvalid + "ProvisionedThroughput must be specified for index: abc");
  EXPECT_EQ(CheckKeysWith(R"("LocalSecondaryIndexes":[)" +
                          Index("abc", Schema("a", "HASH", "b", "RANGE")) +
                          R"(],"GlobalSecondaryIndexes":[)" + Index("abc", schema) + "]"),
            kInvalid + "Duplicate index name: abc");
}

TEST_F(CreateTableValidationTest, Projections) {
  const auto check = [&](std::string_view projection) {
    return CheckLocal(Index("abc", Schema("a", "HASH", "b", "RANGE"), projection));
  };
  EXPECT_EQ(check("{}"), kInvalid + "Unknown ProjectionType: null");
  EXPECT_EQ(check(R"({"ProjectionType":"ALL","NonKeyAttributes":["x"]})"),
            kInvalid + "ProjectionType is ALL, but NonKeyAttributes is specified");
  EXPECT_EQ(check(R"({"ProjectionType":"KEYS_ONLY","NonKeyAttributes":["x"]})"),
            kInvalid + "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified");
  EXPECT_EQ(check(R"({"ProjectionType":"INCLUDE"})"),
            kInvalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  std::string names = "\"n0\"";
  for (int index = 1; index < 101; ++index) {
    names += ",\"n" + std::to_string(index) + "\"";
  }
  EXPECT_EQ(check(R"({"ProjectionType":"INCLUDE","NonKeyAttributes":[)" + names + "]}"),
            kInvalid + "Number of projected attributes 101 exceeds limit of 100");
}

TEST_F(CreateTableValidationTest, DefinitionsWithIndexes) {
  const std::string keys = Schema("a", "HASH", "b", "RANGE") + "," + std::string(kUnits) +
                           R"(,"LocalSecondaryIndexes":[)" +
                           Index("abc", Schema("a", "HASH", "b", "RANGE")) +
                           R"(],"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},)"
                           R"({"AttributeName":"b","AttributeType":"S"},{"AttributeName":")";
  EXPECT_EQ(CheckWith(keys + R"(c","AttributeType":"S"}])"),
            kInvalid +
                "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], "
                "keys used: [a, b]");
  EXPECT_EQ(CheckWith(keys + R"(a","AttributeType":"N"}])"),
            kInvalid + "Cannot redefine existing attribute: a");
}

TEST_F(CreateTableValidationTest, StreamsAndCeilings) {
  EXPECT_EQ(CheckKeysWith(R"("StreamSpecification":{"StreamEnabled":false,"StreamViewType":)"
                          R"("NEW_IMAGE"})"),
            kInvalid +
                "Table is being created with a stream disabled, UpdateViewType should not "
                "be specified");
  EXPECT_EQ(CheckKeysWith(R"("StreamSpecification":{"StreamEnabled":true})"),
            kInvalid +
                "Table is being created with a stream enabled, StreamViewType must be "
                "specified");
  EXPECT_EQ(CheckKeysWith(R"("StreamSpecification":{"StreamEnabled":false})"), "ok");
  EXPECT_EQ(CheckKeysWith(R"("OnDemandThroughput":{"MaxWriteRequestUnits":5})"),
            kInvalid +
                "MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table "
                "BillingMode is PROVISIONED.");
  EXPECT_EQ(CheckKeysWith(R"("OnDemandThroughput":{})"), "ok");
  EXPECT_EQ(
      CheckWith(std::string(kKeys) + R"(,"BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":)"
                                     R"({"MaxReadRequestUnits":0})"),
      kInvalid +
          "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside "
          "of valid range");
}

TEST_F(CreateTableValidationTest, StreamOfTheTable) {
  services_.stream_shards = 4;
  EXPECT_EQ(CheckKeysWith(R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":)"
                          R"("NEW_IMAGE"})"),
            "ok");
  ASSERT_TRUE(table_.stream.has_value());
  EXPECT_EQ(table_.stream->stream_id, 0u);
  EXPECT_TRUE(table_.stream->enabled);
  EXPECT_EQ(table_.stream->view_type, StreamViewType::kNewImage);
  EXPECT_EQ(table_.stream->hash_range_count, 4);
  EXPECT_EQ(CheckKeysWith(R"("StreamSpecification":{"StreamEnabled":false})"), "ok");
  EXPECT_FALSE(table_.stream.has_value());
}

TEST_F(CreateTableValidationTest, RetentionTag) {
  const auto check = [&](std::string_view value) {
    return CheckKeysWith(R"("Tags":[{"Key":"millrace:stream-retention","Value":")" +
                         std::string(value) + R"("}])");
  };
  EXPECT_EQ(check("90d"), "ok");
  EXPECT_EQ(check("forever"), "ok");
  EXPECT_EQ(check("soon"),
            kInvalid +
                "The value of tag millrace:stream-retention must be \"forever\" or a whole number "
                "followed by s, m, h or d, at least 1s and at most 100 years: soon");
}

TEST_F(CreateTableValidationTest, Descriptor) {
  EXPECT_EQ(
      CheckKeysWith(
          R"("DeletionProtectionEnabled":true,"TableClass":"STANDARD",)"
          R"("Tags":[{"Key":"k","Value":"2"},{"Key":"j","Value":"1"}],)"
          R"("SSESpecification":{"Enabled":true,"KMSMasterKeyId":"id"},)"
          R"("WarmThroughput":{"ReadUnitsPerSecond":50},"ResourcePolicy":"{\"Statement\":[]}")"),
      "ok");
  EXPECT_EQ(table_.key_schema.partition_key(), (KeyAttribute{"a", AttributeType::kString}));
  EXPECT_EQ(*table_.key_schema.sort_key(), (KeyAttribute{"b", AttributeType::kNumber}));
  EXPECT_EQ(table_.attribute_definitions.size(), 2u);
  EXPECT_EQ(table_.provisioned_throughput.read_capacity_units, 1);
  EXPECT_EQ(table_.provisioned_throughput.write_capacity_units, 2);
  EXPECT_EQ(table_.last_update_to_pay_per_request_ms, 0);
  EXPECT_TRUE(table_.deletion_protection_enabled);
  EXPECT_EQ(table_.table_class, TableClass::kStandard);
  EXPECT_EQ(table_.tags, (std::vector<Tag>{{"j", "1"}, {"k", "2"}}));
  EXPECT_TRUE(table_.encryption_enabled);
  EXPECT_EQ(table_.kms_key_arn, "arn:aws:kms:us-east-1:000000000000:key/id");
  EXPECT_EQ(table_.warm_throughput, (WarmThroughput{50, 2}));
  EXPECT_EQ(table_.resource_policy, "{\"Statement\":[]}");
  EXPECT_EQ(CheckWith(std::string(kHashKey) + R"(,"BillingMode":"PAY_PER_REQUEST")"), "ok");
  EXPECT_EQ(table_.billing_mode, BillingMode::kPayPerRequest);
  EXPECT_EQ(table_.last_update_to_pay_per_request_ms, clock_.NowMs());
}

}  // namespace
}  // namespace millrace::api
