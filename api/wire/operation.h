// What an operation is: a name, the shape of its input, and a function that runs it. One operation
// is one file under api/operations and one line in operations.cc.
#pragma once

#include <string_view>

#include "api/wire/call.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"

namespace millrace::api {

enum class ServiceName { kDynamoDb, kDynamoDbStreams, kQueues, kLogs };

struct Operation {
  ServiceName service = ServiceName::kDynamoDb;
  std::string_view name;         // as in X-Amz-Target behind the dot
  const Shape* input = nullptr;  // checked before `run`; type errors are SerializationException
  // Answers the call now or later: calls Call::Finish or Call::Fail exactly once, on the call's
  // home thread.
  void (*run)(const Services& services, Call* call) = nullptr;
};

}  // namespace millrace::api
