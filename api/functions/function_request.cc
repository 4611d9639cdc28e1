// Members of requests that become a configuration.
#include "api/functions/function_request.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "api/functions/destination.h"
#include "api/functions/json_values.h"
#include "api/functions/runtimes.h"

namespace millrace::api {
namespace {

using streams::FunctionConfiguration;

constexpr size_t kDescriptionSizeMax = 256;
constexpr size_t kHandlerSizeMax = 128;
constexpr size_t kLayerArnSizeMax = 140;
constexpr size_t kLogGroupSizeMax = 512;
constexpr size_t kEnvironmentSizeMax = 4096;
constexpr int64_t kTimeoutMax = 900;
constexpr int64_t kMemoryMin = 128;
constexpr int64_t kMemoryMax = 10240;
constexpr int64_t kStorageMin = 512;
constexpr int64_t kStorageMax = 10240;

json::Value Nested(json::Value input, std::string_view structure, std::string_view member) {
  const json::Value value = input.Find(structure);
  return value.present() ? value.Find(member) : json::Value();
}

void CheckRange(json::Value value, std::string_view path, int64_t least, int64_t most,
                ConstraintCollector* constraints) {
  constraints->CheckIntegerMin(value, path, least);
  constraints->CheckIntegerMax(value, path, most);
}

void CheckLogging(json::Value input, ConstraintCollector* constraints) {
  constexpr auto kFormats = std::to_array<std::string_view>({"JSON", "Text"});
  constexpr auto kLevels =
      std::to_array<std::string_view>({"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"});
  constexpr auto kSystemLevels = std::to_array<std::string_view>({"DEBUG", "INFO", "WARN"});
  constexpr std::string_view kLogging = "LoggingConfig";
  constraints->CheckEnum(Nested(input, kLogging, "LogFormat"), "loggingConfig.logFormat",
                         "[JSON, Text]", kFormats);
  constraints->CheckEnum(Nested(input, kLogging, "ApplicationLogLevel"),
                         "loggingConfig.applicationLogLevel",
                         "[TRACE, DEBUG, INFO, WARN, ERROR, FATAL]", kLevels);
  constraints->CheckEnum(Nested(input, kLogging, "SystemLogLevel"), "loggingConfig.systemLogLevel",
                         "[DEBUG, INFO, WARN]", kSystemLevels);
  const json::Value group = Nested(input, kLogging, "LogGroup");
  CheckPattern(group, "loggingConfig.logGroup", kLogGroupPattern, constraints);
  constraints->CheckLength(group, "loggingConfig.logGroup", 1, kLogGroupSizeMax);
}

void CheckLists(json::Value input, ConstraintCollector* constraints) {
  const json::Value layers = input.Find("Layers");
  if (layers.present()) {
    for (const json::Value layer : layers.elements()) {
      CheckPattern(layer, "layers", kLayerVersionArnPattern, constraints);
      constraints->CheckLength(layer, "layers", 1, kLayerArnSizeMax);
    }
  }
  CheckArchitectures(input.Find("Architectures"), "architectures", 1, constraints);
  const json::Value variables = Nested(input, "Environment", "Variables");
  if (variables.present()) {
    for (const json::Member& variable : variables.members()) {
      if (!kEnvironmentNamePattern.matches(variable.name)) {
        constraints->AddValue(
            JsonText(variables).substr(0, kEnvironmentSizeMax), "environment.variables",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: " +
                std::string(kEnvironmentNamePattern.text) + "]");
        break;
      }
    }
  }
}

// The settings of variables replace all that there were.
RestStatus ApplyEnvironment(json::Value environment, FunctionConfiguration* configuration) {
  const json::Value variables = environment.Find("Variables");
  configuration->environment.clear();
  configuration->has_environment = variables.present();
  if (!variables.present()) {
    return {};
  }
  const std::string text = JsonText(variables);
  if (text.size() > kEnvironmentSizeMax) {
    return InvalidParameterValue(
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided exceeded the 4KB limit. String measured: " +
        text.substr(0, 2 * kEnvironmentSizeMax));
  }
  std::string reserved;
  std::set<std::string_view> names;
  for (const json::Member& variable : variables.members()) {
    if (IsReservedVariable(variable.name)) {
      reserved.append(reserved.empty() ? "" : ", ").append(variable.name);
    }
    // A name that comes twice counts once, the last one; a null is no value.
    if (variable.value.IsString() && names.insert(variable.name).second) {
      configuration->environment.push_back(
          {std::string(variable.name), std::string(variables.Find(variable.name).AsString())});
    }
  }
  if (!reserved.empty()) {
    return InvalidParameterValue(
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided contains reserved keys that are currently not supported for "
        "modification. Reserved keys used in this request: " +
        reserved);
  }
  return {};
}

RestStatus ApplyLayers(json::Value layers, FunctionConfiguration* configuration) {
  if (layers.size() > streams::kFunctionLayersMax) {
    return InvalidParameterValue("Cannot reference more than 5 layers.");
  }
  configuration->layers.clear();
  for (const json::Value layer : layers.elements()) {
    streams::LayerReference reference;
    reference.arn = layer.AsString();
    configuration->layers.push_back(std::move(reference));
  }
  return {};
}

RestStatus ApplyLogging(json::Value logging, FunctionConfiguration* configuration) {
  const auto text = [logging](std::string_view member) {
    const json::Value value = logging.Find(member);
    return value.present() ? std::string(value.AsString()) : std::string();
  };
  const std::string format = text("LogFormat");
  configuration->log_format = format.empty() ? "Text" : format;
  configuration->application_log_level = text("ApplicationLogLevel");
  configuration->system_log_level = text("SystemLogLevel");
  configuration->log_group = text("LogGroup");
  if (configuration->log_format != "JSON" &&
      (!configuration->application_log_level.empty() || !configuration->system_log_level.empty())) {
    return InvalidParameterValue(
        "To set a log level, you must set LogFormat to JSON in the function's LoggingConfig.");
  }
  return {};
}

RestStatus ApplyDeadLetters(const Services& services, json::Value dead_letters,
                            FunctionConfiguration* configuration) {
  const json::Value target = dead_letters.Find("TargetArn");
  const std::string arn = target.present() ? std::string(target.AsString()) : std::string();
  if (!arn.empty() && arn.find(":sqs:") == std::string::npos) {
    return InvalidParameterValue("The dead letter target " + arn +
                                 " is invalid: this server delivers to queues (SQS) only.");
  }
  RETURN_IF_REST_ERROR(CheckDestination(services, arn));
  configuration->dead_letter_arn = arn;
  return {};
}

// Members without an effect, in the form of the answer.
void ApplyEchoed(json::Value input, FunctionConfiguration* configuration) {
  const json::Value vpc = input.Find("VpcConfig");
  if (vpc.present()) {
    std::string text;
    json::Writer writer(&text);
    writer.BeginObject();
    for (const std::string_view list : {"SubnetIds", "SecurityGroupIds"}) {
      writer.Key(list);
      const json::Value ids = vpc.Find(list);
      writer.Raw(ids.present() ? JsonText(ids) : "[]");
    }
    writer.Member("VpcId", "");
    writer.Key("Ipv6AllowedForDualStack");
    writer.Bool(BooleanOf(vpc.Find("Ipv6AllowedForDualStack")));
    writer.EndObject();
    configuration->echoed["VpcConfig"] = text;
  }
  const json::Value snap_start = input.Find("SnapStart");
  if (snap_start.present()) {
    const json::Value apply_on = snap_start.Find("ApplyOn");
    std::string text;
    json::Writer writer(&text);
    writer.BeginObject();
    writer.Member("ApplyOn", apply_on.present() ? apply_on.AsString() : "None");
    writer.Member("OptimizationStatus", "Off");
    writer.EndObject();
    configuration->echoed["SnapStart"] = text;
  }
  const json::Value image = input.Find("ImageConfig");
  if (image.present()) {
    configuration->echoed["ImageConfigResponse"] = "{\"ImageConfig\":" + JsonText(image) + "}";
  }
  for (const char* const name :
       {"FileSystemConfigs", "TenancyConfig", "DurableConfig", "CapacityProviderConfig"}) {
    const json::Value value = input.Find(name);
    if (value.present()) {
      configuration->echoed[name] = JsonText(value);
    }
  }
}

void ApplyText(json::Value value, std::string* text) {
  if (value.present()) {
    text->assign(value.AsString());
  }
}

void ApplyNumber(json::Value value, int64_t* number) {
  if (value.present()) {
    *number = value.AsInt64();
  }
}

}  // namespace

void CheckPattern(json::Value value, std::string_view path, const Pattern& pattern,
                  ConstraintCollector* constraints) {
  if (value.present() && !pattern.matches(value.AsString())) {
    constraints->AddValue(
        value.AsString(), path,
        "Member must satisfy regular expression pattern: " + std::string(pattern.text));
  }
}

void CheckArchitectures(json::Value architectures, std::string_view path, size_t count_max,
                        ConstraintCollector* constraints) {
  if (!architectures.present()) {
    return;
  }
  constraints->CheckLength(architectures, path, count_max == 1 ? 1 : 0, count_max);
  for (const json::Value element : architectures.elements()) {
    if (element.AsString() != "x86_64" && element.AsString() != "arm64") {
      constraints->AddValue("[" + std::string(element.AsString()) + "]", path,
                            "Member must satisfy constraint: [Member must satisfy enum value set: "
                            "[x86_64, arm64]]");
    }
  }
}

void CheckConfiguration(json::Value input, ConstraintCollector* constraints) {
  constexpr auto kModes = std::to_array<std::string_view>({"Active", "PassThrough"});
  constexpr auto kSnapshots = std::to_array<std::string_view>({"PublishedVersions", "None"});
  CheckPattern(input.Find("Role"), "role", kRoleArnPattern, constraints);
  CheckPattern(input.Find("Handler"), "handler", kHandlerPattern, constraints);
  constraints->CheckLength(input.Find("Handler"), "handler", 0, kHandlerSizeMax);
  constraints->CheckLength(input.Find("Description"), "description", 0, kDescriptionSizeMax);
  CheckRange(input.Find("Timeout"), "timeout", 1, kTimeoutMax, constraints);
  CheckRange(input.Find("MemorySize"), "memorySize", kMemoryMin, kMemoryMax, constraints);
  const json::Value storage = input.Find("EphemeralStorage");
  if (storage.present()) {
    constraints->RequirePresent(storage.Find("Size"), "ephemeralStorage.size");
    CheckRange(storage.Find("Size"), "ephemeralStorage.size", kStorageMin, kStorageMax,
               constraints);
  }
  CheckPattern(Nested(input, "DeadLetterConfig", "TargetArn"), "deadLetterConfig.targetArn",
               kResourceArnPattern, constraints);
  CheckPattern(input.Find("KMSKeyArn"), "kMSKeyArn", kResourceArnPattern, constraints);
  constraints->CheckEnum(Nested(input, "TracingConfig", "Mode"), "tracingConfig.mode",
                         "[Active, PassThrough]", kModes);
  constraints->CheckEnum(Nested(input, "SnapStart", "ApplyOn"), "snapStart.applyOn",
                         "[PublishedVersions, None]", kSnapshots);
  CheckLists(input, constraints);
  CheckLogging(input, constraints);
}

RestStatus ApplyConfiguration(const Services& services, json::Value input,
                              FunctionConfiguration* configuration) {
  const json::Value runtime = input.Find("Runtime");
  if (runtime.present()) {
    if (!IsRuntime(runtime.AsString())) {
      return InvalidParameterValue("Value " + std::string(runtime.AsString().substr(0, 128)) +
                                   " at 'runtime' failed to satisfy constraint: Member must "
                                   "satisfy enum value set: " +
                                   std::string(RuntimesText()) + " or be a valid ARN");
    }
    configuration->runtime = runtime.AsString();
  }
  ApplyText(input.Find("Role"), &configuration->role);
  ApplyText(input.Find("Handler"), &configuration->handler);
  ApplyText(input.Find("Description"), &configuration->description);
  ApplyText(input.Find("KMSKeyArn"), &configuration->kms_key_arn);
  ApplyText(Nested(input, "TracingConfig", "Mode"), &configuration->tracing_mode);
  ApplyNumber(input.Find("Timeout"), &configuration->timeout_s);
  ApplyNumber(input.Find("MemorySize"), &configuration->memory_mb);
  ApplyNumber(Nested(input, "EphemeralStorage", "Size"), &configuration->ephemeral_storage_mb);
  if (const json::Value environment = input.Find("Environment"); environment.present()) {
    RETURN_IF_REST_ERROR(ApplyEnvironment(environment, configuration));
  }
  if (const json::Value layers = input.Find("Layers"); layers.present()) {
    RETURN_IF_REST_ERROR(ApplyLayers(layers, configuration));
  }
  if (const json::Value dead_letters = input.Find("DeadLetterConfig"); dead_letters.present()) {
    RETURN_IF_REST_ERROR(ApplyDeadLetters(services, dead_letters, configuration));
  }
  if (const json::Value logging = input.Find("LoggingConfig"); logging.present()) {
    RETURN_IF_REST_ERROR(ApplyLogging(logging, configuration));
  }
  ApplyEchoed(input, configuration);
  return {};
}

}  // namespace millrace::api
