// The blocking client waits with poll(2) on the same non-blocking connection the load threads use.

#include "bench/load/simple_client.h"

#include <poll.h>

#include <ctime>

#include "bench/load/flags.h"
#include "bench/load/monotonic_clock.h"

namespace millrace::bench {
namespace {

constexpr uint64_t kPatienceNs = 30 * kNanosecondsPerSecond;
constexpr int kPollMs = 1000;
constexpr int kTableStateIntervalMs = 5;

/// As long as those of a signed request.
constexpr std::string_view kUnsignedHeaders =
    "X-Amz-Date: 20250101T000000Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDBENCHMARK0000000/20250101/us-east-1/"
    "dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n";

}  // namespace

RequestHeads::RequestHeads(const Endpoint& endpoint) {
  if (!endpoint.secret.empty()) {
    signer_ = std::make_unique<RequestSigner>(endpoint.access_key_id, endpoint.secret,
                                              endpoint.host_and_port);
  }
  for (int i = 0; i < kOperationCount; i++) {
    std::string& target = targets_[static_cast<size_t>(i)];
    target = "DynamoDB_20120810." + std::string(OperationName(static_cast<Operation>(i)));
    std::string& head = heads_[static_cast<size_t>(i)];
    head = "POST / HTTP/1.1\r\nHost: " + endpoint.host_and_port + "\r\n";
    head += "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: " + target + "\r\n";
    head += "User-Agent: millrace-bench\r\n";
  }
}

void RequestHeads::Write(Operation operation, std::string_view body, std::string* head) {
  head->assign(heads_[static_cast<size_t>(operation)]);
  if (signer_ != nullptr) {
    signer_->AppendHeaders(targets_[static_cast<size_t>(operation)], body, std::time(nullptr),
                           head);
  } else {
    head->append(kUnsignedHeaders);
  }
  head->append("Content-Length: ");
  AppendDecimal(body.size(), 1, head);
  head->append("\r\n\r\n");
}

SimpleClient::SimpleClient(const Endpoint& endpoint) : heads_(endpoint), connection_(endpoint) {}

SimpleClient::Reply SimpleClient::Ask(Operation operation, std::string_view body) {
  std::string head;
  heads_.Write(operation, body, &head);
  const uint64_t deadline = NowNanoseconds() + kPatienceNs;
  Connection::Progress progress = connection_.Send(head, body);
  while (progress == Connection::Progress::kPending) {
    if (NowNanoseconds() > deadline) Fail("no reply within 30 seconds");
    pollfd wanted{connection_.descriptor(), POLLIN, 0};
    if (connection_.WantsWrite()) wanted.events |= POLLOUT;
    if (poll(&wanted, 1, kPollMs) <= 0) continue;
    if ((wanted.revents & POLLOUT) != 0) progress = connection_.ContinueSend();
    if (progress == Connection::Progress::kPending && (wanted.revents & ~POLLOUT) != 0) {
      progress = connection_.Receive();
    }
  }
  if (progress == Connection::Progress::kLost) Fail(connection_.Problem());
  return {connection_.Status(), std::string(connection_.Body())};
}

void SimpleClient::CreateTable(const BenchTable& table) {
  const Reply created = Ask(Operation::kCreateTable, table.CreateBody());
  if (created.status != 200 && created.body.find("ResourceInUseException") == std::string::npos) {
    Fail("CreateTable: status " + std::to_string(created.status) + " " + created.body);
  }
  const std::string describe = "{\"TableName\":\"" + table.name() + "\"}";
  const uint64_t deadline = NowNanoseconds() + kPatienceNs;
  while (NowNanoseconds() < deadline) {
    const Reply description = Ask(Operation::kDescribeTable, describe);
    if (description.body.find("\"TableStatus\":\"ACTIVE\"") != std::string::npos) return;
    poll(nullptr, 0, kTableStateIntervalMs);
  }
  Fail("table " + table.name() + " is not ACTIVE after 30 seconds");
}

}  // namespace millrace::bench
