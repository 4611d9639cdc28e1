// The operations on functions: one file each, or one for a few that are short and alike; entered in
// function_operations.cc.
#pragma once

#include "api/functions/rest_call.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"

namespace millrace::api {

extern const Shape kAddPermissionShape;
extern const Shape kCreateAliasShape;
extern const Shape kCreateFunctionShape;
extern const Shape kEventInvokeConfigShape;  // of PUT and POST
extern const Shape kFunctionUrlConfigShape;  // of POST and PUT
extern const Shape kPublishLayerVersionShape;
extern const Shape kPublishVersionShape;
extern const Shape kPutFunctionConcurrencyShape;
extern const Shape kPutProvisionedConcurrencyShape;
extern const Shape kUpdateAliasShape;
extern const Shape kUpdateFunctionCodeShape;
extern const Shape kUpdateFunctionConfigurationShape;

void RunAddPermission(const Services& services, RestCall* call);
void RunCreateAlias(const Services& services, RestCall* call);
void RunCreateFunction(const Services& services, RestCall* call);
void RunCreateFunctionUrlConfig(const Services& services, RestCall* call);
void RunDeleteAlias(const Services& services, RestCall* call);
void RunDeleteFunction(const Services& services, RestCall* call);
void RunDeleteFunctionConcurrency(const Services& services, RestCall* call);
void RunDeleteFunctionEventInvokeConfig(const Services& services, RestCall* call);
void RunDeleteFunctionUrlConfig(const Services& services, RestCall* call);
void RunDeleteLayerVersion(const Services& services, RestCall* call);
void RunDeleteProvisionedConcurrencyConfig(const Services& services, RestCall* call);
void RunGetAlias(const Services& services, RestCall* call);
void RunGetFunction(const Services& services, RestCall* call);
void RunGetFunctionConcurrency(const Services& services, RestCall* call);
void RunGetFunctionConfiguration(const Services& services, RestCall* call);
void RunGetFunctionEventInvokeConfig(const Services& services, RestCall* call);
void RunGetFunctionUrlConfig(const Services& services, RestCall* call);
void RunGetLayerVersion(const Services& services, RestCall* call);
void RunGetPolicy(const Services& services, RestCall* call);
// GetProvisionedConcurrencyConfig, and with the parameter List ListProvisionedConcurrencyConfigs.
void RunGetProvisionedConcurrencyConfig(const Services& services, RestCall* call);
void RunListAliases(const Services& services, RestCall* call);
void RunListFunctionEventInvokeConfigs(const Services& services, RestCall* call);
void RunListFunctions(const Services& services, RestCall* call);
void RunListFunctionUrlConfigs(const Services& services, RestCall* call);
// ListLayers, and with the parameter find GetLayerVersionByArn.
void RunListLayers(const Services& services, RestCall* call);
void RunListLayerVersions(const Services& services, RestCall* call);
void RunListVersionsByFunction(const Services& services, RestCall* call);
void RunPublishLayerVersion(const Services& services, RestCall* call);
void RunPublishVersion(const Services& services, RestCall* call);
void RunPutFunctionConcurrency(const Services& services, RestCall* call);
void RunPutFunctionEventInvokeConfig(const Services& services, RestCall* call);
void RunPutProvisionedConcurrencyConfig(const Services& services, RestCall* call);
void RunRemovePermission(const Services& services, RestCall* call);
void RunUpdateAlias(const Services& services, RestCall* call);
void RunUpdateFunctionCode(const Services& services, RestCall* call);
void RunUpdateFunctionConfiguration(const Services& services, RestCall* call);
void RunUpdateFunctionEventInvokeConfig(const Services& services, RestCall* call);
void RunUpdateFunctionUrlConfig(const Services& services, RestCall* call);

}  // namespace millrace::api
