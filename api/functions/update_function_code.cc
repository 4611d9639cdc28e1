// UpdateFunctionCode.
#include <array>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"

namespace millrace::api {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"ZipFile", &kBlobShape},
    {"S3Bucket", &kStringShape},
    {"S3Key", &kStringShape},
    {"S3ObjectVersion", &kStringShape},
    {"ImageUri", &kStringShape},
    {"Publish", &kBooleanShape},
    {"DryRun", &kBooleanShape},
    {"RevisionId", &kStringShape},
    {"Architectures", &kStringListShape},
});

RestStatus ReadUpdate(const Services& services, const RestCall& call, FunctionTarget* target,
                      streams::FunctionCodeUpdate* update) {
  const json::Value input = call.input();
  ConstraintCollector constraints;
  CheckCode(input, "", &constraints);
  CheckArchitectures(input.Find("Architectures"), "architectures", 1, &constraints);
  RETURN_IF_REST_ERROR(FromApi(constraints.Finish()));
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  if (services.functions->Find(target->name) == nullptr) {
    return FunctionMissing(services, *target);
  }
  update->publish = BooleanOf(input.Find("Publish"));
  update->dry_run = BooleanOf(input.Find("DryRun"));
  if (input.Find("RevisionId").present()) {
    update->revision_id = input.Find("RevisionId").AsString();
  }
  if (input.Find("Architectures").present()) {
    update->architecture = (*input.Find("Architectures").elements().begin()).AsString();
  }
  return StoreCode(services, input, &update->code);
}

}  // namespace

const Shape kUpdateFunctionCodeShape = {ShapeKind::kStructure, "UpdateFunctionCodeRequest", nullptr,
                                        kMembers};

void RunUpdateFunctionCode(const Services& services, RestCall* call) {
  FunctionTarget target;
  streams::FunctionCodeUpdate update;
  const RestStatus status = ReadUpdate(services, *call, &target, &update);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->UpdateCode(target.name, std::move(update), call->home(),
                                 ReplyConfiguration(services, call, 200));
}

}  // namespace millrace::api
