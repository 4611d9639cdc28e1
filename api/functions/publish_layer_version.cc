// PublishLayerVersion.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "api/functions/layer_reply.h"
#include "api/functions/runtimes.h"

namespace millrace::api {
namespace {

constexpr size_t kDescriptionSizeMax = 256;
constexpr size_t kLicenseSizeMax = 512;
constexpr size_t kRuntimesMax = 15;
constexpr size_t kArchitecturesMax = 2;

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"Description", &kStringShape},
    {"Content", &kCodeShape},
    {"CompatibleRuntimes", &kStringListShape},
    {"LicenseInfo", &kStringShape},
    {"CompatibleArchitectures", &kStringListShape},
});

RestStatus CheckMembers(json::Value input) {
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("Content"), "content");
  constraints.CheckLength(input.Find("Description"), "description", 0, kDescriptionSizeMax);
  constraints.CheckLength(input.Find("LicenseInfo"), "licenseInfo", 0, kLicenseSizeMax);
  const json::Value runtimes = input.Find("CompatibleRuntimes");
  constraints.CheckLength(runtimes, "compatibleRuntimes", 0, kRuntimesMax);
  if (runtimes.present()) {
    for (const json::Value runtime : runtimes.elements()) {
      if (!IsRuntime(runtime.AsString())) {
        constraints.AddValue("[" + std::string(runtime.AsString().substr(0, 128)) + "]",
                             "compatibleRuntimes",
                             "Member must satisfy constraint: [Member must satisfy enum value "
                             "set: " +
                                 std::string(RuntimesText()) + "]");
      }
    }
  }
  CheckArchitectures(input.Find("CompatibleArchitectures"), "compatibleArchitectures",
                     kArchitecturesMax, &constraints);
  if (input.Find("Content").present()) {
    CheckCode(input.Find("Content"), "content", &constraints);
  }
  return FromApi(constraints.Finish());
}

std::vector<std::string> TextsOf(json::Value list) {
  std::vector<std::string> texts;
  if (list.present()) {
    for (const json::Value element : list.elements()) {
      texts.emplace_back(element.AsString());
    }
  }
  return texts;
}

std::string TextOf(json::Value value) {
  return value.present() ? std::string(value.AsString()) : std::string();
}

RestStatus ReadLayer(const Services& services, const RestCall& call,
                     streams::LayerPublication* publication) {
  const json::Value input = call.input();
  RETURN_IF_REST_ERROR(CheckMembers(input));
  streams::LayerVersion& version = publication->version;
  RETURN_IF_REST_ERROR(ReadLayerName(services, call, &version.layer));
  version.description = TextOf(input.Find("Description"));
  version.license = TextOf(input.Find("LicenseInfo"));
  version.runtimes = TextsOf(input.Find("CompatibleRuntimes"));
  version.architectures = TextsOf(input.Find("CompatibleArchitectures"));
  return StoreCode(services, input.Find("Content"), &publication->code);
}

}  // namespace

const Shape kPublishLayerVersionShape = {ShapeKind::kStructure, "PublishLayerVersionRequest",
                                         nullptr, kMembers};

void RunPublishLayerVersion(const Services& services, RestCall* call) {
  streams::LayerPublication publication;
  const RestStatus status = ReadLayer(services, *call, &publication);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->PublishLayer(
      std::move(publication), call->home(),
      [&services, call](const Result<streams::LayerVersionPointer>& version) {
        if (version.ok()) {
          ReplyLayerVersion(services, *version.value(), 201, call);
        } else {
          call->Fail(FromCatalog(version.status()));
        }
      });
}

}  // namespace millrace::api
