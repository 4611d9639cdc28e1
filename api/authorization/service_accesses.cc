// Names of actions and forms of ARNs, service by service.
#include "api/authorization/service_accesses.h"

#include <string>

#include "api/functions/function_target.h"
#include "api/functions/rest_dispatch.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

constexpr std::string_view kAdminPath = "/_admin/";

std::string_view TextOf(json::Value input, std::string_view name) {
  const json::Value value = input.present() && input.IsObject() ? input.Find(name) : json::Value();
  return value.present() && value.IsString() ? value.AsString() : std::string_view();
}

// arn:aws:<service>:<region>:<account>:<rest>
std::string Arn(const Services& services, std::string_view service, std::string_view rest) {
  std::string arn = "arn:aws:";
  arn.append(service).append(":").append(services.region).append(":");
  return arn.append(services.account).append(":").append(rest);
}

std::string FunctionResource(const Services& services, std::string_view text,
                             std::string_view qualifier) {
  FunctionTarget target;
  if (!ReadFunctionTarget(services, text, qualifier, &target).ok()) {
    return Arn(services, "lambda", "function:" + std::string(text));
  }
  return FunctionArn(services, target.name, target.qualifier);
}

std::string LayerResource(const Services& services, const RestCall& call, bool has_version) {
  const std::optional<streams::LayerName> layer = streams::ParseLayerName(call.segment(0));
  const std::string name = layer.has_value() ? layer->name : call.segment(0);
  std::string resource = Arn(services, "lambda", "layer:" + name);
  if (has_version) {
    resource.append(":").append(call.segment(1));
  }
  return resource;
}

}  // namespace

AccessItem QueueAccess(const Services& services, const Operation& operation, const Call& call) {
  // A batch is as many of the single action.
  constexpr std::string_view kBatch = "Batch";
  std::string_view action = operation.name;
  if (action.ends_with(kBatch)) {
    action.remove_suffix(kBatch.size());
  }
  std::string_view name = TextOf(call.input, "QueueUrl");
  name = name.empty() ? TextOf(call.input, "QueueName") : name.substr(name.rfind('/') + 1);
  AccessItem item;
  item.action = "sqs:" + std::string(action);
  item.resource = Arn(services, "sqs", name.empty() ? std::string_view("*") : name);
  return item;
}

AccessItem LogAccess(const Services& services, const Operation& operation, const Call& call) {
  AccessItem item;
  item.action = "logs:" + std::string(operation.name);
  if (const std::string_view arn = TextOf(call.input, "resourceArn"); !arn.empty()) {
    item.resource = arn;
    return item;
  }
  std::string_view group = TextOf(call.input, "logGroupName");
  if (const std::string_view identifier = TextOf(call.input, "logGroupIdentifier");
      !identifier.empty()) {
    constexpr std::string_view kGroup = ":log-group:";
    const size_t at = identifier.find(kGroup);
    group = at == std::string_view::npos ? identifier : identifier.substr(at + kGroup.size());
    group = group.ends_with(":*") ? group.substr(0, group.size() - 2) : group;
  }
  std::string rest = "log-group:";
  rest.append(group).append(":log-stream:").append(TextOf(call.input, "logStreamName"));
  item.resource = Arn(services, "logs", rest);
  return item;
}

AccessItem FunctionAccess(const Services& services, const RestCall& call) {
  const RestOperation& operation = call.operation();
  const std::string_view path = operation.path;
  AccessItem item;
  const bool invokes = operation.name.starts_with("Invoke");  // three operations, one permission
  item.action = "lambda:" + (invokes ? "InvokeFunction" : std::string(operation.name));
  item.resource = "*";
  if (path.find("{FunctionName}") != std::string_view::npos) {
    item.resource =
        FunctionResource(services, call.segment(0), call.Query("Qualifier").value_or(""));
  } else if (path.find("{UUID}") != std::string_view::npos) {
    item.resource = Arn(services, "lambda", "event-source-mapping:" + call.segment(0));
  } else if (path.find("{LayerName}") != std::string_view::npos) {
    item.resource =
        LayerResource(services, call, path.find("{VersionNumber}") != std::string_view::npos);
  } else if (path.find("{ARN}") != std::string_view::npos) {
    item.resource = call.segment(0);
  } else if (operation.input != nullptr) {
    const std::string_view name = TextOf(call.input(), "FunctionName");
    if (operation.name == "CreateFunction") {
      item.resource = FunctionResource(services, name, {});
    } else if (!name.empty()) {
      item.function_arn = FunctionResource(services, name, {});
    }
  }
  return item;
}

AccessItem FunctionUrlAccess(const Services& services, std::string_view name,
                             std::string_view qualifier) {
  AccessItem item;
  item.action = "lambda:InvokeFunctionUrl";
  item.resource = FunctionArn(
      services, name, qualifier == streams::kLatestVersion ? std::string_view() : qualifier);
  item.function_url_auth_type = "AWS_IAM";
  return item;
}

AccessItem AdminAccess(const Services& services, std::string_view method, std::string_view path) {
  AccessItem item;
  item.action = method == "GET" || method == "HEAD" ? "millrace:AdminRead" : "millrace:AdminWrite";
  path.remove_prefix(path.starts_with(kAdminPath) ? kAdminPath.size() : 0);
  item.resource = Arn(services, "millrace", "admin/" + std::string(path));
  return item;
}

}  // namespace millrace::api
