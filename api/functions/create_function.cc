// CreateFunction.
#include <array>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "api/functions/tag_map.h"

namespace millrace::api {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"FunctionName", &kStringShape},
    {"Runtime", &kStringShape},
    {"Role", &kStringShape},
    {"Handler", &kStringShape},
    {"Code", &kCodeShape},
    {"Description", &kStringShape},
    {"Timeout", &kIntegerShape},
    {"MemorySize", &kIntegerShape},
    {"Publish", &kBooleanShape},
    {"VpcConfig", &kVpcConfigShape},
    {"PackageType", &kStringShape},
    {"DeadLetterConfig", &kTargetShape},
    {"Environment", &kEnvironmentShape},
    {"KMSKeyArn", &kStringShape},
    {"TracingConfig", &kTracingConfigShape},
    {"Tags", &kStringMapShape},
    {"Layers", &kStringListShape},
    {"FileSystemConfigs", &kFileSystemConfigsShape},
    {"ImageConfig", &kImageConfigShape},
    {"CodeSigningConfigArn", &kStringShape},
    {"Architectures", &kStringListShape},
    {"EphemeralStorage", &kEphemeralStorageShape},
    {"SnapStart", &kSnapStartShape},
    {"LoggingConfig", &kLoggingConfigShape},
    {"CapacityProviderConfig", &kAnyStructureShape},
    {"DurableConfig", &kAnyStructureShape},
    {"TenancyConfig", &kAnyStructureShape},
});

RestStatus CheckMembers(json::Value input) {
  constexpr auto kPackageTypes = std::to_array<std::string_view>({"Image", "Zip"});
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("FunctionName"), "functionName");
  constraints.RequirePresent(input.Find("Role"), "role");
  constraints.RequirePresent(input.Find("Code"), "code");
  constraints.CheckEnum(input.Find("PackageType"), "packageType", "[Image, Zip]", kPackageTypes);
  CheckConfiguration(input, &constraints);
  if (input.Find("Code").present()) {
    CheckCode(input.Find("Code"), "code", &constraints);
  }
  return FromApi(constraints.Finish());
}

// Everything but the code, which costs most.
RestStatus ReadFunction(const Services& services, json::Value input,
                        streams::FunctionCreation* creation) {
  RETURN_IF_REST_ERROR(CheckMembers(input));
  FunctionTarget target;
  RETURN_IF_REST_ERROR(
      ReadFunctionTarget(services, input.Find("FunctionName").AsString(), "", &target));
  if (!target.qualifier.empty()) {
    return InvalidParameterValue("The function name must not have a qualifier.");
  }
  creation->name = std::move(target.name);
  if (input.Find("PackageType").present() && input.Find("PackageType").AsString() == "Image") {
    return InvalidParameterValue(
        "Container images are not supported. Please use the package type Zip.");
  }
  if (!input.Find("Runtime").present() || !input.Find("Handler").present()) {
    return InvalidParameterValue(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
        "packages.");
  }
  RETURN_IF_REST_ERROR(ApplyConfiguration(services, input, &creation->configuration));
  const json::Value architectures = input.Find("Architectures");
  if (architectures.present()) {
    creation->configuration.architecture = (*architectures.elements().begin()).AsString();
  }
  creation->publish = BooleanOf(input.Find("Publish"));
  RETURN_IF_REST_ERROR(ReadTagMap(input.Find("Tags"), &creation->tags));
  if (services.functions->Find(creation->name) != nullptr) {
    return {RestErrorType::kResourceConflict, "Function already exist: " + creation->name};
  }
  return {};
}

}  // namespace

const Shape kCreateFunctionShape = {ShapeKind::kStructure, "CreateFunctionRequest", nullptr,
                                    kMembers};

void RunCreateFunction(const Services& services, RestCall* call) {
  streams::FunctionCreation creation;
  RestStatus status = ReadFunction(services, call->input(), &creation);
  if (status.ok()) {
    status = StoreCode(services, call->input().Find("Code"), &creation.code);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->Create(std::move(creation), call->home(),
                             ReplyConfiguration(services, call, 201));
}

}  // namespace millrace::api
