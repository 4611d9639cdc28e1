// DeleteFunction: a function with all that it has, or one version.
#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_target.h"
#include "streams/functions/function_name.h"

namespace millrace::api {

void RunDeleteFunction(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = ReadFunctionTarget(services, *call, &target);
  if (status.ok() && target.qualifier == streams::kLatestVersion) {
    status =
        InvalidParameterValue("$LATEST version cannot be deleted without deleting the function.");
  } else if (status.ok() && !target.qualifier.empty() &&
             !streams::IsVersionNumber(target.qualifier)) {
    status = InvalidParameterValue("Deletion of aliases is not currently supported.");
  }
  if (!status.ok()) {
    call->Fail(status);
  } else if (target.qualifier.empty()) {
    services.functions->Delete(target.name, call->home(), ReplyNothing(call));
  } else {
    services.functions->DeleteVersion(target.name, target.qualifier, call->home(),
                                      ReplyNothing(call));
  }
}

}  // namespace millrace::api
