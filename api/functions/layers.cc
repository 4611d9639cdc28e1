// Reading and deleting layers.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_target.h"
#include "api/functions/layer_reply.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

using streams::LayerPointer;
using streams::LayerVersionPointer;

constexpr size_t kPageSizeMax = 50;

RestStatus LayerMissing() { return RestNotFound("The resource you requested does not exist."); }

// Which versions a list is about.
struct Filter {
  std::string_view runtime;       // empty: any
  std::string_view architecture;  // likewise

  explicit Filter(const RestCall& call)
      : runtime(call.Query("CompatibleRuntime").value_or("")),
        architecture(call.Query("CompatibleArchitecture").value_or("")) {}

  bool Matches(const streams::LayerVersion& version) const {
    return Contains(version.runtimes, runtime) && Contains(version.architectures, architecture);
  }

 private:
  static bool Contains(const std::vector<std::string>& texts, std::string_view text) {
    return text.empty() || std::find(texts.begin(), texts.end(), text) != texts.end();
  }
};

LayerVersionPointer LatestMatching(const streams::Layer& layer, const Filter& filter) {
  for (auto version = layer.versions.rbegin(); version != layer.versions.rend(); ++version) {
    if (filter.Matches(*version->second)) {
      return version->second;
    }
  }
  return nullptr;
}

// The last page says that it is the last by a null.
void WriteNextMarker(bool more, std::string_view last, json::Writer* writer) {
  writer->Key("NextMarker");
  if (more) {
    writer->String(RestMarker(last));
  } else {
    writer->Raw("null");
  }
}

RestStatus FindVersion(const Services& services, const RestCall& call,
                       LayerVersionPointer* version) {
  std::string name;
  RETURN_IF_REST_ERROR(ReadLayerName(services, call, &name));
  const std::optional<uint64_t> number = streams::ParseVersionNumber(call.segment(1));
  if (number.has_value()) {
    *version = services.functions->FindLayerVersion(name, *number);
  }
  return *version == nullptr ? LayerMissing() : RestStatus();
}

RestStatus FindByArn(const Services& services, std::string_view arn, LayerVersionPointer* version) {
  const std::optional<streams::LayerName> name = streams::ParseLayerName(arn);
  if (!name.has_value() || name->version == 0) {
    return RestConstraintError(
        arn.substr(0, 256), "arn",
        "Member must satisfy regular expression pattern: "
        R"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)");
  }
  if (name->region == services.region && name->account == services.account) {
    *version = services.functions->FindLayerVersion(name->name, name->version);
  }
  return *version == nullptr ? LayerMissing() : RestStatus();
}

void ReplyFound(const Services& services, const RestStatus& status,
                const LayerVersionPointer& version, RestCall* call) {
  if (status.ok()) {
    ReplyLayerVersion(services, *version, 200, call);
  } else {
    call->Fail(status);
  }
}

void WriteLayer(const streams::Layer& layer, const streams::LayerVersion& version,
                json::Writer* writer) {
  writer->BeginObject();
  writer->Member("LayerName", layer.name);
  writer->Member("LayerArn", layer.arn);
  writer->Key("LatestMatchingVersion");
  writer->BeginObject();
  WriteLayerVersionMembers(version, writer);
  writer->EndObject();
  writer->EndObject();
}

}  // namespace

void RunGetLayerVersion(const Services& services, RestCall* call) {
  LayerVersionPointer version;
  const RestStatus status = FindVersion(services, *call, &version);
  ReplyFound(services, status, version, call);
}

void RunListLayers(const Services& services, RestCall* call) {
  if (call->Query("find").has_value()) {
    LayerVersionPointer version;
    const RestStatus status = FindByArn(services, call->Query("Arn").value_or(""), &version);
    ReplyFound(services, status, version, call);
    return;
  }
  RestPage page;
  const RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const Filter filter(*call);
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("Layers");
    writer->BeginArray();
    size_t count = 0;
    bool more = true;
    std::string last = page.after;
    // Layers that the filter leaves out take no room on the page.
    while (more && count < page.size) {
      const std::vector<LayerPointer> layers =
          services.functions->ListLayers(last, page.size - count, &more);
      for (const LayerPointer& layer : layers) {
        last = layer->name;
        const LayerVersionPointer version = LatestMatching(*layer, filter);
        if (version != nullptr) {
          WriteLayer(*layer, *version, writer);
          ++count;
        }
      }
    }
    writer->EndArray();
    WriteNextMarker(more, last, writer);
  });
}

void RunListLayerVersions(const Services& services, RestCall* call) {
  RestPage page;
  std::string name;
  RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (status.ok()) {
    status = ReadLayerName(services, *call, &name);
  }
  const LayerPointer layer = status.ok() ? services.functions->FindLayer(name) : nullptr;
  if (status.ok() && layer == nullptr) {
    status = LayerMissing();
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const Filter filter(*call);
  const uint64_t below = streams::ParseVersionNumber(page.after).value_or(UINT64_MAX);
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("LayerVersions");
    writer->BeginArray();
    size_t count = 0;
    uint64_t last = below;
    bool more = false;
    for (auto version = layer->versions.rbegin(); version != layer->versions.rend() && !more;
         ++version) {
      if (version->first >= below || !filter.Matches(*version->second)) {
        continue;
      }
      more = count == page.size;
      if (!more) {
        writer->BeginObject();
        WriteLayerVersionMembers(*version->second, writer);
        writer->EndObject();
        last = version->first;
        ++count;
      }
    }
    writer->EndArray();
    WriteNextMarker(more, std::to_string(last), writer);
  });
}

void RunDeleteLayerVersion(const Services& services, RestCall* call) {
  std::string name;
  const RestStatus status = ReadLayerName(services, *call, &name);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::optional<uint64_t> number = streams::ParseVersionNumber(call->segment(1));
  if (!number.has_value()) {
    call->Reply(204);
    return;
  }
  services.functions->DeleteLayerVersion(name, *number, call->home(),
                                         [call](const Status& deleted) {
                                           if (deleted.ok()) {
                                             call->Reply(204);
                                           } else {
                                             call->Fail(FromCatalog(deleted));
                                           }
                                         });
}

}  // namespace millrace::api
