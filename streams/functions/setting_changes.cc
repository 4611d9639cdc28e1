// What is set for a function or one of its qualifiers: reservations, asynchronous events, URLs,
// permissions, provisioned environments, tags.
#include <utility>

#include "streams/functions/executor_tags.h"
#include "streams/functions/function_changes.h"
#include "streams/functions/function_name.h"

namespace millrace::streams {
namespace {

constexpr size_t kUrlIdSize = 32;
constexpr std::string_view kUrlIdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

Status Invalid(std::string_view message) { return Status(StatusCode::kInvalidArgument, message); }

template <typename Map>
void Erase(std::string_view key, Map* map) {
  const auto found = map->find(key);
  if (found != map->end()) {
    map->erase(found);
  }
}

std::string NewUrlId(const ChangeContext& context) {
  std::string id;
  do {
    id.clear();
    while (id.size() < kUrlIdSize) {
      id.push_back(kUrlIdCharacters[context.random->Next64() % kUrlIdCharacters.size()]);
    }
  } while (context.state->FindUrl(id).has_value());
  return id;
}

// URLs are those of the function or an alias. `key`: under which they are kept.
Status FindUrlKey(const ChangeContext& context, const Function& function,
                  std::string_view qualifier, std::string* key) {
  if (IsVersionNumber(qualifier)) {
    return Invalid("A function URL cannot be that of a version.");
  }
  return FindQualifier(context, function, qualifier, key);
}

Status NoSuchResource() {
  return Status(StatusCode::kNotFound, "The resource you requested does not exist.");
}

Status CheckTags(const ChangeContext& context, const Function& function) {
  if (function.tags.size() > kFunctionTagsMax) {
    return Invalid("Number of tags exceeds resource tag limit.");
  }
  return ReadExecutorTags(function.tags, context.options->default_executor).status();
}

}  // namespace

void RemoveSettings(std::string_view qualifier, Function* function) {
  Erase(qualifier, &function->event_invoke_configs);
  Erase(qualifier, &function->urls);
  Erase(qualifier, &function->policies);
  Erase(qualifier, &function->provisioned);
}

Status SetReserved(const ChangeContext& context, std::optional<int64_t> count,
                   FunctionDraft* draft) {
  Function& function = draft->function;
  const FunctionCatalogOptions& options = *context.options;
  if (count.has_value()) {
    const int64_t others =
        context.state->TotalReserved() - function.reserved_concurrency.value_or(0);
    const int64_t free = options.concurrency_limit - options.unreserved_concurrency_min - others;
    if (*count < 0) {
      return Invalid("ReservedConcurrentExecutions must not be negative.");
    }
    // Also for those that are too great to be added up.
    if (*count > free) {
      return Invalid(
          "Specified ReservedConcurrentExecutions for function decreases account's "
          "UnreservedConcurrentExecution below its minimum value of [" +
          std::to_string(options.unreserved_concurrency_min) + "].");
    }
    for (const auto& [qualifier, provisioned] : function.provisioned) {
      if (provisioned.environment_count > *count) {
        return Invalid(
            "ReservedConcurrentExecutions must not be below the function's provisioned "
            "concurrency.");
      }
    }
  }
  function.reserved_concurrency = count;
  return Status::Ok();
}

Status EditEventInvoke(const ChangeContext& context, std::string_view qualifier, bool must_exist,
                       const FunctionCatalog::EventInvokeEdit& edit, FunctionDraft* draft) {
  Function& function = draft->function;
  std::string key;
  RETURN_IF_ERROR(FindQualifier(context, function, qualifier, &key));
  if (must_exist && !function.event_invoke_configs.contains(key)) {
    return Status(StatusCode::kNotFound, "The function " + function.arn + ":" + key +
                                             " doesn't have an EventInvokeConfig");
  }
  EventInvokeConfig& config = function.event_invoke_configs[key];
  RETURN_IF_ERROR(edit(&config));
  config.modified_ms = context.now_ms;
  return Status::Ok();
}

Status DeleteEventInvoke(const ChangeContext& context, std::string_view qualifier,
                         FunctionDraft* draft) {
  Function& function = draft->function;
  std::string key;
  RETURN_IF_ERROR(FindQualifier(context, function, qualifier, &key));
  if (function.event_invoke_configs.erase(key) == 0) {
    return Status(StatusCode::kNotFound, "The function " + function.arn + ":" + key +
                                             " doesn't have an EventInvokeConfig");
  }
  return Status::Ok();
}

Status CreateFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         FunctionUrlConfig config, FunctionDraft* draft) {
  Function& function = draft->function;
  std::string key;
  RETURN_IF_ERROR(FindUrlKey(context, function, qualifier, &key));
  if (function.urls.contains(key)) {
    return Status(StatusCode::kAlreadyExists,
                  "Failed to create function url config for [functionArn = " + function.arn +
                      "]. Error message:  FunctionUrlConfig exists for this Lambda function");
  }
  config.url_id = NewUrlId(context);
  config.creation_ms = config.modified_ms = context.now_ms;
  function.urls.emplace(key, std::move(config));
  return Status::Ok();
}

Status UpdateFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         const FunctionCatalog::UrlEdit& edit, FunctionDraft* draft) {
  std::string key;
  RETURN_IF_ERROR(FindUrlKey(context, draft->function, qualifier, &key));
  const auto found = draft->function.urls.find(key);
  if (found == draft->function.urls.end()) {
    return NoSuchResource();
  }
  const FunctionUrlConfig before = found->second;
  RETURN_IF_ERROR(edit(&found->second));
  found->second.url_id = before.url_id;
  found->second.creation_ms = before.creation_ms;
  found->second.modified_ms = context.now_ms;
  return Status::Ok();
}

Status DeleteFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         FunctionDraft* draft) {
  std::string key;
  RETURN_IF_ERROR(FindUrlKey(context, draft->function, qualifier, &key));
  return draft->function.urls.erase(key) == 0 ? NoSuchResource() : Status::Ok();
}

Status AddStatement(const ChangeContext& context, std::string_view qualifier,
                    PolicyStatement statement, std::string_view revision_id, FunctionDraft* draft) {
  std::string key;
  RETURN_IF_ERROR(FindQualifier(context, draft->function, qualifier, &key));
  FunctionPolicy& policy = draft->function.policies[key];
  // The first statement can only be guarded by the revision of what it is for.
  RETURN_IF_ERROR(CheckRevision(revision_id, policy.statements.empty()
                                                 ? FindVersion(draft->function, key)->revision_id
                                                 : policy.revision_id));
  size_t size = statement.json.size();
  for (const PolicyStatement& other : policy.statements) {
    size += other.json.size();
    if (other.statement_id == statement.statement_id) {
      return Status(StatusCode::kAlreadyExists,
                    "The statement id (" + statement.statement_id +
                        ") provided already exists. Please provide a new statement id, or remove "
                        "the existing statement.");
    }
  }
  if (size > kPolicySizeMax) {
    return Status(StatusCode::kRefused, "The final policy size (" + std::to_string(size) +
                                            ") is bigger than the limit (" +
                                            std::to_string(kPolicySizeMax) + ").");
  }
  policy.statements.push_back(std::move(statement));
  policy.revision_id = NewUuid(context.random);
  return Status::Ok();
}

Status RemoveStatement(const ChangeContext& context, std::string_view qualifier,
                       std::string_view statement_id, std::string_view revision_id,
                       FunctionDraft* draft) {
  std::string key;
  RETURN_IF_ERROR(FindQualifier(context, draft->function, qualifier, &key));
  const auto found = draft->function.policies.find(key);
  if (found == draft->function.policies.end()) {
    return Status(StatusCode::kNotFound, "No policy is associated with the given resource.");
  }
  FunctionPolicy& policy = found->second;
  RETURN_IF_ERROR(CheckRevision(revision_id, policy.revision_id));
  const size_t removed = std::erase_if(policy.statements, [&](const PolicyStatement& statement) {
    return statement.statement_id == statement_id;
  });
  if (removed == 0) {
    return Status(StatusCode::kNotFound,
                  "Statement " + std::string(statement_id) + " is not found in resource policy.");
  }
  policy.revision_id = NewUuid(context.random);
  if (policy.statements.empty()) {
    draft->function.policies.erase(found);
  }
  return Status::Ok();
}

Status SetProvisioned(const ChangeContext& context, std::string_view qualifier,
                      std::optional<int64_t> count, FunctionDraft* draft) {
  Function& function = draft->function;
  std::string key;
  RETURN_IF_ERROR(FindQualifier(context, function, qualifier, &key));
  if (!count.has_value()) {
    function.provisioned.erase(key);
    return Status::Ok();
  }
  if (FindVersion(function, key) == function.latest) {
    return Invalid(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  const FunctionCatalogOptions& options = *context.options;
  const int64_t free = function.reserved_concurrency.value_or(options.concurrency_limit -
                                                              options.unreserved_concurrency_min -
                                                              context.state->TotalReserved());
  if (*count < 1 || *count > free) {
    return Invalid(
        "Requested Provisioned Concurrency must be between 1 and the function's share "
        "of the concurrency, " +
        std::to_string(free) + ".");
  }
  function.provisioned[key] = {*count, context.now_ms};
  return Status::Ok();
}

Status SetTags(const ChangeContext& context,
               const std::vector<std::pair<std::string, std::string>>& tags, FunctionDraft* draft) {
  for (const auto& [key, value] : tags) {
    draft->function.tags[key] = value;
  }
  return CheckTags(context, draft->function);
}

Status RemoveTags(const ChangeContext& context, const std::vector<std::string>& keys,
                  FunctionDraft* draft) {
  for (const std::string& key : keys) {
    draft->function.tags.erase(key);
  }
  return CheckTags(context, draft->function);
}

}  // namespace millrace::streams
