// Sends arbitrary requests to a whole server without sockets: every operation of every service, on
// tables, queues, logs and functions that are there. The input is a sequence of requests between
// lines of "---"; see FuzzRequest. Whatever is asked, there is an answer, it is well formed, it is
// never the fault of the server, and what is stored fits together.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "server/gate/fuzz/fuzz_server.h"

namespace millrace::server {
namespace {

constexpr std::string_view kSeparator = "\n---\n";
constexpr int kRequestsMax = 12;
// A server is used for so many inputs, because opening one takes longer than they do.
constexpr int kInputsPerServer = 400;

// What is there at the beginning.
constexpr std::string_view kFixtures[] = {
    "CreateTable\n"
    R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
    R"({"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},)"
    R"({"AttributeName":"g","AttributeType":"S"}],"KeySchema":[)"
    R"({"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],)"
    R"("GlobalSecondaryIndexes":[{"IndexName":"ggg","KeySchema":[)"
    R"({"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}],)"
    R"("LocalSecondaryIndexes":[{"IndexName":"lll","KeySchema":[)"
    R"({"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}],)"
    R"("Projection":{"ProjectionType":"KEYS_ONLY"}}],)"
    R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}})",
    "CreateTable\n"
    R"({"TableName":"hash","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],)"
    R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],)"
    R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}})",
    "PutItem\n"
    R"({"TableName":"tab","Item":{"p":{"S":"a"},"s":{"N":"1"},"g":{"S":"x"},)"
    R"("l":{"L":[{"N":"1"}]},"m":{"M":{"k":{"S":"v"}}},"ss":{"SS":["a","b"]}}})",
    "PutItem\n"
    R"({"TableName":"tab","Item":{"p":{"S":"a"},"s":{"N":"2"},"n":{"N":"5"}}})",
    "PutItem\n"
    R"({"TableName":"hash","Item":{"p":{"S":"a"},"n":{"N":"5"}}})",
    "AmazonSQS.CreateQueue\n{\"QueueName\":\"q\"}",
    "AmazonSQS.CreateQueue\n{\"QueueName\":\"f.fifo\",\"Attributes\":{\"FifoQueue\":\"true\"}}",
    "AmazonSQS.SendMessage\n"
    R"({"QueueUrl":"http://localhost:8000/000000000000/q","MessageBody":"m"})",
    "Logs_20140328.CreateLogGroup\n{\"logGroupName\":\"g\"}",
    "Logs_20140328.CreateLogStream\n{\"logGroupName\":\"g\",\"logStreamName\":\"s\"}",
    "POST /2015-03-31/functions\n"
    R"({"FunctionName":"f","Runtime":"nodejs20.x","Handler":"index.handler",)"
    R"("Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":")"
    "UEsDBBQAAAAAAAAAIQBp/I82AgAAAAIAAAAIAAAAaW5kZXguanMxO1BLAQIUAxQAAAAAAAAAIQBp/I82AgAAAAIA"
    "AAAIAAAAAAAAAAAAAACkgQAAAABpbmRleC5qc1BLBQYAAAAAAQABADYAAAAoAAAAAAA="
    R"("}})",
};

FuzzAnswer AskFor(FuzzServer* server, std::string_view request, Memory* memory) {
  const size_t end = request.find('\n');
  const std::string line = memory->Fill(request.substr(0, end));
  const std::string_view body =
      end == std::string_view::npos ? std::string_view() : request.substr(end + 1);
  FuzzAnswer answer = server->Ask({line, memory->Fill(body)});
  memory->Learn(answer.body);
  return answer;
}

void Check(const FuzzAnswer& answer) {
  if (answer.status < 200 || answer.status > 499) {
    std::fprintf(stderr, "status %d: %s\n", answer.status, answer.body.c_str());
  }
  CHECK(answer.status >= 200 && answer.status <= 499);
  if (answer.content_type.find("json") != std::string::npos && !answer.body.empty()) {
    std::string text = answer.body;
    json::Document document;
    const bool is_json = document.Parse({text.data(), text.size()}).ok();
    if (!is_json) {
      std::fprintf(stderr, "no JSON: %s\n", answer.body.c_str());
    }
    CHECK(is_json);
  }
}

struct Opened {
  FuzzServer server;
  Memory memory;
  int inputs = 0;
};

std::unique_ptr<Opened> Open() {
  auto opened = std::make_unique<Opened>();
  for (const std::string_view fixture : kFixtures) {
    const FuzzAnswer answer = AskFor(&opened->server, fixture, &opened->memory);
    if (answer.status > 299) {
      std::fprintf(stderr, "%s\n", answer.body.c_str());
    }
    CHECK(answer.status <= 299);
  }
  return opened;
}

}  // namespace
}  // namespace millrace::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::server;  // NOLINT: a target is a few lines
  static Opened* opened = nullptr;   // never destroyed at the end: threads may still look at it
  if (opened == nullptr || opened->inputs++ == kInputsPerServer) {
    if (opened != nullptr) {
      opened->server.Verify();
    }
    delete opened;
    opened = Open().release();
  }
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Memory memory = opened->memory;
  for (int count = 0; count < kRequestsMax && !text.empty(); ++count) {
    const size_t end = text.find(kSeparator);
    Check(AskFor(&opened->server, text.substr(0, end), &memory));
    text =
        end == std::string_view::npos ? std::string_view() : text.substr(end + kSeparator.size());
  }
  return 0;
}
