// From the X-Amz-Target header to the operation.
#pragma once

#include <span>
#include <string_view>

#include "api/wire/operation.h"

namespace millrace::api {

// Finds operations by target. Immutable after construction, so thread-safe.
class Dispatcher {
 public:
  Dispatcher(const Services& services, std::span<const Operation> operations);

  // The operation named by a target such as "DynamoDB_20120810.GetItem"; nullptr when it is
  // malformed or unknown. Streams operations are found under either prefix.
  const Operation* Find(std::string_view target) const;

  // Checks the input's shape and whether the caller may, and runs the operation; call->input must
  // be an object.
  void Run(const Operation& operation, Call* call) const;

 private:
  const Services services_;
  std::span<const Operation> operations_;
};

}  // namespace millrace::api
