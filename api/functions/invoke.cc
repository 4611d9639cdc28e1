// Invoke: runs a function and waits for it, or takes an event for later, or only looks whether it
// could.
#include <utility>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/invoke_request.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

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

void InvokeAndWait(const Services& services, const Invocation& invocation,
                   std::shared_ptr<const std::string> event, RestCall* call) {
  services.invoker->Invoke(ToInvokeRequest(invocation, std::move(event), *call),
                           [&services, invocation, call](streams::InvokeResult result) {
                             Answer(services, invocation, std::move(result), call);
                           });
}

}  // namespace

void RunInvoke(const Services& services, RestCall* call) {
  Invocation invocation;
  const RestStatus status = ReadInvocation(services, *call, InvocationTypes::kAll, &invocation);
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
