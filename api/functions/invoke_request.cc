// Events in requests.
#include "api/functions/invoke_request.h"

#include <utility>

#include "storage/base/base64.h"
#include "storage/base/json.h"
#include "streams/functions/function_source.h"

namespace millrace::api {
namespace {

// Parsing more than this is not for I/O threads.
constexpr size_t kQuickSizeMax = size_t{64} << 10;
constexpr size_t kClientContextSizeMax = 3583;

// `text` is changed in the process; a writable byte stands behind it.
RestStatus CheckJson(std::span<char> text) {
  json::Document document;
  const Status status = document.Parse(text);
  if (status.ok()) {
    return {};
  }
  return {RestErrorType::kInvalidRequestContent,
          "Could not parse request body into json: Could not parse payload into json: " +
              std::string(status.message())};
}

void CheckEvent(RestCall* call,
                const std::function<void(std::shared_ptr<const std::string>)>& then) {
  auto event = std::make_shared<std::string>(call->body().data(), call->body().size());
  const RestStatus status = CheckJson(call->body());
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  then(std::move(event));
}

RestStatus ReadType(std::string_view text, InvocationTypes types, InvocationType* type) {
  const bool all = types == InvocationTypes::kAll;
  if (text.empty() || text == "RequestResponse") {
    *type = InvocationType::kRequestResponse;
  } else if (text == "Event" && all) {
    *type = InvocationType::kEvent;
  } else if (text == "DryRun") {
    *type = InvocationType::kDryRun;
  } else {
    return RestConstraintError(
        text, "invocationType",
        std::string("Member must satisfy enum value set: ") +
            (all ? "[Event, RequestResponse, DryRun]" : "[RequestResponse, DryRun]"));
  }
  return {};
}

RestStatus ReadLogType(std::string_view text, bool* wants_log_tail) {
  *wants_log_tail = text == "Tail";
  if (!text.empty() && text != "Tail" && text != "None") {
    return RestConstraintError(text, "logType", "Member must satisfy enum value set: [None, Tail]");
  }
  return {};
}

RestStatus ReadClientContext(std::string_view text, std::string* context) {
  bool valid =
      text.size() <= kClientContextSizeMax && DecodeBase64(text, context) == Base64Error::kNone;
  if (valid && !text.empty()) {
    std::string parsed = *context;
    json::Document document;
    valid = document.Parse(parsed).ok() && document.root().IsObject();
  }
  return valid ? RestStatus()
               : RestStatus(RestErrorType::kInvalidRequestContent,
                            "Client context must be a valid Base64-encoded JSON object.");
}

}  // namespace

RestStatus ReadInvocation(const Services& services, const RestCall& call, InvocationTypes types,
                          Invocation* invocation) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, &invocation->target));
  RETURN_IF_REST_ERROR(
      ReadType(call.header(RestHeader::kInvocationType), types, &invocation->type));
  RETURN_IF_REST_ERROR(ReadLogType(call.header(RestHeader::kLogType), &invocation->wants_log_tail));
  RETURN_IF_REST_ERROR(
      ReadClientContext(call.header(RestHeader::kClientContext), &invocation->client_context));
  if (invocation->type == InvocationType::kRequestResponse) {
    return {};  // the invoker looks itself
  }
  RETURN_IF_REST_ERROR(CheckInvocable(services, invocation->target));
  if (invocation->type == InvocationType::kEvent &&
      call.body().size() > kAsynchronousEventSizeMax) {
    return EventTooLarge(call.body().size(), "Event", kAsynchronousEventSizeMax);
  }
  return {};
}

streams::InvokeRequest ToInvokeRequest(const Invocation& invocation,
                                       std::shared_ptr<const std::string> event,
                                       const RestCall& call) {
  streams::InvokeRequest request;
  request.function_name = invocation.target.name;
  request.qualifier = invocation.target.qualifier;
  request.payload = std::move(event);
  request.client_context = invocation.client_context;
  request.trace_id = call.header(RestHeader::kTraceId);
  request.wants_log_tail = invocation.wants_log_tail;
  return request;
}

RestStatus NotInvoked(const Services& services, const FunctionTarget& target,
                      const streams::InvokeResult& result) {
  switch (result.outcome) {
    case streams::InvokeOutcome::kThrottled:
      return RestStatus::Throttled(result.throttle_reason);
    case streams::InvokeOutcome::kFunctionNotFound:
      return FunctionMissing(services, target);
    case streams::InvokeOutcome::kNotReady:
      return FunctionPending();
    case streams::InvokeOutcome::kShuttingDown:
      return {RestErrorType::kServiceUnavailable, "The server is shutting down."};
    default:
      return {RestErrorType::kService,
              result.message.empty() ? "An error occurred and the request cannot be processed."
                                     : result.message};
  }
}

RestStatus EventTooLarge(size_t size, std::string_view invocation_type, size_t size_max) {
  return {RestErrorType::kRequestTooLarge,
          std::to_string(size) + " byte payload is too large for the " +
              std::string(invocation_type) + " invocation type (limit " + std::to_string(size_max) +
              " bytes)"};
}

void WithEvent(RestCall* call, std::function<void(std::shared_ptr<const std::string>)> then) {
  if (call->body().empty()) {
    then(std::make_shared<std::string>("{}"));
  } else if (call->body().size() <= kQuickSizeMax) {
    CheckEvent(call, then);
  } else {
    call->RunOnWorker([call, then = std::move(then)] { CheckEvent(call, then); });
  }
}

RestStatus FunctionPending() {
  return {RestErrorType::kResourceConflict,
          "The operation cannot be performed at this time. The function is currently in the "
          "following state: Pending"};
}

RestStatus CheckInvocable(const Services& services, const FunctionTarget& target) {
  const streams::RunnableFunctionPointer function =
      services.functions->Resolve(target.name, target.qualifier);
  if (function == nullptr) {
    return FunctionMissing(services, target);
  }
  return function->ready ? RestStatus() : FunctionPending();
}

void EnqueueEvent(const Services& services, const FunctionTarget& target,
                  const std::string& client_context, const std::string& event, RestCall* call,
                  std::function<void(std::string request_id)> done) {
  streams::AsynchronousEvent stored;
  stored.function_name = target.name;
  stored.qualifier = target.qualifier;
  stored.payload = event;
  stored.trace_id = call->header(RestHeader::kTraceId);
  stored.client_context = client_context;
  services.asynchronous->Enqueue(std::move(stored), call->home(),
                                 [call, done = std::move(done)](Result<std::string> id) {
                                   if (!id.ok()) {
                                     call->Fail(FromFunctionStore(id.status()));
                                   } else {
                                     done(std::move(id).value());
                                   }
                                 });
}

}  // namespace millrace::api
