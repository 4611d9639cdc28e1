// The operations of invocation_operations.cc, each in a file of its name (the small ones on one
// thing share a file).
#pragma once

#include "api/functions/rest_dispatch.h"

namespace millrace::api {

extern const Shape kCreateEventSourceMappingShape;
extern const Shape kPutFunctionRecursionConfigShape;
extern const Shape kRestTagResourceShape;
extern const Shape kUpdateEventSourceMappingShape;

void RunCreateEventSourceMapping(const Services& services, RestCall* call);
void RunDeleteEventSourceMapping(const Services& services, RestCall* call);
void RunGetAccountSettings(const Services& services, RestCall* call);
void RunGetEventSourceMapping(const Services& services, RestCall* call);
void RunGetFunctionCodeSigningConfig(const Services& services, RestCall* call);
void RunGetFunctionRecursionConfig(const Services& services, RestCall* call);
void RunGetRuntimeManagementConfig(const Services& services, RestCall* call);
void RunInvoke(const Services& services, RestCall* call);
void RunInvokeAsync(const Services& services, RestCall* call);
void RunInvokeWithResponseStream(const Services& services, RestCall* call);
void RunListEventSourceMappings(const Services& services, RestCall* call);
void RunListTags(const Services& services, RestCall* call);
void RunPutFunctionRecursionConfig(const Services& services, RestCall* call);
void RunTagResource(const Services& services, RestCall* call);
void RunUntagResource(const Services& services, RestCall* call);
void RunUpdateEventSourceMapping(const Services& services, RestCall* call);

}  // namespace millrace::api
