// Which replies are recorded, and what the lines say.
#include "server/audit/audit_record.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "api/wire/parsed_json.h"

namespace millrace::server {
namespace {

class TestExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override {}
  std::string PeerAddress() const override { return "10.0.0.9"; }
};

class AuditRecordTest : public testing::Test {
 protected:
  AuditRecordTest() {
    std::string name = (std::filesystem::temp_directory_path() / "audit-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    exchange_.head.SetRequestLine("POST", "/", 1);
    exchange_.access_key = "AK1";
    exchange_.request_id = "REQUEST";
  }
  ~AuditRecordTest() override { std::filesystem::remove_all(directory_); }

  // What is recorded of the exchange.
  std::string Record() {
    const std::string path = directory_ + "/log";
    AuditLog log(path);
    EXPECT_TRUE(log.Start().ok());
    AuditRecorder(&log, nullptr, &clock_).Replied(exchange_);
    log.Stop();
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::string directory_;
  ManualClock clock_{1795255200000};
  SystemRandom random_;
  ThreadState thread_{&clock_, &random_};
  TestExchange exchange_{&thread_};
};

TEST_F(AuditRecordTest, KnowsControlOperations) {
  for (const char* const name :
       {"CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive", "TagResource",
        "PutResourcePolicy", "CreateFunction", "AddPermission", "PutFunctionConcurrency",
        "SetQueueAttributes", "PurgeQueue", "PutRetentionPolicy"}) {
    EXPECT_TRUE(IsControlOperation(name)) << name;
  }
  for (const char* const name :
       {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "SendMessage", "DeleteMessage",
        "DeleteMessageBatch", "Invoke", "DescribeTable", "PutLogEvents", "BatchWriteItem", ""}) {
    EXPECT_FALSE(IsControlOperation(name)) << name;
  }
}

TEST_F(AuditRecordTest, RecordsChangesWithoutTheirContents) {
  const api::ParsedJson input(R"({"TableName": "orders", "Tags": [{"Key": "secret"}]})");
  exchange_.input = input.root();
  exchange_.action = "dynamodb:CreateTable";
  EXPECT_EQ(Record(),
            R"({"time":"2026-11-21T10:00:00.000Z","access_key":"AK1","source":"10.0.0.9",)"
            R"("service":"dynamodb","action":"dynamodb:CreateTable","resource":"orders",)"
            R"("request_id":"REQUEST","outcome":"success","status":200})"
            "\n");
}

TEST_F(AuditRecordTest, RecordsFailures) {
  exchange_.action = "dynamodb:DeleteTable";
  exchange_.http_status = 400;
  exchange_.body = R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"})";
  const std::string line = Record();
  EXPECT_NE(line.find(R"("outcome":"failure","error":"ResourceNotFoundException","status":400})"),
            std::string::npos)
      << line;
}

TEST_F(AuditRecordTest, RecordsDenials) {
  exchange_.action = "dynamodb:TransactGetItems";
  exchange_.http_status = 403;
  exchange_.extra_headers = "x-amzn-ErrorType: AccessDeniedException\r\n";
  exchange_.denial = std::make_unique<api::AccessDenial>(
      api::AccessDenial{"dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:000000000000:table/a"});
  const std::string line = Record();
  EXPECT_NE(line.find(R"("action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:us-east-1:)"
                      R"(000000000000:table/a","request_id":"REQUEST","outcome":"denied",)"
                      R"("error":"AccessDeniedException","status":403})"),
            std::string::npos)
      << line;
}

TEST_F(AuditRecordTest, RecordsThoseWhoAreNotLetIn) {
  exchange_.action = "dynamodb:GetItem";
  exchange_.access_key.clear();
  exchange_.authentication = api::ApiStatus(api::ErrorType::kInvalidSignature, "no");
  ASSERT_TRUE(exchange_.head.AddField("Authorization",
                                      "AWS4-HMAC-SHA256 Credential=AKX/20261121/us-east-1/dynamodb/"
                                      "aws4_request, Signature=abc"));
  const std::string line = Record();
  EXPECT_NE(line.find(R"("claimed_access_key":"AKX","source":"10.0.0.9")"), std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("outcome":"denied")"), std::string::npos) << line;
  EXPECT_EQ(line.find("abc"), std::string::npos) << line;
}

TEST_F(AuditRecordTest, RecordsOperators) {
  exchange_.action = "millrace:AdminRead";
  exchange_.head.SetRequestLine("GET", "/_admin/tail?table=a", 1);
  const std::string line = Record();
  EXPECT_NE(line.find(R"("action":"millrace:AdminRead","resource":"/_admin/tail")"),
            std::string::npos)
      << line;
}

TEST_F(AuditRecordTest, LeavesDataAlone) {
  exchange_.action = "dynamodb:PutItem";
  EXPECT_EQ(Record(), "");
  exchange_.action.clear();
  EXPECT_EQ(Record(), "");
}

}  // namespace
}  // namespace millrace::server
