// The list of operations on functions.
#include <array>

#include "api/functions/function_operation_list.h"
#include "api/functions/operation_list.h"

namespace millrace::api {
namespace {

constexpr RestThread kWorker = RestThread::kWorker;
constexpr RestErrorType kEntityTooLarge = RestErrorType::kRequestEntityTooLarge;

constexpr std::string_view kFunctions = "/2015-03-31/functions";
constexpr std::string_view kFunction = "/2015-03-31/functions/{FunctionName}";
constexpr std::string_view kConfiguration = "/2015-03-31/functions/{FunctionName}/configuration";
constexpr std::string_view kCode = "/2015-03-31/functions/{FunctionName}/code";
constexpr std::string_view kVersions = "/2015-03-31/functions/{FunctionName}/versions";
constexpr std::string_view kAliases = "/2015-03-31/functions/{FunctionName}/aliases";
constexpr std::string_view kAlias = "/2015-03-31/functions/{FunctionName}/aliases/{Name}";
constexpr std::string_view kPolicy = "/2015-03-31/functions/{FunctionName}/policy";
constexpr std::string_view kStatement = "/2015-03-31/functions/{FunctionName}/policy/{StatementId}";
constexpr std::string_view kConcurrency = "/2017-10-31/functions/{FunctionName}/concurrency";
constexpr std::string_view kReadConcurrency = "/2019-09-30/functions/{FunctionName}/concurrency";
constexpr std::string_view kProvisioned =
    "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
constexpr std::string_view kEventInvoke =
    "/2019-09-25/functions/{FunctionName}/event-invoke-config";
constexpr std::string_view kEventInvokeList =
    "/2019-09-25/functions/{FunctionName}/event-invoke-config/list";
constexpr std::string_view kUrl = "/2021-10-31/functions/{FunctionName}/url";
constexpr std::string_view kUrls = "/2021-10-31/functions/{FunctionName}/urls";
constexpr std::string_view kLayers = "/2018-10-31/layers";
constexpr std::string_view kLayerVersions = "/2018-10-31/layers/{LayerName}/versions";
constexpr std::string_view kLayerVersion =
    "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}";

const auto kOperations = std::to_array<RestOperation>({
    {"CreateFunction", "POST", kFunctions, &kCreateFunctionShape, &RunCreateFunction, kWorker,
     kRestCodeSizeMax, kEntityTooLarge},
    {"ListFunctions", "GET", kFunctions, nullptr, &RunListFunctions},
    {"GetFunction", "GET", kFunction, nullptr, &RunGetFunction},
    {"DeleteFunction", "DELETE", kFunction, nullptr, &RunDeleteFunction},
    {"GetFunctionConfiguration", "GET", kConfiguration, nullptr, &RunGetFunctionConfiguration},
    {"UpdateFunctionConfiguration", "PUT", kConfiguration, &kUpdateFunctionConfigurationShape,
     &RunUpdateFunctionConfiguration},
    {"UpdateFunctionCode", "PUT", kCode, &kUpdateFunctionCodeShape, &RunUpdateFunctionCode, kWorker,
     kRestCodeSizeMax, kEntityTooLarge},
    {"PublishVersion", "POST", kVersions, &kPublishVersionShape, &RunPublishVersion},
    {"ListVersionsByFunction", "GET", kVersions, nullptr, &RunListVersionsByFunction},
    {"CreateAlias", "POST", kAliases, &kCreateAliasShape, &RunCreateAlias},
    {"ListAliases", "GET", kAliases, nullptr, &RunListAliases},
    {"GetAlias", "GET", kAlias, nullptr, &RunGetAlias},
    {"UpdateAlias", "PUT", kAlias, &kUpdateAliasShape, &RunUpdateAlias},
    {"DeleteAlias", "DELETE", kAlias, nullptr, &RunDeleteAlias},
    {"AddPermission", "POST", kPolicy, &kAddPermissionShape, &RunAddPermission},
    {"GetPolicy", "GET", kPolicy, nullptr, &RunGetPolicy},
    {"RemovePermission", "DELETE", kStatement, nullptr, &RunRemovePermission},
    {"PutFunctionConcurrency", "PUT", kConcurrency, &kPutFunctionConcurrencyShape,
     &RunPutFunctionConcurrency},
    {"DeleteFunctionConcurrency", "DELETE", kConcurrency, nullptr, &RunDeleteFunctionConcurrency},
    {"GetFunctionConcurrency", "GET", kReadConcurrency, nullptr, &RunGetFunctionConcurrency},
    {"PutProvisionedConcurrencyConfig", "PUT", kProvisioned, &kPutProvisionedConcurrencyShape,
     &RunPutProvisionedConcurrencyConfig},
    {"GetProvisionedConcurrencyConfig", "GET", kProvisioned, nullptr,
     &RunGetProvisionedConcurrencyConfig},
    {"DeleteProvisionedConcurrencyConfig", "DELETE", kProvisioned, nullptr,
     &RunDeleteProvisionedConcurrencyConfig},
    {"PutFunctionEventInvokeConfig", "PUT", kEventInvoke, &kEventInvokeConfigShape,
     &RunPutFunctionEventInvokeConfig},
    {"UpdateFunctionEventInvokeConfig", "POST", kEventInvoke, &kEventInvokeConfigShape,
     &RunUpdateFunctionEventInvokeConfig},
    {"GetFunctionEventInvokeConfig", "GET", kEventInvoke, nullptr,
     &RunGetFunctionEventInvokeConfig},
    {"DeleteFunctionEventInvokeConfig", "DELETE", kEventInvoke, nullptr,
     &RunDeleteFunctionEventInvokeConfig},
    {"ListFunctionEventInvokeConfigs", "GET", kEventInvokeList, nullptr,
     &RunListFunctionEventInvokeConfigs},
    {"CreateFunctionUrlConfig", "POST", kUrl, &kFunctionUrlConfigShape,
     &RunCreateFunctionUrlConfig},
    {"GetFunctionUrlConfig", "GET", kUrl, nullptr, &RunGetFunctionUrlConfig},
    {"UpdateFunctionUrlConfig", "PUT", kUrl, &kFunctionUrlConfigShape, &RunUpdateFunctionUrlConfig},
    {"DeleteFunctionUrlConfig", "DELETE", kUrl, nullptr, &RunDeleteFunctionUrlConfig},
    {"ListFunctionUrlConfigs", "GET", kUrls, nullptr, &RunListFunctionUrlConfigs},
    {"ListLayers", "GET", kLayers, nullptr, &RunListLayers},
    {"PublishLayerVersion", "POST", kLayerVersions, &kPublishLayerVersionShape,
     &RunPublishLayerVersion, kWorker, kRestCodeSizeMax, kEntityTooLarge},
    {"ListLayerVersions", "GET", kLayerVersions, nullptr, &RunListLayerVersions},
    {"GetLayerVersion", "GET", kLayerVersion, nullptr, &RunGetLayerVersion},
    {"DeleteLayerVersion", "DELETE", kLayerVersion, nullptr, &RunDeleteLayerVersion},
});

}  // namespace

std::span<const RestOperation> FunctionOperations() { return kOperations; }

}  // namespace millrace::api
