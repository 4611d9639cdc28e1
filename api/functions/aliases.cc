// Aliases: names for versions, which can move, and can share their invocations out to two.
#include <array>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "api/functions/json_values.h"

namespace millrace::api {
namespace {

using streams::Alias;

constexpr size_t kPageSizeMax = 50;
constexpr size_t kNameSizeMax = 128;
constexpr size_t kVersionSizeMax = 1024;
constexpr size_t kDescriptionSizeMax = 256;

constexpr Shape kWeightsShape = {ShapeKind::kMap, {}, &kDoubleShape, {}};
constexpr auto kRoutingMembers = std::to_array<ShapeMember>({
    {"AdditionalVersionWeights", &kWeightsShape},
});
constexpr Shape kRoutingShape = {ShapeKind::kStructure, "AliasRoutingConfiguration", nullptr,
                                 kRoutingMembers};
constexpr auto kCreateMembers = std::to_array<ShapeMember>({
    {"Name", &kStringShape},
    {"FunctionVersion", &kStringShape},
    {"Description", &kStringShape},
    {"RoutingConfig", &kRoutingShape},
});
constexpr auto kUpdateMembers = std::to_array<ShapeMember>({
    {"FunctionVersion", &kStringShape},
    {"Description", &kStringShape},
    {"RoutingConfig", &kRoutingShape},
    {"RevisionId", &kStringShape},
});

RestStatus CheckMembers(json::Value input, bool creates) {
  ConstraintCollector constraints;
  if (creates) {
    constraints.RequirePresent(input.Find("Name"), "name");
    constraints.RequirePresent(input.Find("FunctionVersion"), "functionVersion");
    CheckPattern(input.Find("Name"), "name", kAliasNamePattern, &constraints);
    constraints.CheckLength(input.Find("Name"), "name", 1, kNameSizeMax);
  }
  CheckPattern(input.Find("FunctionVersion"), "functionVersion", kVersionPattern, &constraints);
  constraints.CheckLength(input.Find("FunctionVersion"), "functionVersion", 1, kVersionSizeMax);
  constraints.CheckLength(input.Find("Description"), "description", 0, kDescriptionSizeMax);
  const json::Value routing = input.Find("RoutingConfig");
  const json::Value weights =
      routing.present() ? routing.Find("AdditionalVersionWeights") : json::Value();
  if (weights.present()) {
    for (const json::Member& weight : weights.members()) {
      const double share = weight.value.IsNumber() ? DoubleOf(weight.value) : -1;
      if (!AllDigits(weight.name) || weight.name.empty() || !(share >= 0 && share <= 1)) {
        constraints.AddValue(JsonText(weights), "routingConfig.additionalVersionWeights",
                             "Map keys must satisfy constraint: [Member must satisfy regular "
                             "expression pattern: [0-9]+], map values must be 0.0 to 1.0");
        break;
      }
    }
  }
  return FromApi(constraints.Finish());
}

RestStatus CheckRouting(const Alias& alias) {
  if (alias.additional_version.empty()) {
    return {};
  }
  if (alias.version == streams::kLatestVersion) {
    return InvalidParameterValue(
        "$LATEST is not supported for an alias pointing to more than 1 version");
  }
  if (alias.version == alias.additional_version) {
    return InvalidParameterValue("Invalid function version " + alias.version +
                                 ". Function version " + alias.version +
                                 " is already included in routing configuration.");
  }
  return {};
}

// Puts the members that are there into the alias.
RestStatus Apply(json::Value input, Alias* alias) {
  if (input.Find("FunctionVersion").present()) {
    alias->version = input.Find("FunctionVersion").AsString();
  }
  if (input.Find("Description").present()) {
    alias->description = input.Find("Description").AsString();
  }
  const json::Value routing = input.Find("RoutingConfig");
  if (routing.present()) {
    alias->additional_version.clear();
    alias->additional_weight = 0;
    const json::Value weights = routing.Find("AdditionalVersionWeights");
    if (weights.present() && weights.size() > 1) {
      return InvalidParameterValue(
          "Number of items in AdditionalVersionWeights cannot be greater than 1");
    }
    if (weights.present() && weights.size() == 1) {
      const json::Member weight = *weights.members().begin();
      alias->additional_version = weight.name;
      alias->additional_weight = DoubleOf(weight.value);
    }
  }
  return CheckRouting(*alias);
}

void WriteAlias(const Services& services, std::string_view function_name, const Alias& alias,
                json::Writer* writer) {
  writer->BeginObject();
  writer->Member("AliasArn", FunctionArn(services, function_name, alias.name));
  writer->Member("Name", alias.name);
  writer->Member("FunctionVersion", alias.version);
  writer->Member("Description", alias.description);
  if (!alias.additional_version.empty()) {
    writer->Key("RoutingConfig");
    writer->BeginObject();
    writer->Key("AdditionalVersionWeights");
    writer->BeginObject();
    writer->Key(alias.additional_version);
    writer->Double(alias.additional_weight);
    writer->EndObject();
    writer->EndObject();
  }
  writer->Member("RevisionId", alias.revision_id);
  writer->EndObject();
}

RestStatus AliasMissing(const Services& services, const FunctionTarget& target,
                        const std::string& name) {
  return RestNotFound("Cannot find alias arn: " + FunctionArn(services, target.name, name));
}

// The function's name; a qualifier beside it makes no sense here and is not looked at.
RestStatus ReadTarget(const Services& services, const RestCall& call, FunctionTarget* target) {
  return ReadFunctionTarget(services, call.segment(0), "", target);
}

streams::FunctionCatalog::Done ReplyAlias(const Services& services, RestCall* call, int http_status,
                                          std::string name) {
  return ReplyTo(call, [&services, call, http_status,
                        name = std::move(name)](const streams::FunctionOutcome& outcome) {
    std::string body;
    json::Writer writer(&body);
    WriteAlias(services, outcome.function->name, outcome.function->aliases.at(name), &writer);
    call->Reply(http_status, std::move(body));
  });
}

}  // namespace

const Shape kCreateAliasShape = {ShapeKind::kStructure, "CreateAliasRequest", nullptr,
                                 kCreateMembers};
const Shape kUpdateAliasShape = {ShapeKind::kStructure, "UpdateAliasRequest", nullptr,
                                 kUpdateMembers};

void RunCreateAlias(const Services& services, RestCall* call) {
  FunctionTarget target;
  Alias alias;
  RestStatus status = CheckMembers(call->input(), true);
  if (status.ok()) {
    status = ReadTarget(services, *call, &target);
  }
  if (status.ok()) {
    alias.name = call->input().Find("Name").AsString();
    status = Apply(call->input(), &alias);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string name = alias.name;
  services.functions->CreateAlias(target.name, std::move(alias), call->home(),
                                  ReplyAlias(services, call, 201, std::move(name)));
}

void RunUpdateAlias(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = CheckMembers(call->input(), false);
  if (status.ok()) {
    status = ReadTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  // The input lives until the call is answered, which is after the edit.
  const json::Value input = call->input();
  const json::Value revision = input.Find("RevisionId");
  const std::string& name = call->segment(1);
  services.functions->UpdateAlias(
      target.name, name, revision.present() ? std::string(revision.AsString()) : std::string(),
      [input](Alias* alias) {
        const RestStatus applied = Apply(input, alias);
        return applied.ok() ? Status::Ok()
                            : Status(StatusCode::kInvalidArgument, applied.message());
      },
      call->home(), ReplyAlias(services, call, 200, name));
}

void RunGetAlias(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = ReadTarget(services, *call, &target);
  const streams::FunctionPointer function =
      status.ok() ? services.functions->Find(target.name) : nullptr;
  if (status.ok() && function == nullptr) {
    status = FunctionMissing(services, target);
  } else if (status.ok() && !function->aliases.contains(call->segment(1))) {
    status = AliasMissing(services, target, call->segment(1));
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  WriteAlias(services, function->name, function->aliases.at(call->segment(1)), &writer);
  call->Reply(200, std::move(body));
}

void RunListAliases(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestPage page;
  RestStatus status = ReadTarget(services, *call, &target);
  if (status.ok()) {
    status = ReadRestPage(*call, kPageSizeMax, &page);
  }
  const streams::FunctionPointer function =
      status.ok() ? services.functions->Find(target.name) : nullptr;
  if (status.ok() && function == nullptr) {
    status = FunctionMissing(services, target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string_view version = call->Query("FunctionVersion").value_or("");
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("Aliases");
    writer->BeginArray();
    size_t count = 0;
    std::string last;
    bool more = false;
    for (auto alias = function->aliases.upper_bound(page.after);
         alias != function->aliases.end() && !more; ++alias) {
      if (!version.empty() && alias->second.version != version &&
          alias->second.additional_version != version) {
        continue;
      }
      more = count == page.size;
      if (!more) {
        WriteAlias(services, function->name, alias->second, writer);
        last = alias->first;
        ++count;
      }
    }
    writer->EndArray();
    if (more) {
      writer->Member("NextMarker", RestMarker(last));
    }
  });
}

void RunDeleteAlias(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->DeleteAlias(target.name, call->segment(1), call->home(), ReplyNothing(call));
}

}  // namespace millrace::api
