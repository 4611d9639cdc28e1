// Names of functions in requests.
#include "api/functions/function_target.h"

#include "api/functions/patterns.h"
#include "api/wire/constraints.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

constexpr size_t kFunctionNameSizeMax = 64;
constexpr size_t kTextSizeMax = 256;
constexpr std::string_view kNamePattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?)"
    R"((function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
constexpr std::string_view kQualifierPattern = R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)";

std::string MustMatch(std::string_view pattern) {
  return "Member must satisfy regular expression pattern: " + std::string(pattern);
}

bool IsBareName(std::string_view text) {
  return text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
         std::string_view::npos;
}

// Why the text names no function.
RestStatus BadName(std::string_view text) {
  if (!text.empty() && IsBareName(text)) {
    return RestConstraintError(
        text, "functionName",
        "Member must have length less than or equal to " + std::to_string(kFunctionNameSizeMax));
  }
  return RestConstraintError(text.substr(0, kTextSizeMax), "functionName", MustMatch(kNamePattern));
}

}  // namespace

RestStatus ReadFunctionTarget(const Services& services, std::string_view text,
                              std::string_view qualifier, FunctionTarget* target) {
  std::optional<streams::FunctionName> name = streams::ParseFunctionName(text);
  if (!name.has_value()) {
    return BadName(text);
  }
  if (!qualifier.empty() && !streams::IsQualifier(qualifier)) {
    return RestConstraintError(qualifier.substr(0, kTextSizeMax), "qualifier",
                               MustMatch(kQualifierPattern));
  }
  RETURN_IF_REST_ERROR(FromCatalog(
      streams::CompleteFunctionName(services.region, services.account, qualifier, &*name)));
  target->name = std::move(name->name);
  target->qualifier = std::move(name->qualifier);
  return {};
}

RestStatus ReadFunctionTarget(const Services& services, const RestCall& call,
                              FunctionTarget* target) {
  return ReadFunctionTarget(services, call.segment(0), call.Query("Qualifier").value_or(""),
                            target);
}

RestStatus FindFunction(const Services& services, const RestCall& call, FoundFunction* found) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, &found->target));
  found->function = services.functions->Find(found->target.name);
  if (found->function != nullptr) {
    found->version = streams::FindVersion(*found->function, found->target.qualifier);
  }
  return found->version == nullptr ? FunctionMissing(services, found->target) : RestStatus();
}

std::string FunctionArn(const Services& services, std::string_view name,
                        std::string_view qualifier) {
  return streams::FormatFunctionArn(services.region, services.account, name, qualifier);
}

RestStatus FunctionMissing(const Services& services, const FunctionTarget& target) {
  return RestNotFound("Function not found: " +
                      FunctionArn(services, target.name, target.qualifier));
}

std::string_view SettingsKey(const FunctionTarget& target) {
  return target.qualifier.empty() ? streams::kLatestVersion : std::string_view(target.qualifier);
}

RestStatus FromCatalog(const Status& status) {
  switch (status.code()) {
    case StatusCode::kNotFound:
      return RestNotFound(std::string(status.message()));
    case StatusCode::kAlreadyExists:
      return {RestErrorType::kResourceConflict, std::string(status.message())};
    case StatusCode::kFailedPrecondition:
      return {RestErrorType::kPreconditionFailed, std::string(status.message())};
    default:
      return FromFunctionStore(status);
  }
}

}  // namespace millrace::api
