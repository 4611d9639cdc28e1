// Keys, and the writing of rows. Their reading is in function_decoder.cc.
#include "streams/functions/function_codec.h"

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"

namespace millrace::streams {
namespace {

using json::Writer;

constexpr char kRowVersion = 1;
constexpr size_t kNumberSize = 8;

std::string NameKey(char kind, std::string_view name) { return std::string(1, kind).append(name); }

std::string NumberedKey(char kind, std::string_view name, uint64_t version) {
  std::string key = NameKey(kind, name);
  key.push_back('\0');
  AppendBigEndian64(&key, version);
  return key;
}

bool HasNumber(char kind) { return kind == kVersionRow || kind == kLayerVersionRow; }

// Members that have their usual value are left out.
void WriteText(Writer* writer, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    writer->Member(name, text);
  }
}

void WriteInt(Writer* writer, std::string_view name, int64_t value) {
  writer->Key(name);
  writer->Int(value);
}

void WriteTexts(Writer* writer, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) {
    return;
  }
  writer->Key(name);
  writer->BeginArray();
  for (const std::string& text : texts) {
    writer->String(text);
  }
  writer->EndArray();
}

void WriteCode(const FunctionCode& code, Writer* writer) {
  writer->Key("Code");
  writer->BeginObject();
  writer->Member("Sha256", code.sha256_hex);
  WriteInt(writer, "Size", code.size_bytes);
  WriteInt(writer, "UnzippedSize", code.unzipped_bytes);
  WriteText(writer, "Directory", code.directory);
  writer->EndObject();
}

void WriteEnvironmentAndLayers(const FunctionConfiguration& configuration, Writer* writer) {
  if (configuration.has_environment) {
    writer->Key("Environment");
    writer->BeginObject();
    for (const auto& [name, value] : configuration.environment) {
      writer->Member(name, value);
    }
    writer->EndObject();
  }
  if (!configuration.layers.empty()) {
    writer->Key("Layers");
    writer->BeginArray();
    for (const LayerReference& layer : configuration.layers) {
      writer->BeginObject();
      writer->Member("Arn", layer.arn);
      WriteCode(layer.code, writer);
      writer->EndObject();
    }
    writer->EndArray();
  }
}

void WriteConfiguration(const FunctionConfiguration& configuration, Writer* writer) {
  writer->Key("Configuration");
  writer->BeginObject();
  WriteText(writer, "Runtime", configuration.runtime);
  WriteText(writer, "Role", configuration.role);
  WriteText(writer, "Handler", configuration.handler);
  WriteText(writer, "Description", configuration.description);
  WriteText(writer, "PackageType", configuration.package_type);
  WriteInt(writer, "Timeout", configuration.timeout_s);
  WriteInt(writer, "MemorySize", configuration.memory_mb);
  WriteInt(writer, "EphemeralStorage", configuration.ephemeral_storage_mb);
  WriteText(writer, "Architecture", configuration.architecture);
  WriteEnvironmentAndLayers(configuration, writer);
  WriteText(writer, "DeadLetterArn", configuration.dead_letter_arn);
  WriteText(writer, "TracingMode", configuration.tracing_mode);
  WriteText(writer, "LogFormat", configuration.log_format);
  WriteText(writer, "ApplicationLogLevel", configuration.application_log_level);
  WriteText(writer, "SystemLogLevel", configuration.system_log_level);
  WriteText(writer, "LogGroup", configuration.log_group);
  WriteText(writer, "KmsKeyArn", configuration.kms_key_arn);
  if (!configuration.echoed.empty()) {
    writer->Key("Echoed");
    writer->BeginObject();
    for (const auto& [name, value] : configuration.echoed) {
      writer->Key(name);
      writer->Raw(value);
    }
    writer->EndObject();
  }
  writer->EndObject();
}

void WriteVersion(const FunctionVersion& version, Writer* writer) {
  writer->BeginObject();
  writer->Member("Version", version.version);
  writer->Member("RevisionId", version.revision_id);
  WriteInt(writer, "Modified", version.modified_ms);
  WriteInt(writer, "Active", version.active_ms);
  WriteInt(writer, "Updated", version.updated_ms);
  WriteCode(version.code, writer);
  WriteConfiguration(version.configuration, writer);
  writer->EndObject();
}

void WriteAliases(const Function& function, Writer* writer) {
  writer->Key("Aliases");
  writer->BeginArray();
  for (const auto& [name, alias] : function.aliases) {
    writer->BeginObject();
    writer->Member("Name", name);
    writer->Member("Version", alias.version);
    WriteText(writer, "Description", alias.description);
    if (!alias.additional_version.empty()) {
      writer->Member("AdditionalVersion", alias.additional_version);
      writer->Key("AdditionalWeight");
      writer->Double(alias.additional_weight);
    }
    writer->Member("RevisionId", alias.revision_id);
    writer->EndObject();
  }
  writer->EndArray();
}

// Settings by qualifier: an object whose members are written by `write`.
template <typename Map, typename Write>
void WriteByQualifier(std::string_view name, const Map& map, Writer* writer, const Write& write) {
  writer->Key(name);
  writer->BeginObject();
  for (const auto& [qualifier, value] : map) {
    writer->Key(qualifier);
    writer->BeginObject();
    write(value);
    writer->EndObject();
  }
  writer->EndObject();
}

void WriteSettings(const Function& function, Writer* writer) {
  WriteByQualifier("EventInvokeConfigs", function.event_invoke_configs, writer,
                   [writer](const EventInvokeConfig& config) {
                     if (config.retry_attempts_max.has_value()) {
                       WriteInt(writer, "RetryAttemptsMax", *config.retry_attempts_max);
                     }
                     if (config.event_age_max_s.has_value()) {
                       WriteInt(writer, "EventAgeMax", *config.event_age_max_s);
                     }
                     WriteText(writer, "OnSuccess", config.on_success_arn);
                     WriteText(writer, "OnFailure", config.on_failure_arn);
                     WriteInt(writer, "Modified", config.modified_ms);
                   });
  WriteByQualifier("Urls", function.urls, writer, [writer](const FunctionUrlConfig& config) {
    writer->Member("UrlId", config.url_id);
    writer->Member("AuthType", config.auth_type);
    writer->Member("InvokeMode", config.invoke_mode);
    if (!config.cors_json.empty()) {
      writer->Key("Cors");
      writer->Raw(config.cors_json);
    }
    WriteInt(writer, "Creation", config.creation_ms);
    WriteInt(writer, "Modified", config.modified_ms);
  });
  WriteByQualifier("Policies", function.policies, writer, [writer](const FunctionPolicy& policy) {
    writer->Member("RevisionId", policy.revision_id);
    writer->Key("Statements");
    writer->BeginArray();
    for (const PolicyStatement& statement : policy.statements) {
      writer->BeginObject();
      writer->Member("Id", statement.statement_id);
      writer->Member("Text", statement.json);
      writer->EndObject();
    }
    writer->EndArray();
  });
  WriteByQualifier("Provisioned", function.provisioned, writer,
                   [writer](const ProvisionedConcurrency& provisioned) {
                     WriteInt(writer, "Count", provisioned.environment_count);
                     WriteInt(writer, "Modified", provisioned.modified_ms);
                   });
}

}  // namespace

std::string FunctionRowKey(std::string_view name) { return NameKey(kFunctionRow, name); }
std::string FormerFunctionKey(std::string_view name) { return NameKey(kFormerFunctionRow, name); }
std::string LayerRowKey(std::string_view layer) { return NameKey(kLayerRow, layer); }
std::string VersionRowKey(std::string_view function, uint64_t version) {
  return NumberedKey(kVersionRow, function, version);
}
std::string LayerVersionKey(std::string_view layer, uint64_t version) {
  return NumberedKey(kLayerVersionRow, layer, version);
}
std::string FunctionKindBegin(char kind) { return std::string(1, kind); }
std::string FunctionKindEnd(char kind) { return std::string(1, static_cast<char>(kind + 1)); }

bool ParseFunctionKey(std::string_view key, char kind, std::string* name, uint64_t* version) {
  *version = 0;
  if (key.empty() || key[0] != kind) {
    return false;
  }
  key.remove_prefix(1);
  if (HasNumber(kind)) {
    if (key.size() <= kNumberSize + 1 || key[key.size() - kNumberSize - 1] != '\0') {
      return false;
    }
    *version = LoadBigEndian64(key.data() + key.size() - kNumberSize);
    key.remove_suffix(kNumberSize + 1);
  }
  *name = key;
  return !name->empty();
}

void EncodeFunction(const Function& function, std::string* out) {
  out->push_back(kRowVersion);
  Writer writer(out);
  writer.BeginObject();
  writer.Member("Name", function.name);
  WriteInt(&writer, "LastVersion", static_cast<int64_t>(function.last_version));
  if (function.last_published != 0) {
    WriteInt(&writer, "LastPublished", static_cast<int64_t>(function.last_published));
    writer.Member("LastPublishedDigest", function.last_published_digest);
  }
  if (function.reserved_concurrency.has_value()) {
    WriteInt(&writer, "ReservedConcurrency", *function.reserved_concurrency);
  }
  if (function.recursion_allowed) {
    writer.Key("RecursionAllowed");
    writer.Bool(true);
  }
  writer.Key("Latest");
  WriteVersion(*function.latest, &writer);
  WriteAliases(function, &writer);
  WriteSettings(function, &writer);
  writer.Key("Tags");
  writer.BeginObject();
  for (const auto& [key, value] : function.tags) {
    writer.Member(key, value);
  }
  writer.EndObject();
  writer.EndObject();
}

void EncodeVersion(const FunctionVersion& version, std::string* out) {
  out->push_back(kRowVersion);
  Writer writer(out);
  WriteVersion(version, &writer);
}

void EncodeLayerVersion(const LayerVersion& layer, std::string* out) {
  out->push_back(kRowVersion);
  Writer writer(out);
  writer.BeginObject();
  writer.Member("Layer", layer.layer);
  WriteInt(&writer, "Version", static_cast<int64_t>(layer.version));
  writer.Member("Arn", layer.arn);
  WriteText(&writer, "Description", layer.description);
  WriteText(&writer, "License", layer.license);
  WriteTexts(&writer, "Runtimes", layer.runtimes);
  WriteTexts(&writer, "Architectures", layer.architectures);
  WriteCode(layer.code, &writer);
  WriteInt(&writer, "Creation", layer.creation_ms);
  writer.EndObject();
}

void EncodeLastVersion(uint64_t version, std::string* out) {
  out->push_back(kRowVersion);
  Writer writer(out);
  writer.BeginObject();
  WriteInt(&writer, "LastVersion", static_cast<int64_t>(version));
  writer.EndObject();
}

std::string VersionDigest(const FunctionVersion& version) {
  std::string text;
  Writer writer(&text);
  writer.BeginObject();
  WriteCode(version.code, &writer);
  WriteConfiguration(version.configuration, &writer);
  writer.EndObject();
  const auto hash = Sha256(text);
  return ToHex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace millrace::streams
