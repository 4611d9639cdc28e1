// Look-up of operations by target, and the check of shapes in front of every operation.
#include "api/wire/dispatch.h"

#include "api/wire/access_check.h"

namespace millrace::api {
namespace {

constexpr std::string_view kTablePrefix = "DynamoDB_20120810.";
constexpr std::string_view kStreamsPrefix = "DynamoDBStreams_20120810.";
constexpr std::string_view kQueuesPrefix = "AmazonSQS.";
constexpr std::string_view kLogsPrefix = "Logs_20140328.";

// Streams operations are found under the prefix of tables as well.
bool IsUnder(const Operation& operation, ServiceName prefix) {
  return operation.service == prefix ||
         (operation.service == ServiceName::kDynamoDbStreams && prefix == ServiceName::kDynamoDb);
}

}  // namespace

Dispatcher::Dispatcher(const Services& services, std::span<const Operation> operations)
    : services_(services), operations_(operations) {}

const Operation* Dispatcher::Find(std::string_view target) const {
  ServiceName service = ServiceName::kDynamoDb;
  if (target.starts_with(kTablePrefix)) {
    target.remove_prefix(kTablePrefix.size());
  } else if (target.starts_with(kStreamsPrefix)) {
    service = ServiceName::kDynamoDbStreams;
    target.remove_prefix(kStreamsPrefix.size());
  } else if (target.starts_with(kQueuesPrefix)) {
    service = ServiceName::kQueues;
    target.remove_prefix(kQueuesPrefix.size());
  } else if (target.starts_with(kLogsPrefix)) {
    service = ServiceName::kLogs;
    target.remove_prefix(kLogsPrefix.size());
  } else {
    return nullptr;
  }
  // A few dozen comparisons, most of them of lengths only.
  for (const Operation& operation : operations_) {
    if (operation.name == target && IsUnder(operation, service)) {
      return &operation;
    }
  }
  return nullptr;
}

void Dispatcher::Run(const Operation& operation, Call* call) const {
  const ApiStatus status = CheckShape(*operation.input, call->input);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  if (services_.access != nullptr && !services_.access->Admit(services_, operation, call)) {
    return;
  }
  operation.run(services_, call);
}

}  // namespace millrace::api
