// PublishVersion.
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
    {"CodeSha256", &kStringShape},
    {"Description", &kStringShape},
    {"RevisionId", &kStringShape},
});
constexpr size_t kDescriptionSizeMax = 256;

std::string TextOf(json::Value value) {
  return value.present() ? std::string(value.AsString()) : std::string();
}

}  // namespace

const Shape kPublishVersionShape = {ShapeKind::kStructure, "PublishVersionRequest", nullptr,
                                    kMembers};

void RunPublishVersion(const Services& services, RestCall* call) {
  const json::Value input = call->input();
  ConstraintCollector constraints;
  constraints.CheckLength(input.Find("Description"), "description", 0, kDescriptionSizeMax);
  FunctionTarget target;
  RestStatus status = FromApi(constraints.Finish());
  if (status.ok()) {
    status = ReadFunctionTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  streams::VersionPublication publication;
  if (input.Find("Description").present()) {
    publication.description = TextOf(input.Find("Description"));
  }
  publication.code_sha256_base64 = TextOf(input.Find("CodeSha256"));
  publication.revision_id = TextOf(input.Find("RevisionId"));
  services.functions->PublishVersion(target.name, std::move(publication), call->home(),
                                     ReplyConfiguration(services, call, 201));
}

}  // namespace millrace::api
