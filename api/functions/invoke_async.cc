// InvokeAsync: the old form of an invocation that nobody waits for.
#include <utility>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/invoke_request.h"

namespace millrace::api {

void RunInvokeAsync(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = ReadFunctionTarget(services, *call, &target);
  if (status.ok()) {
    status = CheckInvocable(services, target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  WithEvent(call, [&services, target, call](const std::shared_ptr<const std::string>& event) {
    EnqueueEvent(services, target, {}, *event, call, [call](std::string request_id) {
      call->SetRequestId(std::move(request_id));
      call->Reply(202, R"({"Status":202})");
    });
  });
}

}  // namespace millrace::api
