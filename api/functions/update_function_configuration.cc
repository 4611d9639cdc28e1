// UpdateFunctionConfiguration: what is given replaces what was there, the rest stays.
#include <array>
#include <string>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"

namespace millrace::api {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"Role", &kStringShape},
    {"Handler", &kStringShape},
    {"Description", &kStringShape},
    {"Timeout", &kIntegerShape},
    {"MemorySize", &kIntegerShape},
    {"VpcConfig", &kVpcConfigShape},
    {"Environment", &kEnvironmentShape},
    {"Runtime", &kStringShape},
    {"DeadLetterConfig", &kTargetShape},
    {"KMSKeyArn", &kStringShape},
    {"TracingConfig", &kTracingConfigShape},
    {"RevisionId", &kStringShape},
    {"Layers", &kStringListShape},
    {"FileSystemConfigs", &kFileSystemConfigsShape},
    {"ImageConfig", &kImageConfigShape},
    {"EphemeralStorage", &kEphemeralStorageShape},
    {"SnapStart", &kSnapStartShape},
    {"LoggingConfig", &kLoggingConfigShape},
    {"CapacityProviderConfig", &kAnyStructureShape},
    {"DurableConfig", &kAnyStructureShape},
});

RestStatus CheckUpdate(const Services& services, const RestCall& call, FunctionTarget* target) {
  ConstraintCollector constraints;
  CheckConfiguration(call.input(), &constraints);
  RETURN_IF_REST_ERROR(FromApi(constraints.Finish()));
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  if (services.functions->Find(target->name) == nullptr) {
    return FunctionMissing(services, *target);
  }
  // Shows now whether the members fit each other, so that the edit cannot be refused for them.
  streams::FunctionConfiguration trial;
  return ApplyConfiguration(services, call.input(), &trial);
}

}  // namespace

const Shape kUpdateFunctionConfigurationShape = {
    ShapeKind::kStructure, "UpdateFunctionConfigurationRequest", nullptr, kMembers};

void RunUpdateFunctionConfiguration(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = CheckUpdate(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const json::Value input = call->input();
  const json::Value revision = input.Find("RevisionId");
  // The input lives until the call is answered, which is after the edit.
  services.functions->UpdateConfiguration(
      target.name, revision.present() ? std::string(revision.AsString()) : std::string(),
      [&services, input](streams::FunctionConfiguration* configuration) {
        const RestStatus applied = ApplyConfiguration(services, input, configuration);
        return applied.ok() ? Status::Ok()
                            : Status(StatusCode::kInvalidArgument, applied.message());
      },
      call->home(), ReplyConfiguration(services, call, 200));
}

}  // namespace millrace::api
