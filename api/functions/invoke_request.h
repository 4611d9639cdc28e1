// What the ways to invoke a function have in common: the event, and the errors.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "api/functions/function_target.h"
#include "api/functions/rest_call.h"
#include "streams/delivery/asynchronous_invoker.h"
#include "streams/invoke/invoker.h"

namespace millrace::api {

enum class InvocationType { kRequestResponse, kEvent, kDryRun };
// Which of them an operation has.
enum class InvocationTypes { kAll, kWithoutEvent };

// What a request says beside the event.
struct Invocation {
  FunctionTarget target;
  InvocationType type = InvocationType::kRequestResponse;
  bool wants_log_tail = false;
  std::string client_context;  // JSON text, or empty
};

// Reads and checks it. Except for kRequestResponse, where the invoker looks itself, the function
// must be there.
RestStatus ReadInvocation(const Services& services, const RestCall& call, InvocationTypes types,
                          Invocation* invocation);
streams::InvokeRequest ToInvokeRequest(const Invocation& invocation,
                                       std::shared_ptr<const std::string> event,
                                       const RestCall& call);
// What the caller is told when the function did not run.
RestStatus NotInvoked(const Services& services, const FunctionTarget& target,
                      const streams::InvokeResult& result);

// The most bytes of an event that nobody waits for.
inline constexpr size_t kAsynchronousEventSizeMax = size_t{1} << 20;

// What is said of an event that is too large for its kind of invocation.
RestStatus EventTooLarge(size_t size, std::string_view invocation_type, size_t size_max);

// Hands over the body if it is JSON ("{}" if there is none), else fails the call. Large bodies are
// looked at by a worker.
void WithEvent(RestCall* call, std::function<void(std::shared_ptr<const std::string>)> then);

// Whether the function is there and may be invoked.
RestStatus CheckInvocable(const Services& services, const FunctionTarget& target);
// "The function is being created": the answer while its state is Pending.
RestStatus FunctionPending();

// Stores an event; `done` runs on the call's home thread once it is durable.
void EnqueueEvent(const Services& services, const FunctionTarget& target,
                  const std::string& client_context, const std::string& event, RestCall* call,
                  std::function<void(std::string request_id)> done);

}  // namespace millrace::api
