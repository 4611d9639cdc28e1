// The list of operations on invocations, mappings, tags and the account. A new one is its own file
// and one line here.
#include <array>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/operation_list.h"

namespace millrace::api {
namespace {

constexpr RestThread kHome = RestThread::kHome;
constexpr RestThread kWorker = RestThread::kWorker;

constexpr auto kOperations = std::to_array<RestOperation>({
    {"Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations", nullptr, RunInvoke,
     kHome, kRestEventSizeMax},
    {"InvokeWithResponseStream", "POST",
     "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", nullptr,
     RunInvokeWithResponseStream, kHome, kRestEventSizeMax},
    {"InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async", nullptr,
     RunInvokeAsync},
    {"CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings",
     &kCreateEventSourceMappingShape, RunCreateEventSourceMapping, kWorker},
    {"ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings", nullptr,
     RunListEventSourceMappings},
    {"GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}", nullptr,
     RunGetEventSourceMapping},
    {"UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}",
     &kUpdateEventSourceMappingShape, RunUpdateEventSourceMapping, kWorker},
    {"DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}", nullptr,
     RunDeleteEventSourceMapping},
    {"GetAccountSettings", "GET", "/2016-08-19/account-settings", nullptr, RunGetAccountSettings},
    {"ListTags", "GET", "/2017-03-31/tags/{ARN}", nullptr, RunListTags},
    {"TagResource", "POST", "/2017-03-31/tags/{ARN}", &kRestTagResourceShape, RunTagResource},
    {"UntagResource", "DELETE", "/2017-03-31/tags/{ARN}", nullptr, RunUntagResource},
    {"GetFunctionCodeSigningConfig", "GET",
     "/2020-06-30/functions/{FunctionName}/code-signing-config", nullptr,
     RunGetFunctionCodeSigningConfig},
    {"GetRuntimeManagementConfig", "GET",
     "/2021-07-20/functions/{FunctionName}/runtime-management-config", nullptr,
     RunGetRuntimeManagementConfig},
    {"GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{FunctionName}/recursion-config",
     nullptr, RunGetFunctionRecursionConfig},
    {"PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config",
     &kPutFunctionRecursionConfigShape, RunPutFunctionRecursionConfig},
});

}  // namespace

std::span<const RestOperation> InvocationOperations() { return kOperations; }

}  // namespace millrace::api
