// Addresses under which functions answer HTTP requests: their configuration.
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "api/functions/json_values.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

using streams::FunctionUrlConfig;

constexpr size_t kPageSizeMax = 50;
constexpr int64_t kMaxAgeMax = 86400;

constexpr auto kCorsMembers = std::to_array<ShapeMember>({
    {"AllowCredentials", &kBooleanShape},
    {"AllowHeaders", &kStringListShape},
    {"AllowMethods", &kStringListShape},
    {"AllowOrigins", &kStringListShape},
    {"ExposeHeaders", &kStringListShape},
    {"MaxAge", &kIntegerShape},
});
constexpr Shape kCorsShape = {ShapeKind::kStructure, "Cors", nullptr, kCorsMembers};
constexpr auto kMembers = std::to_array<ShapeMember>({
    {"AuthType", &kStringShape},
    {"Cors", &kCorsShape},
    {"InvokeMode", &kStringShape},
});

void CheckCorsList(json::Value cors, std::string_view member, std::string_view path,
                   size_t count_max, size_t size_max, ConstraintCollector* constraints) {
  const json::Value list = cors.Find(member);
  constraints->CheckLength(list, path, 0, count_max);
  if (list.present()) {
    for (const json::Value element : list.elements()) {
      constraints->CheckLength(element, path, 0, size_max);
      CheckPattern(element, path, kLinePattern, constraints);
    }
  }
}

RestStatus CheckMembers(json::Value input, bool creates) {
  constexpr auto kAuthTypes = std::to_array<std::string_view>({"NONE", "AWS_IAM"});
  constexpr auto kModes = std::to_array<std::string_view>({"BUFFERED", "RESPONSE_STREAM"});
  ConstraintCollector constraints;
  if (creates) {
    constraints.RequirePresent(input.Find("AuthType"), "authType");
  }
  constraints.CheckEnum(input.Find("AuthType"), "authType", "[NONE, AWS_IAM]", kAuthTypes);
  constraints.CheckEnum(input.Find("InvokeMode"), "invokeMode", "[BUFFERED, RESPONSE_STREAM]",
                        kModes);
  const json::Value cors = input.Find("Cors");
  if (cors.present()) {
    CheckCorsList(cors, "AllowHeaders", "cors.allowHeaders", 100, 1024, &constraints);
    CheckCorsList(cors, "AllowMethods", "cors.allowMethods", 6, 6, &constraints);
    CheckCorsList(cors, "AllowOrigins", "cors.allowOrigins", 100, 253, &constraints);
    CheckCorsList(cors, "ExposeHeaders", "cors.exposeHeaders", 100, 1024, &constraints);
    constraints.CheckIntegerMin(cors.Find("MaxAge"), "cors.maxAge", 0);
    constraints.CheckIntegerMax(cors.Find("MaxAge"), "cors.maxAge", kMaxAgeMax);
  }
  return FromApi(constraints.Finish());
}

// URLs belong to a function or an alias.
RestStatus ReadUrlTarget(const Services& services, const RestCall& call, FunctionTarget* target) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  if (!target->qualifier.empty() && !streams::IsAliasName(target->qualifier)) {
    return RestConstraintError(
        target->qualifier, "qualifier",
        R"(Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$))");
  }
  return {};
}

// Puts the members that are there into the configuration.
void Apply(json::Value input, FunctionUrlConfig* config) {
  if (input.Find("AuthType").present()) {
    config->auth_type = input.Find("AuthType").AsString();
  }
  if (input.Find("InvokeMode").present()) {
    config->invoke_mode = input.Find("InvokeMode").AsString();
  }
  const json::Value cors = input.Find("Cors");
  if (!cors.present()) {
    return;
  }
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  for (const ShapeMember& member : kCorsMembers) {
    if (cors.Find(member.name).present()) {
      writer.Key(member.name);
      WriteJsonValue(cors.Find(member.name), &writer);
    }
  }
  writer.EndObject();
  // An empty object takes away what was there.
  config->cors_json = text == "{}" ? std::string() : text;
}

// Names below an address of digits mean nothing to resolvers, so such hosts become "localhost",
// below which most systems resolve every name.
std::string HostOf(const RestCall& call) {
  std::string_view host = call.host();
  std::string_view port;
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  const bool is_address =
      host.empty() || host.front() == '[' || AllDigits(host.substr(host.rfind('.') + 1));
  return std::string(is_address ? "localhost" : host).append(port);
}

void WriteConfig(const Services& services, const RestCall& call, std::string_view function_name,
                 std::string_view key, const FunctionUrlConfig& config, bool created,
                 json::Writer* writer) {
  writer->BeginObject();
  writer->Member("FunctionUrl", std::string(call.scheme()) + "://" + config.url_id +
                                    ".lambda-url." + services.region + "." + HostOf(call) + "/");
  writer->Member("FunctionArn",
                 FunctionArn(services, function_name, key == streams::kLatestVersion ? "" : key));
  writer->Member("AuthType", config.auth_type);
  if (!config.cors_json.empty()) {
    writer->Key("Cors");
    writer->Raw(config.cors_json);
  }
  writer->Member("CreationTime", FormatRestTime(config.creation_ms));
  if (!created) {
    writer->Member("LastModifiedTime", FormatRestTime(config.modified_ms));
  }
  writer->Member("InvokeMode", config.invoke_mode);
  writer->EndObject();
}

streams::FunctionCatalog::Done ReplyUrl(const Services& services, RestCall* call, int http_status,
                                        std::string key) {
  return ReplyTo(call, [&services, call, http_status,
                        key = std::move(key)](const streams::FunctionOutcome& outcome) {
    std::string body;
    json::Writer writer(&body);
    WriteConfig(services, *call, outcome.function->name, key, outcome.function->urls.at(key),
                http_status == 201, &writer);
    call->Reply(http_status, std::move(body));
  });
}

}  // namespace

const Shape kFunctionUrlConfigShape = {ShapeKind::kStructure, "CreateFunctionUrlConfigRequest",
                                       nullptr, kMembers};

void RunCreateFunctionUrlConfig(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = CheckMembers(call->input(), true);
  if (status.ok()) {
    status = ReadUrlTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  FunctionUrlConfig config;
  Apply(call->input(), &config);
  services.functions->CreateUrl(target.name, target.qualifier, std::move(config), call->home(),
                                ReplyUrl(services, call, 201, std::string(SettingsKey(target))));
}

void RunUpdateFunctionUrlConfig(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestStatus status = CheckMembers(call->input(), false);
  if (status.ok()) {
    status = ReadUrlTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  // The input lives until the call is answered, which is after the edit.
  const json::Value input = call->input();
  services.functions->UpdateUrl(
      target.name, target.qualifier,
      [input](FunctionUrlConfig* config) {
        Apply(input, config);
        return Status::Ok();
      },
      call->home(), ReplyUrl(services, call, 200, std::string(SettingsKey(target))));
}

void RunGetFunctionUrlConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  FunctionTarget target;
  RestStatus status = ReadUrlTarget(services, *call, &target);
  if (status.ok()) {
    status = FindFunction(services, *call, &found);
  }
  const std::string key(SettingsKey(found.target));
  if (status.ok() && !found.function->urls.contains(key)) {
    status = RestNotFound("The resource you requested does not exist.");
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  WriteConfig(services, *call, found.function->name, key, found.function->urls.at(key), false,
              &writer);
  call->Reply(200, std::move(body));
}

void RunListFunctionUrlConfigs(const Services& services, RestCall* call) {
  FoundFunction found;
  RestPage page;
  RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (status.ok()) {
    status = FindFunction(services, *call, &found);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const auto& urls = found.function->urls;
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("FunctionUrlConfigs");
    writer->BeginArray();
    size_t count = 0;
    auto config = urls.upper_bound(page.after);
    for (; config != urls.end() && count < page.size; ++config, ++count) {
      WriteConfig(services, *call, found.function->name, config->first, config->second, false,
                  writer);
    }
    writer->EndArray();
    if (config != urls.end() && count > 0) {
      writer->Member("NextMarker", RestMarker(std::prev(config)->first));
    }
  });
}

void RunDeleteFunctionUrlConfig(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadUrlTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->DeleteUrl(target.name, target.qualifier, call->home(), ReplyNothing(call));
}

}  // namespace millrace::api
