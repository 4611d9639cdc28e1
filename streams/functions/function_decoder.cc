// Reading the rows that function_codec.cc writes.
#include <charconv>
#include <cstdlib>

#include "storage/base/json.h"
#include "streams/functions/function_codec.h"

namespace millrace::streams {
namespace {

using json::Value;

constexpr char kRowVersion = 1;

Status Damaged() { return Status(StatusCode::kCorruption, "a stored function is damaged"); }

// A row's text as a document. Everything that is read from it goes through one of these, which
// notes what is not as it should be.
class Row {
 public:
  explicit Row(std::string_view bytes) {
    if (bytes.empty() || bytes[0] != kRowVersion) {
      ok_ = false;
      return;
    }
    text_ = bytes.substr(1);
    ok_ = document_.Parse({text_.data(), text_.size()}).ok() && document_.root().IsObject();
  }
  bool ok() const { return ok_; }
  Value root() const { return document_.root(); }

  std::string Text(Value object, std::string_view name, std::string_view otherwise = {}) {
    const Value value = object.Find(name);
    if (!value.present()) {
      return std::string(otherwise);
    }
    if (!value.IsString()) {
      ok_ = false;
      return {};
    }
    return std::string(value.AsString());
  }
  int64_t Int(Value object, std::string_view name, int64_t otherwise = 0) {
    const Value value = object.Find(name);
    if (value.present() && !value.IsNumber()) {
      ok_ = false;
      return otherwise;
    }
    return value.present() ? value.AsInt64() : otherwise;
  }
  uint64_t Number(Value object, std::string_view name) {
    return static_cast<uint64_t>(Int(object, name));
  }
  // The value of a member that must be an object; an empty one if it is not there.
  json::Members Object(Value object, std::string_view name) {
    const Value value = object.Find(name);
    ok_ = ok_ && (!value.present() || value.IsObject());
    return value.present() && value.IsObject() ? value.members() : empty_.root().members();
  }
  std::vector<Value> Array(Value object, std::string_view name) {
    const Value value = object.Find(name);
    std::vector<Value> values;
    ok_ = ok_ && (!value.present() || value.IsArray());
    if (value.present() && value.IsArray()) {
      for (const Value element : value.elements()) {
        values.push_back(element);
      }
    }
    return values;
  }
  std::string AsText(Value value) {
    ok_ = ok_ && value.IsString();
    return ok_ ? std::string(value.AsString()) : std::string();
  }
  bool IsObject(Value value) {
    ok_ = ok_ && value.present() && value.IsObject();
    return ok_;
  }

 private:
  static json::Document EmptyObject(std::string* text) {
    json::Document document;
    CHECK(document.Parse({text->data(), text->size()}).ok());
    return document;
  }

  std::string text_;
  json::Document document_;
  std::string empty_text_ = "{}";
  json::Document empty_ = EmptyObject(&empty_text_);
  bool ok_ = true;
};

// JSON text of a value that was parsed.
void WriteValue(Value value, json::Writer* writer) {
  switch (value.type()) {
    case json::Type::kNull:
      writer->Raw("null");
      break;
    case json::Type::kFalse:
    case json::Type::kTrue:
      writer->Bool(value.AsBool());
      break;
    case json::Type::kNumber:
      writer->Raw(value.NumberText());
      break;
    case json::Type::kString:
      writer->String(value.AsString());
      break;
    case json::Type::kArray:
      writer->BeginArray();
      for (const Value element : value.elements()) {
        WriteValue(element, writer);
      }
      writer->EndArray();
      break;
    case json::Type::kObject:
      writer->BeginObject();
      for (const json::Member member : value.members()) {
        writer->Key(member.name);
        WriteValue(member.value, writer);
      }
      writer->EndObject();
      break;
  }
}

std::string JsonText(Value value) {
  std::string text;
  json::Writer writer(&text);
  WriteValue(value, &writer);
  return text;
}

FunctionCode ReadCode(Row* row, Value object) {
  const Value value = object.Find("Code");
  FunctionCode code;
  if (row->IsObject(value)) {
    code.sha256_hex = row->Text(value, "Sha256");
    code.size_bytes = row->Int(value, "Size");
    code.unzipped_bytes = row->Int(value, "UnzippedSize");
    code.directory = row->Text(value, "Directory");
  }
  return code;
}

FunctionConfiguration ReadConfiguration(Row* row, Value object) {
  const Value value = object.Find("Configuration");
  FunctionConfiguration configuration;
  if (!row->IsObject(value)) {
    return configuration;
  }
  configuration.runtime = row->Text(value, "Runtime");
  configuration.role = row->Text(value, "Role");
  configuration.handler = row->Text(value, "Handler");
  configuration.description = row->Text(value, "Description");
  configuration.package_type = row->Text(value, "PackageType");
  configuration.timeout_s = row->Int(value, "Timeout");
  configuration.memory_mb = row->Int(value, "MemorySize");
  configuration.ephemeral_storage_mb = row->Int(value, "EphemeralStorage");
  configuration.architecture = row->Text(value, "Architecture");
  configuration.has_environment = value.Find("Environment").present();
  for (const json::Member member : row->Object(value, "Environment")) {
    configuration.environment.emplace_back(member.name, row->AsText(member.value));
  }
  for (const Value layer : row->Array(value, "Layers")) {
    if (row->IsObject(layer)) {
      configuration.layers.push_back({row->Text(layer, "Arn"), ReadCode(row, layer)});
    }
  }
  configuration.dead_letter_arn = row->Text(value, "DeadLetterArn");
  configuration.tracing_mode = row->Text(value, "TracingMode");
  configuration.log_format = row->Text(value, "LogFormat");
  configuration.application_log_level = row->Text(value, "ApplicationLogLevel");
  configuration.system_log_level = row->Text(value, "SystemLogLevel");
  configuration.log_group = row->Text(value, "LogGroup");
  configuration.kms_key_arn = row->Text(value, "KmsKeyArn");
  for (const json::Member member : row->Object(value, "Echoed")) {
    configuration.echoed.emplace(member.name, JsonText(member.value));
  }
  return configuration;
}

FunctionVersion ReadVersion(Row* row, Value value) {
  FunctionVersion version;
  if (row->IsObject(value)) {
    version.version = row->Text(value, "Version");
    version.revision_id = row->Text(value, "RevisionId");
    version.modified_ms = row->Int(value, "Modified");
    version.active_ms = row->Int(value, "Active");
    version.updated_ms = row->Int(value, "Updated");
    version.code = ReadCode(row, value);
    version.configuration = ReadConfiguration(row, value);
  }
  return version;
}

void ReadAliases(Row* row, Value root, Function* function) {
  for (const Value value : row->Array(root, "Aliases")) {
    if (!row->IsObject(value)) {
      return;
    }
    Alias alias;
    alias.name = row->Text(value, "Name");
    alias.version = row->Text(value, "Version");
    alias.description = row->Text(value, "Description");
    alias.additional_version = row->Text(value, "AdditionalVersion");
    const Value weight = value.Find("AdditionalWeight");
    if (weight.present() && weight.IsNumber()) {
      const std::string_view text = weight.NumberText();
      std::from_chars(text.data(), text.data() + text.size(), alias.additional_weight);
    }
    alias.revision_id = row->Text(value, "RevisionId");
    function->aliases.emplace(alias.name, alias);
  }
}

void ReadEventInvokeConfigs(Row* row, Value root, Function* function) {
  for (const json::Member member : row->Object(root, "EventInvokeConfigs")) {
    if (!row->IsObject(member.value)) {
      return;
    }
    EventInvokeConfig& config = function->event_invoke_configs[std::string(member.name)];
    if (member.value.Find("RetryAttemptsMax").present()) {
      config.retry_attempts_max = row->Int(member.value, "RetryAttemptsMax");
    }
    if (member.value.Find("EventAgeMax").present()) {
      config.event_age_max_s = row->Int(member.value, "EventAgeMax");
    }
    config.on_success_arn = row->Text(member.value, "OnSuccess");
    config.on_failure_arn = row->Text(member.value, "OnFailure");
    config.modified_ms = row->Int(member.value, "Modified");
  }
}

void ReadUrls(Row* row, Value root, Function* function) {
  for (const json::Member member : row->Object(root, "Urls")) {
    if (!row->IsObject(member.value)) {
      return;
    }
    FunctionUrlConfig& config = function->urls[std::string(member.name)];
    config.url_id = row->Text(member.value, "UrlId");
    config.auth_type = row->Text(member.value, "AuthType");
    config.invoke_mode = row->Text(member.value, "InvokeMode");
    const Value cors = member.value.Find("Cors");
    config.cors_json = cors.present() ? JsonText(cors) : "";
    config.creation_ms = row->Int(member.value, "Creation");
    config.modified_ms = row->Int(member.value, "Modified");
  }
}

void ReadPolicies(Row* row, Value root, Function* function) {
  for (const json::Member member : row->Object(root, "Policies")) {
    if (!row->IsObject(member.value)) {
      return;
    }
    FunctionPolicy& policy = function->policies[std::string(member.name)];
    policy.revision_id = row->Text(member.value, "RevisionId");
    for (const Value statement : row->Array(member.value, "Statements")) {
      if (row->IsObject(statement)) {
        policy.statements.push_back({row->Text(statement, "Id"), row->Text(statement, "Text")});
      }
    }
  }
}

void ReadSettings(Row* row, Value root, Function* function) {
  ReadAliases(row, root, function);
  ReadEventInvokeConfigs(row, root, function);
  ReadUrls(row, root, function);
  ReadPolicies(row, root, function);
  for (const json::Member member : row->Object(root, "Provisioned")) {
    if (row->IsObject(member.value)) {
      function->provisioned[std::string(member.name)] = {row->Int(member.value, "Count"),
                                                         row->Int(member.value, "Modified")};
    }
  }
  for (const json::Member member : row->Object(root, "Tags")) {
    function->tags.emplace(member.name, row->AsText(member.value));
  }
}

}  // namespace

Result<Function> DecodeFunction(std::string_view bytes) {
  Row row(bytes);
  if (!row.ok()) {
    return Damaged();
  }
  const Value root = row.root();
  Function function;
  function.name = row.Text(root, "Name");
  function.last_version = row.Number(root, "LastVersion");
  function.last_published = row.Number(root, "LastPublished");
  function.last_published_digest = row.Text(root, "LastPublishedDigest");
  if (root.Find("ReservedConcurrency").present()) {
    function.reserved_concurrency = row.Int(root, "ReservedConcurrency");
  }
  const Value recursion = root.Find("RecursionAllowed");
  function.recursion_allowed = recursion.present() && recursion.IsBool() && recursion.AsBool();
  function.latest = std::make_shared<FunctionVersion>(ReadVersion(&row, root.Find("Latest")));
  ReadSettings(&row, root, &function);
  if (!row.ok() || function.name.empty() || function.latest->version != kLatestVersion) {
    return Damaged();
  }
  return function;
}

Result<FunctionVersion> DecodeVersion(std::string_view bytes) {
  Row row(bytes);
  if (!row.ok()) {
    return Damaged();
  }
  FunctionVersion version = ReadVersion(&row, row.root());
  if (!row.ok() || version.version.empty()) {
    return Damaged();
  }
  return version;
}

Result<LayerVersion> DecodeLayerVersion(std::string_view bytes) {
  Row row(bytes);
  if (!row.ok()) {
    return Damaged();
  }
  const Value root = row.root();
  LayerVersion layer;
  layer.layer = row.Text(root, "Layer");
  layer.version = row.Number(root, "Version");
  layer.arn = row.Text(root, "Arn");
  layer.description = row.Text(root, "Description");
  layer.license = row.Text(root, "License");
  for (const Value runtime : row.Array(root, "Runtimes")) {
    layer.runtimes.push_back(row.AsText(runtime));
  }
  for (const Value architecture : row.Array(root, "Architectures")) {
    layer.architectures.push_back(row.AsText(architecture));
  }
  layer.code = ReadCode(&row, root);
  layer.creation_ms = row.Int(root, "Creation");
  if (!row.ok() || layer.layer.empty() || layer.version == 0) {
    return Damaged();
  }
  return layer;
}

Result<uint64_t> DecodeLastVersion(std::string_view bytes) {
  Row row(bytes);
  if (!row.ok()) {
    return Damaged();
  }
  const uint64_t version = row.Number(row.root(), "LastVersion");
  return row.ok() && version > 0 ? Result<uint64_t>(version) : Result<uint64_t>(Damaged());
}

}  // namespace millrace::streams
