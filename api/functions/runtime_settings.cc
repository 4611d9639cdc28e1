// GetFunctionCodeSigningConfig and GetRuntimeManagementConfig: settings that this server has in one
// state only. Tools that manage infrastructure ask for them after every creation.
#include "api/functions/function_target.h"
#include "api/functions/invocation_operation_list.h"
#include "storage/base/json.h"

namespace millrace::api {

void RunGetFunctionCodeSigningConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindFunction(services, *call, &found);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  writer.Member("FunctionName", found.target.name);
  writer.EndObject();
  call->Reply(200, std::move(body));
}

void RunGetRuntimeManagementConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindFunction(services, *call, &found);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  writer.Member("UpdateRuntimeOn", "Auto");
  writer.Member("FunctionArn", FunctionArn(services, found.target.name, found.target.qualifier));
  writer.EndObject();
  call->Reply(200, std::move(body));
}

}  // namespace millrace::api
