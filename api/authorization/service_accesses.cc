// Names of actions and forms of ARNs, service by service.
#include "api/authorization/service_accesses.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "api/functions/function_target.h"
#include "api/functions/rest_dispatch.h"
#include "api/functions/rest_path.h"
#include "api/logs/log_request.h"
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

// However the function is named, the ARN that it has.
std::string FunctionResource(const Services& services, std::string_view text,
                             std::string_view qualifier, bool takes_qualifier) {
  FunctionTarget target;
  if (!ReadFunctionTarget(services, text, qualifier, &target).ok()) {
    return Arn(services, "lambda", "function:" + std::string(text));
  }
  return FunctionArn(services, target.name,
                     takes_qualifier ? std::string_view(target.qualifier) : std::string_view());
}

// What has tags: a function or a mapping.
std::string TaggedResource(const Services& services, const std::string& arn) {
  FunctionTarget target;
  return ReadFunctionTarget(services, arn, {}, &target).ok()
             ? FunctionArn(services, target.name, target.qualifier)
             : arn;
}

// Both ways to write a layer mean the same; versions are numbers.
std::string LayerResource(const Services& services, std::string_view text,
                          std::string_view version) {
  const std::optional<streams::LayerName> layer = streams::ParseLayerName(text);
  if (!layer.has_value()) {
    return Arn(services, "lambda", "layer:" + std::string(text));
  }
  const std::optional<uint64_t> number = streams::ParseVersionNumber(version);
  return streams::FormatLayerArn(services.region, services.account, layer->name,
                                 number.value_or(layer->version));
}

// Whether the operation is about what a qualifier names; the others do not look at it.
bool TakesQualifier(std::string_view operation) {
  constexpr std::string_view kOperations[] = {"AddPermission",
                                              "DeleteFunction",
                                              "GetFunction",
                                              "GetFunctionConfiguration",
                                              "GetPolicy",
                                              "GetRuntimeManagementConfig",
                                              "Invoke",
                                              "InvokeAsync",
                                              "InvokeWithResponseStream",
                                              "PutRuntimeManagementConfig",
                                              "RemovePermission"};
  if (operation.starts_with("List")) {
    return false;
  }
  return operation.find("UrlConfig") != std::string_view::npos ||
         operation.find("EventInvokeConfig") != std::string_view::npos ||
         operation.find("ProvisionedConcurrencyConfig") != std::string_view::npos ||
         std::find(std::begin(kOperations), std::end(kOperations), operation) !=
             std::end(kOperations);
}

// The group that a request of the logs service is about.
std::string_view LogGroupOf(const Services& services, const Operation& operation,
                            json::Value input) {
  if (operation.name == "TagResource" || operation.name == "UntagResource" ||
      operation.name == "ListTagsForResource") {
    return LogGroupOfArn(services, TextOf(input, "resourceArn")).value_or("");
  }
  // Where both are known, both are refused; elsewhere only the name counts.
  if (const std::string_view name = TextOf(input, "logGroupName"); !name.empty()) {
    return name;
  }
  const std::string_view identifier = TextOf(input, "logGroupIdentifier");
  return identifier.starts_with("arn:") ? LogGroupOfArn(services, identifier).value_or("")
                                        : identifier;
}

// A path for operators below /_admin/. Functions may be named in several ways there.
std::string AdminResource(const Services& services, const std::string& path) {
  constexpr std::string_view kFunctions = "functions/";
  const size_t end = path.rfind('/');
  FunctionTarget target;
  if (!path.starts_with(kFunctions) || end < kFunctions.size() ||
      !ReadFunctionTarget(services, path.substr(kFunctions.size(), end - kFunctions.size()), {},
                          &target)
           .ok()) {
    return Arn(services, "millrace", "admin/" + path);
  }
  return Arn(services, "millrace",
             "admin/" + std::string(kFunctions) + target.name + path.substr(end));
}

}  // namespace

AccessItem QueueAccess(const Services& services, const Operation& operation, const Call& call) {
  // A batch is as many of the single action.
  constexpr std::string_view kBatch = "Batch";
  std::string_view action = operation.name;
  if (action.ends_with(kBatch)) {
    action.remove_suffix(kBatch.size());
  }
  std::string_view name;
  if (operation.name == "CreateQueue" || operation.name == "GetQueueUrl") {
    name = TextOf(call.input, "QueueName");
  } else {
    name = TextOf(call.input, "QueueUrl");
    name = name.substr(0, name.find_first_of("?#"));
    name = name.substr(name.rfind('/') + 1);
  }
  AccessItem item;
  item.action = "sqs:" + std::string(action);
  item.resource = Arn(services, "sqs", name.empty() ? std::string_view("*") : name);
  return item;
}

AccessItem LogAccess(const Services& services, const Operation& operation, const Call& call) {
  AccessItem item;
  item.action = "logs:" + std::string(operation.name);
  std::string rest = "log-group:";
  rest.append(LogGroupOf(services, operation, call.input)).append(":log-stream:");
  rest.append(TextOf(call.input, "logStreamName"));
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
        FunctionResource(services, call.segment(0), call.Query("Qualifier").value_or(""),
                         TakesQualifier(operation.name));
  } else if (path.find("{UUID}") != std::string_view::npos) {
    item.resource = Arn(services, "lambda", "event-source-mapping:" + call.segment(0));
  } else if (path.find("{LayerName}") != std::string_view::npos) {
    const bool has_version = path.find("{VersionNumber}") != std::string_view::npos;
    item.resource = LayerResource(services, call.segment(0),
                                  has_version ? std::string_view(call.segment(1)) : "");
  } else if (path.find("{ARN}") != std::string_view::npos) {
    item.resource = TaggedResource(services, call.segment(0));
  } else if (operation.name == "ListLayers" && call.Query("find").has_value()) {
    item.action = "lambda:GetLayerVersion";
    item.resource = LayerResource(services, call.Query("Arn").value_or(""), "");
  } else if (operation.input != nullptr) {
    const std::string_view name = TextOf(call.input(), "FunctionName");
    if (operation.name == "CreateFunction") {
      item.resource = FunctionResource(services, name, {}, false);
    } else if (!name.empty()) {
      item.function_arn = FunctionResource(services, name, {}, false);
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
  item.resource = AdminResource(services, DecodePercent(path, false).value_or(std::string(path)));
  return item;
}

}  // namespace millrace::api
