// Invoke: runs a function and waits for it, or takes an event for later, or only looks whether it
// could.
#include <utility>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/invoke_request.h"
#include "storage/base/base64.h"
#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr size_t kClientContextSizeMax = 3583;

enum class InvocationType { kRequestResponse, kEvent, kDryRun };

struct Invocation {
  FunctionTarget target;
  InvocationType type = InvocationType::kRequestResponse;
  bool wants_log_tail = false;
  std::string client_context;
};

RestStatus ReadType(std::string_view text, InvocationType* type) {
  if (text.empty() || text == "RequestResponse") {
    *type = InvocationType::kRequestResponse;
  } else if (text == "Event") {
    *type = InvocationType::kEvent;
  } else if (text == "DryRun") {
    *type = InvocationType::kDryRun;
  } else {
    return RestConstraintError(
        text, "invocationType",
        "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
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

RestStatus ReadInvocation(const Services& services, const RestCall& call, Invocation* invocation) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, &invocation->target));
  RETURN_IF_REST_ERROR(ReadType(call.header(RestHeader::kInvocationType), &invocation->type));
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

// What the caller is told when the function did not run.
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

// On a thread of the invoker.
void Answer(const Services& services, const Invocation& invocation, streams::InvokeResult result,
            RestCall* call) {
  if (!result.request_id.empty()) {
    call->SetRequestId(result.request_id);
  }
  const bool failed = result.outcome == streams::InvokeOutcome::kFunctionError;
  if (!failed && result.outcome != streams::InvokeOutcome::kSucceeded) {
    call->Fail(NotInvoked(services, invocation.target, result));
    return;
  }
  call->AddHeader("X-Amz-Executed-Version", result.executed_version);
  if (failed) {
    call->AddHeader("X-Amz-Function-Error", "Unhandled");
  }
  if (invocation.wants_log_tail) {
    std::string log;
    EncodeBase64(result.log_tail, &log);
    call->AddHeader("X-Amz-Log-Result", log);
  }
  call->Reply(200, std::move(result.payload));
}

void InvokeAndWait(const Services& services, Invocation invocation,
                   std::shared_ptr<const std::string> event, RestCall* call) {
  streams::InvokeRequest request;
  request.function_name = invocation.target.name;
  request.qualifier = invocation.target.qualifier;
  request.payload = std::move(event);
  request.client_context = invocation.client_context;
  request.trace_id = call->header(RestHeader::kTraceId);
  request.wants_log_tail = invocation.wants_log_tail;
  services.invoker->Invoke(std::move(request),
                           [&services, invocation, call](streams::InvokeResult result) {
                             Answer(services, invocation, std::move(result), call);
                           });
}

}  // namespace

void RunInvoke(const Services& services, RestCall* call) {
  Invocation invocation;
  const RestStatus status = ReadInvocation(services, *call, &invocation);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  if (invocation.type == InvocationType::kDryRun) {
    call->Reply(204);
    return;
  }
  WithEvent(call, [&services, invocation = std::move(invocation),
                   call](std::shared_ptr<const std::string> event) {
    if (invocation.type == InvocationType::kRequestResponse) {
      InvokeAndWait(services, invocation, std::move(event), call);
      return;
    }
    EnqueueEvent(services, invocation.target, invocation.client_context, *event, call,
                 [call](std::string request_id) {
                   call->SetRequestId(std::move(request_id));
                   call->Reply(202);
                 });
  });
}

}  // namespace millrace::api
