// The form of layer versions.
#include "api/functions/layer_reply.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/functions/function_reply.h"
#include "api/functions/json_values.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

void WriteList(std::string_view name, const std::vector<std::string>& texts, json::Writer* writer) {
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

}  // namespace

RestStatus ReadLayerName(const Services& services, const RestCall& call, std::string* name) {
  const std::string& text = call.segment(0);
  std::optional<streams::LayerName> layer = streams::ParseLayerName(text);
  if (!layer.has_value() || layer->version != 0) {
    return RestConstraintError(
        text.substr(0, 256), "layerName",
        "Member must satisfy regular expression pattern: "
        R"((arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+)");
  }
  if ((!layer->region.empty() && layer->region != services.region) ||
      (!layer->account.empty() && layer->account != services.account)) {
    return RestNotFound("The resource you requested does not exist.");
  }
  *name = std::move(layer->name);
  return {};
}

void WriteLayerVersionMembers(const streams::LayerVersion& version, json::Writer* writer) {
  writer->Member("LayerVersionArn", version.arn);
  writer->Key("Version");
  writer->Int(static_cast<int64_t>(version.version));
  writer->Member("Description", version.description);
  writer->Member("CreatedDate", FormatRestTime(version.creation_ms));
  WriteList("CompatibleRuntimes", version.runtimes, writer);
  if (!version.license.empty()) {
    writer->Member("LicenseInfo", version.license);
  }
  WriteList("CompatibleArchitectures", version.architectures, writer);
}

void ReplyLayerVersion(const Services& services, const streams::LayerVersion& version,
                       int http_status, RestCall* call) {
  ReplyObject(call, http_status, [&](json::Writer* writer) {
    writer->Key("Content");
    writer->BeginObject();
    if (version.code.directory.empty()) {
      writer->Member("Location", CodeLocation(services, *call, version.code));
    }
    writer->Member("CodeSha256", streams::CodeSha256Base64(version.code));
    writer->Key("CodeSize");
    writer->Int(version.code.size_bytes);
    writer->EndObject();
    writer->Member("LayerArn",
                   streams::FormatLayerArn(services.region, services.account, version.layer));
    WriteLayerVersionMembers(version, writer);
  });
}

}  // namespace millrace::api
