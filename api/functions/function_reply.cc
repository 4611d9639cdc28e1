// The form of FunctionConfiguration, and the end of calls that changed something.
#include "api/functions/function_reply.h"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "api/functions/code_links.h"
#include "api/functions/json_values.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

using streams::Function;
using streams::FunctionConfiguration;
using streams::FunctionOutcome;
using streams::FunctionVersion;

void WriteNumber(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

void WriteObject(std::string_view name, json::Writer* writer, const WriteMembers& write) {
  writer->Key(name);
  writer->BeginObject();
  write(writer);
  writer->EndObject();
}

// Runtimes have no versions here, so the ARN says no more than their name.
std::string RuntimeVersionArn(const Services& services, const std::string& runtime) {
  const std::array<uint8_t, 32> digest = Sha256(runtime);
  return "arn:aws:lambda:" + services.region +
         "::runtime:" + ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

void WriteState(const streams::FunctionCatalog& catalog, const FunctionVersion& version,
                json::Writer* writer) {
  constexpr std::string_view kReason = "The function is being created.";
  const bool pending = catalog.IsPending(version);
  writer->Member("State", pending ? "Pending" : "Active");
  if (pending) {
    writer->Member("StateReason", kReason);
    writer->Member("StateReasonCode", "Creating");
  }
  writer->Member("LastUpdateStatus",
                 pending || catalog.IsUpdating(version) ? "InProgress" : "Successful");
  if (pending) {
    writer->Member("LastUpdateStatusReason", kReason);
    writer->Member("LastUpdateStatusReasonCode", "Creating");
  }
}

void WriteLogging(const Function& function, const FunctionConfiguration& configuration,
                  json::Writer* writer) {
  constexpr std::string_view kDefaultLevel = "INFO";
  writer->Member("LogFormat", configuration.log_format);
  if (configuration.log_format == "JSON") {
    writer->Member("ApplicationLogLevel", configuration.application_log_level.empty()
                                              ? kDefaultLevel
                                              : configuration.application_log_level);
    writer->Member("SystemLogLevel", configuration.system_log_level.empty()
                                         ? kDefaultLevel
                                         : configuration.system_log_level);
  }
  writer->Member("LogGroup", configuration.log_group.empty() ? "/aws/lambda/" + function.name
                                                             : configuration.log_group);
}

// Members that are there only if they were given.
void WriteOptional(const FunctionConfiguration& configuration, json::Writer* writer) {
  if (configuration.has_environment) {
    WriteObject("Environment", writer, [&](json::Writer* members) {
      WriteObject("Variables", members, [&](json::Writer* variables) {
        for (const auto& [name, value] : configuration.environment) {
          variables->Member(name, value);
        }
      });
    });
  }
  if (!configuration.dead_letter_arn.empty()) {
    WriteObject("DeadLetterConfig", writer, [&](json::Writer* members) {
      members->Member("TargetArn", configuration.dead_letter_arn);
    });
  }
  if (!configuration.kms_key_arn.empty()) {
    writer->Member("KMSKeyArn", configuration.kms_key_arn);
  }
  if (!configuration.layers.empty()) {
    writer->Key("Layers");
    writer->BeginArray();
    for (const streams::LayerReference& layer : configuration.layers) {
      writer->BeginObject();
      writer->Member("Arn", layer.arn);
      WriteNumber("CodeSize", layer.code.size_bytes, writer);
      writer->EndObject();
    }
    writer->EndArray();
  }
  for (const auto& [name, text] : configuration.echoed) {
    writer->Key(name);
    writer->Raw(text);
  }
}

}  // namespace

void WriteFunctionConfiguration(const Services& services, const Function& function,
                                const FunctionVersion& version, std::string_view arn_qualifier,
                                json::Writer* writer) {
  const FunctionConfiguration& configuration = version.configuration;
  writer->BeginObject();
  writer->Member("FunctionName", function.name);
  writer->Member("FunctionArn", FunctionArn(services, function.name, arn_qualifier));
  writer->Member("Runtime", configuration.runtime);
  writer->Member("Role", configuration.role);
  writer->Member("Handler", configuration.handler);
  WriteNumber("CodeSize", version.code.size_bytes, writer);
  writer->Member("Description", configuration.description);
  WriteNumber("Timeout", configuration.timeout_s, writer);
  WriteNumber("MemorySize", configuration.memory_mb, writer);
  writer->Member("LastModified", FormatRestTime(version.modified_ms));
  writer->Member("CodeSha256", streams::CodeSha256Base64(version.code));
  writer->Member("Version", version.version);
  WriteObject("TracingConfig", writer,
              [&](json::Writer* members) { members->Member("Mode", configuration.tracing_mode); });
  writer->Member("RevisionId", version.revision_id);
  WriteState(*services.functions, version, writer);
  writer->Member("PackageType", configuration.package_type);
  writer->Key("Architectures");
  writer->BeginArray();
  writer->String(configuration.architecture);
  writer->EndArray();
  WriteObject("EphemeralStorage", writer, [&](json::Writer* members) {
    WriteNumber("Size", configuration.ephemeral_storage_mb, members);
  });
  if (!configuration.echoed.contains("SnapStart")) {
    WriteObject("SnapStart", writer, [](json::Writer* members) {
      members->Member("ApplyOn", "None");
      members->Member("OptimizationStatus", "Off");
    });
  }
  WriteObject("RuntimeVersionConfig", writer, [&](json::Writer* members) {
    members->Member("RuntimeVersionArn", RuntimeVersionArn(services, configuration.runtime));
  });
  WriteObject("LoggingConfig", writer,
              [&](json::Writer* members) { WriteLogging(function, configuration, members); });
  WriteOptional(configuration, writer);
  writer->EndObject();
}

void ReplyObject(RestCall* call, int http_status, const WriteMembers& write) {
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  write(&writer);
  writer.EndObject();
  call->Reply(http_status, std::move(body));
}

streams::FunctionCatalog::Done ReplyTo(RestCall* call,
                                       std::function<void(const FunctionOutcome& outcome)> reply) {
  return [call, reply = std::move(reply)](const Result<FunctionOutcome>& outcome) {
    if (outcome.ok()) {
      reply(outcome.value());
    } else {
      call->Fail(FromCatalog(outcome.status()));
    }
  };
}

streams::FunctionCatalog::Done ReplyConfiguration(const Services& services, RestCall* call,
                                                  int http_status) {
  return ReplyTo(call, [&services, call, http_status](const FunctionOutcome& outcome) {
    std::string body;
    json::Writer writer(&body);
    const std::string& version = outcome.version->version;
    WriteFunctionConfiguration(services, *outcome.function, *outcome.version,
                               version == streams::kLatestVersion ? "" : version, &writer);
    call->Reply(http_status, std::move(body));
  });
}

streams::FunctionCatalog::Done ReplyNothing(RestCall* call) {
  return ReplyTo(call, [call](const FunctionOutcome&) { call->Reply(204); });
}

std::string CodeLocation(const Services& services, const RestCall& call,
                         const streams::FunctionCode& code) {
  if (services.code_links == nullptr) {
    return {};
  }
  std::string location(call.scheme());
  location.append("://");
  location.append(call.host().empty() ? std::string_view("localhost") : call.host());
  return location.append(services.code_links->Make(code.sha256_hex));
}

}  // namespace millrace::api
