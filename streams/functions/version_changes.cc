// Creation, new code, new configuration, publication, deletion.
#include <memory>

#include "streams/functions/function_changes.h"
#include "streams/functions/function_codec.h"
#include "streams/functions/function_name.h"
#include "streams/functions/zip_reader.h"

namespace millrace::streams {
namespace {

Status Invalid(std::string_view message) { return Status(StatusCode::kInvalidArgument, message); }

// The architecture of this machine.
std::string_view HostArchitecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "x86_64";
#endif
}

// Finds out what the layers of `configuration` are; those of `before` are known already, also if
// they have been deleted since.
Status ResolveLayers(const ChangeContext& context, const FunctionConfiguration& before,
                     FunctionConfiguration* configuration) {
  std::vector<LayerReference>& layers = configuration->layers;
  if (layers.size() > kFunctionLayersMax) {
    return Invalid("Cannot reference more than 5 layers.");
  }
  for (size_t index = 0; index < layers.size(); ++index) {
    LayerReference& layer = layers[index];
    const std::optional<LayerName> name = ParseLayerName(layer.arn);
    if (!name.has_value() || name->version == 0) {
      return Invalid("Layer version ARN " + layer.arn + " is not valid.");
    }
    for (size_t other = 0; other < index; ++other) {
      const std::optional<LayerName> other_name = ParseLayerName(layers[other].arn);
      if (other_name->name == name->name) {
        return Invalid(
            "Two different versions of the same layer are not allowed to be referenced "
            "in the same function. " +
            layers[other].arn + " and " + layer.arn + " are versions of the same layer.");
      }
    }
    bool known = false;
    for (const LayerReference& old : before.layers) {
      if (old.arn == layer.arn) {
        layer.code = old.code;
        known = true;
      }
    }
    const LayerPointer found = context.state->FindLayer(name->name);
    if (!known && found != nullptr && name->region == context.options->region &&
        name->account == context.options->account) {
      const auto version = found->versions.find(name->version);
      if (version != found->versions.end()) {
        layer.code = version->second->code;
        known = true;
      }
    }
    if (!known) {
      return Invalid("Layer version " + layer.arn + " does not exist.");
    }
  }
  return Status::Ok();
}

Status CheckUnzippedSize(const FunctionVersion& version) {
  int64_t size = version.code.unzipped_bytes;
  for (const LayerReference& layer : version.configuration.layers) {
    size += layer.code.unzipped_bytes;
  }
  return size > kUnzippedSizeMax
             ? Invalid(
                   "Function code combined with layers exceeds the maximum allowed size of "
                   "262144000 bytes. The actual size is " +
                   std::to_string(size) + " bytes.")
             : Status::Ok();
}

// Whether $LATEST may be changed now.
Status CheckSettled(const ChangeContext& context, const Function& function) {
  constexpr std::string_view kNow = "The operation cannot be performed at this time. ";
  if (context.now_ms < function.latest->active_ms) {
    return Status(StatusCode::kAlreadyExists,
                  std::string(kNow) + "The function is currently in the following state: Pending");
  }
  if (context.now_ms < function.latest->updated_ms) {
    return Status(StatusCode::kAlreadyExists,
                  std::string(kNow) + "An update is in progress for resource: " + function.arn);
  }
  return Status::Ok();
}

// Gives the draft a new $LATEST.
void Renew(const ChangeContext& context, FunctionVersion latest, FunctionDraft* draft) {
  latest.revision_id = NewUuid(context.random);
  latest.modified_ms = context.now_ms;
  latest.updated_ms = context.now_ms + context.options->create_delay_ms;
  draft->function.latest = std::make_shared<FunctionVersion>(std::move(latest));
}

// Publishes $LATEST unless it is what was published last.
void Publish(const ChangeContext& context, const std::optional<std::string>& description,
             FunctionDraft* draft) {
  Function& function = draft->function;
  const std::string digest = VersionDigest(*function.latest);
  const auto last = function.versions.find(function.last_published);
  if (last != function.versions.end() && digest == function.last_published_digest) {
    draft->answer = last->second;
    return;
  }
  FunctionVersion version = *function.latest;
  version.version = std::to_string(++function.last_version);
  version.revision_id = NewUuid(context.random);
  if (description.has_value()) {
    version.configuration.description = *description;
  }
  function.last_published = function.last_version;
  function.last_published_digest = digest;
  draft->answer = std::make_shared<FunctionVersion>(std::move(version));
  draft->published.push_back(draft->answer);
  function.versions.emplace(function.last_version, draft->answer);
}

}  // namespace

Status FunctionNotFound(const FunctionCatalogOptions& options, std::string_view name,
                        std::string_view qualifier) {
  return Status(
      StatusCode::kNotFound,
      "Function not found: " + FormatFunctionArn(options.region, options.account, name, qualifier));
}

Status CheckRevision(std::string_view given, std::string_view revision_id) {
  return given.empty() || given == revision_id
             ? Status::Ok()
             : Status(StatusCode::kFailedPrecondition,
                      "The Revision Id provided does not match the latest Revision Id. Call the "
                      "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

Status FindQualifier(const ChangeContext& context, const Function& function,
                     std::string_view qualifier, std::string* key) {
  *key = qualifier.empty() ? kLatestVersion : qualifier;
  return FindVersion(function, qualifier) == nullptr
             ? FunctionNotFound(*context.options, function.name, qualifier)
             : Status::Ok();
}

Status CreateFunction(const ChangeContext& context, FunctionCreation creation,
                      FunctionDraft* draft) {
  Function& function = draft->function;
  function.name = creation.name;
  function.arn =
      FormatFunctionArn(context.options->region, context.options->account, creation.name);
  function.last_version = context.state->FormerVersion(creation.name);
  FunctionVersion latest;
  latest.configuration = std::move(creation.configuration);
  latest.code = creation.code.code;
  if (latest.configuration.architecture.empty()) {
    latest.configuration.architecture = HostArchitecture();
  }
  RETURN_IF_ERROR(ResolveLayers(context, FunctionConfiguration(), &latest.configuration));
  RETURN_IF_ERROR(CheckUnzippedSize(latest));
  RETURN_IF_ERROR(SetTags(context, creation.tags, draft));
  latest.active_ms = context.now_ms + context.options->create_delay_ms;
  Renew(context, std::move(latest), draft);
  if (creation.publish) {
    Publish(context, std::nullopt, draft);
  }
  return Status::Ok();
}

Status UpdateFunctionCode(const ChangeContext& context, const FunctionCodeUpdate& update,
                          FunctionDraft* draft) {
  RETURN_IF_ERROR(CheckRevision(update.revision_id, draft->function.latest->revision_id));
  RETURN_IF_ERROR(CheckSettled(context, draft->function));
  FunctionVersion latest = *draft->function.latest;
  latest.code = update.code.code;
  if (!update.architecture.empty()) {
    latest.configuration.architecture = update.architecture;
  }
  RETURN_IF_ERROR(CheckUnzippedSize(latest));
  Renew(context, std::move(latest), draft);
  draft->dry_run = update.dry_run;
  if (update.publish) {
    Publish(context, std::nullopt, draft);
  }
  return Status::Ok();
}

Status UpdateFunctionConfiguration(const ChangeContext& context, std::string_view revision_id,
                                   const FunctionCatalog::ConfigurationEdit& edit,
                                   FunctionDraft* draft) {
  RETURN_IF_ERROR(CheckRevision(revision_id, draft->function.latest->revision_id));
  RETURN_IF_ERROR(CheckSettled(context, draft->function));
  FunctionVersion latest = *draft->function.latest;
  RETURN_IF_ERROR(edit(&latest.configuration));
  RETURN_IF_ERROR(
      ResolveLayers(context, draft->function.latest->configuration, &latest.configuration));
  RETURN_IF_ERROR(CheckUnzippedSize(latest));
  Renew(context, std::move(latest), draft);
  return Status::Ok();
}

Status PublishFunctionVersion(const ChangeContext& context, const VersionPublication& publication,
                              FunctionDraft* draft) {
  RETURN_IF_ERROR(CheckRevision(publication.revision_id, draft->function.latest->revision_id));
  RETURN_IF_ERROR(CheckSettled(context, draft->function));
  const std::string hash = CodeSha256Base64(draft->function.latest->code);
  if (!publication.code_sha256_base64.empty() && publication.code_sha256_base64 != hash) {
    return Invalid("CodeSHA256 (" + publication.code_sha256_base64 +
                   ") is different from current CodeSHA256 in $LATEST (" + hash +
                   "). Please try again with the CodeSHA256 in $LATEST.");
  }
  Publish(context, publication.description, draft);
  return Status::Ok();
}

Status DeleteWholeFunction(FunctionDraft* draft) {
  for (const auto& [number, version] : draft->function.versions) {
    draft->removed.push_back(number);
  }
  draft->deleted = true;
  return Status::Ok();
}

Status DeleteFunctionVersion(const ChangeContext&, std::string_view version, FunctionDraft* draft) {
  Function& function = draft->function;
  if (version == kLatestVersion) {
    return Invalid("$LATEST version cannot be deleted without deleting the function.");
  }
  const std::optional<uint64_t> number = ParseVersionNumber(version);
  if (!number.has_value()) {
    return Invalid("Deletion of aliases is not currently supported.");
  }
  for (const auto& [name, alias] : function.aliases) {
    if (alias.version == version || alias.additional_version == version) {
      return Status(StatusCode::kAlreadyExists,
                    "Version " + std::string(version) + " is currently used by the alias " + name +
                        ". Point the alias to another version before this one is deleted.");
    }
  }
  const auto found = function.versions.find(*number);
  if (found != function.versions.end()) {
    draft->answer = found->second;
    draft->removed.push_back(*number);
    function.versions.erase(found);
    RemoveSettings(version, &function);
  }
  return Status::Ok();
}

}  // namespace millrace::streams
