// Running functions: the one call by which everybody who has an event for a function hands it over.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace millrace::streams {

struct InvokeRequest {
  std::string function_name;                   // bare name
  std::string qualifier;                       // empty, "$LATEST", a version or an alias
  std::shared_ptr<const std::string> payload;  // the event, JSON
  std::string client_context;                  // JSON text; empty: none
  std::string trace_id;                        // empty: one is made
  std::string checkpoint_token;                // empty: none
  std::string replay_id;                       // empty: none
  bool wants_log_tail = false;
  std::string request_id;  // of earlier attempts of the same event; empty: one is made
  std::string trigger;  // for people: "event-source-mapping", "asynchronous"; empty: a direct call
};

enum class InvokeOutcome {
  kSucceeded,
  kFunctionError,     // the handler failed, or was ended: the payload is the failure document
  kThrottled,         // no capacity, see throttle_reason
  kFunctionNotFound,  // nor such a version or alias
  kNotReady,          // the function is being created
  kShuttingDown,
  kServerFault,
};

struct InvokeResult {
  InvokeOutcome outcome = InvokeOutcome::kServerFault;
  std::string payload;           // response, or failure document
  std::string executed_version;  // "$LATEST" or a number
  std::string request_id;
  std::string log_tail;         // text, if it was wanted
  std::string throttle_reason;  // as the protocol names it
  std::string message;          // for people; of outcomes other than the first two
};

class Invoker {
 public:
  virtual ~Invoker() = default;
  // Thread-safe. `done` runs exactly once, on a thread of the invoker, and must be brief.
  virtual void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) = 0;
};

}  // namespace millrace::streams
