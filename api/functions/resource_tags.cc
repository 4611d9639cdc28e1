// ListTags, TagResource and UntagResource: tags of functions and of event source mappings, which
// the path names by their ARNs.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "api/functions/function_target.h"
#include "api/functions/invocation_operation_list.h"
#include "api/functions/mapping_names.h"
#include "api/functions/tag_map.h"
#include "api/wire/constraints.h"
#include "storage/base/json.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

using Tags = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<ShapeMember, 1> kMembers = {{{"Tags", &kStringMapShape}}};

// What has tags: one of the two is set.
struct Resource {
  std::string function_name;
  std::string mapping_uuid;
  Tags tags;
};

RestStatus FindResource(const Services& services, const RestCall& call, Resource* resource) {
  const std::string& arn = call.segment(0);
  if (!arn.starts_with("arn:")) {
    return RestConstraintError(arn.substr(0, 256), "resource",
                               "Member must satisfy regular expression pattern: "
                               "arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-"
                               "\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+|event-source-mapping:"
                               "[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12})");
  }
  const std::string prefix = MappingArn(services, "");
  if (arn.starts_with(prefix)) {
    const std::optional<streams::Mapping> mapping =
        services.mappings->Find(std::string_view(arn).substr(prefix.size()));
    if (!mapping.has_value()) {
      return MappingNotFound();
    }
    resource->mapping_uuid = mapping->uuid;
    resource->tags = mapping->tags;
    return {};
  }
  FunctionTarget target;
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, arn, {}, &target));
  if (!target.qualifier.empty()) {
    return InvalidParameterValue(
        "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  const streams::FunctionPointer function = services.functions->Find(target.name);
  if (function == nullptr) {
    return FunctionMissing(services, target);
  }
  resource->function_name = target.name;
  resource->tags.assign(function->tags.begin(), function->tags.end());
  return {};
}

// An edit of a mapping's tags.
void ChangeMapping(const Services& services, const Resource& resource,
                   std::function<void(std::map<std::string, std::string>*)> change,
                   RestCall* call) {
  auto edit = [change = std::move(change)](streams::Mapping* mapping) {
    std::map<std::string, std::string> tags(mapping->tags.begin(), mapping->tags.end());
    change(&tags);
    mapping->tags.assign(tags.begin(), tags.end());
    return tags.size() <= kTagCountMax
               ? Status::Ok()
               : Status(StatusCode::kInvalidArgument,
                        "The number of tags exceeds the limit of 50 per resource.");
  };
  services.mappings->Update(resource.mapping_uuid, std::move(edit),
                            [call](const Result<streams::Mapping>& mapping) {
                              if (mapping.ok()) {
                                call->Reply(204);
                              } else {
                                call->Fail(FromFunctionStore(mapping.status()));
                              }
                            });
}

streams::FunctionCatalog::Done Answer(RestCall* call) {
  return [call](const Result<streams::FunctionOutcome>& outcome) {
    if (outcome.ok()) {
      call->Reply(204);
    } else {
      call->Fail(FromCatalog(outcome.status()));
    }
  };
}

}  // namespace

const Shape kRestTagResourceShape = {ShapeKind::kStructure, "TagResourceRequest", nullptr,
                                     kMembers};

void RunListTags(const Services& services, RestCall* call) {
  Resource resource;
  const RestStatus status = FindResource(services, *call, &resource);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  writer.Key("Tags");
  writer.BeginObject();
  for (const auto& [key, value] : resource.tags) {
    writer.Member(key, value);
  }
  writer.EndObject();
  writer.EndObject();
  call->Reply(200, std::move(body));
}

void RunTagResource(const Services& services, RestCall* call) {
  Resource resource;
  Tags tags;
  RestStatus status = FindResource(services, *call, &resource);
  if (status.ok() && !call->input().Find("Tags").present()) {
    ConstraintCollector constraints;
    constraints.AddNull("tags");
    status = FromApi(constraints.Finish());
  }
  if (status.ok()) {
    status = ReadTagMap(call->input().Find("Tags"), &tags);
  }
  if (!status.ok()) {
    call->Fail(status);
  } else if (!resource.function_name.empty()) {
    services.functions->Tag(resource.function_name, std::move(tags), call->home(), Answer(call));
  } else {
    ChangeMapping(
        services, resource,
        [tags](std::map<std::string, std::string>* changed) {
          for (const auto& [key, value] : tags) {
            (*changed)[key] = value;
          }
        },
        call);
  }
}

void RunUntagResource(const Services& services, RestCall* call) {
  Resource resource;
  RestStatus status = FindResource(services, *call, &resource);
  const std::vector<std::string_view> given = call->QueryAll("tagKeys");
  if (status.ok() && given.empty()) {
    ConstraintCollector constraints;
    constraints.AddNull("tagKeys");
    status = FromApi(constraints.Finish());
  }
  std::vector<std::string> keys(given.begin(), given.end());
  if (!status.ok()) {
    call->Fail(status);
  } else if (!resource.function_name.empty()) {
    services.functions->Untag(resource.function_name, std::move(keys), call->home(), Answer(call));
  } else {
    ChangeMapping(
        services, resource,
        [keys](std::map<std::string, std::string>* changed) {
          for (const std::string& key : keys) {
            changed->erase(key);
          }
        },
        call);
  }
}

}  // namespace millrace::api
