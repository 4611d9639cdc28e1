// Names for versions.
#include <utility>

#include "streams/functions/function_changes.h"
#include "streams/functions/function_name.h"

namespace millrace::streams {
namespace {

Status Invalid(std::string_view message) { return Status(StatusCode::kInvalidArgument, message); }

Status CheckAlias(const ChangeContext& context, const Function& function, const Alias& alias) {
  for (const std::string* version : {&alias.version, &alias.additional_version}) {
    const bool is_version = *version == kLatestVersion || IsVersionNumber(*version);
    if (version == &alias.additional_version && version->empty()) {
      continue;
    }
    if (!is_version || FindVersion(function, *version) == nullptr) {
      return FunctionNotFound(*context.options, function.name, *version);
    }
  }
  if (alias.additional_version.empty()) {
    return Status::Ok();
  }
  if (alias.version == kLatestVersion || alias.additional_version == kLatestVersion) {
    return Invalid("$LATEST is not supported for an alias pointing to more than 1 version");
  }
  if (alias.version == alias.additional_version) {
    return Invalid("Invalid function version " + alias.version + ". Function version " +
                   alias.version + " is already included in routing configuration.");
  }
  if (!(alias.additional_weight >= 0 && alias.additional_weight <= 1)) {
    return Invalid("The weight of an additional version must be between 0 and 1.");
  }
  return Status::Ok();
}

}  // namespace

Status CreateFunctionAlias(const ChangeContext& context, Alias alias, FunctionDraft* draft) {
  Function& function = draft->function;
  if (!IsAliasName(alias.name)) {
    return Invalid("The name of an alias must not be that of a version.");
  }
  if (function.aliases.contains(alias.name)) {
    return Status(StatusCode::kAlreadyExists,
                  "Alias already exists: " + function.arn + ":" + alias.name);
  }
  RETURN_IF_ERROR(CheckAlias(context, function, alias));
  alias.revision_id = NewUuid(context.random);
  draft->answer = FindVersion(function, alias.version);
  std::string name = alias.name;
  function.aliases.emplace(std::move(name), std::move(alias));
  return Status::Ok();
}

Status UpdateFunctionAlias(const ChangeContext& context, std::string_view alias,
                           std::string_view revision_id, const FunctionCatalog::AliasEdit& edit,
                           FunctionDraft* draft) {
  Function& function = draft->function;
  const auto found = function.aliases.find(alias);
  if (found == function.aliases.end()) {
    return Status(StatusCode::kNotFound,
                  "Alias not found: " + function.arn + ":" + std::string(alias));
  }
  RETURN_IF_ERROR(CheckRevision(revision_id, found->second.revision_id));
  RETURN_IF_ERROR(edit(&found->second));
  found->second.name = found->first;
  RETURN_IF_ERROR(CheckAlias(context, function, found->second));
  found->second.revision_id = NewUuid(context.random);
  draft->answer = FindVersion(function, found->second.version);
  return Status::Ok();
}

Status DeleteFunctionAlias(std::string_view alias, FunctionDraft* draft) {
  const auto found = draft->function.aliases.find(alias);
  if (found != draft->function.aliases.end()) {
    draft->function.aliases.erase(found);
    RemoveSettings(alias, &draft->function);
  }
  return Status::Ok();
}

}  // namespace millrace::streams
