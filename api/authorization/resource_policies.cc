// Where the texts of policies are kept.
#include "api/authorization/resource_policies.h"

#include <optional>
#include <utility>

#include "api/operations/resource_policy.h"
#include "storage/base/log.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/function_name.h"
#include "streams/queues/queue_store.h"

namespace millrace::api {
namespace {

// A text, and the ARN of what it belongs to; empty if there is none.
struct PolicyText {
  std::string owner;
  std::string text;
};

// Indexes have the policy of their table, streams have their own.
PolicyText TextOfTable(const Services& services, std::string_view resource) {
  constexpr std::string_view kTable = ":table/";
  constexpr std::string_view kStream = "/stream/";
  const size_t at = resource.find(kTable);
  if (at == std::string_view::npos) {
    return {};
  }
  const size_t name_at = at + kTable.size();
  const size_t name_end = std::min(resource.find('/', name_at), resource.size());
  const tables::TablePointer table =
      services.catalog->Find(resource.substr(name_at, name_end - name_at));
  if (table == nullptr) {
    return {};
  }
  const std::string_view rest = resource.substr(name_end);
  const bool is_stream = rest.starts_with(kStream);
  const std::string* const text = FindResourcePolicy(
      table->descriptor(), is_stream ? rest.substr(kStream.size()) : std::string_view());
  if (text == nullptr || text->empty()) {
    return {};
  }
  return {std::string(is_stream ? resource : resource.substr(0, name_end)), *text};
}

PolicyText TextOfFunction(const Services& services, std::string_view resource) {
  const std::optional<streams::FunctionName> name = streams::ParseFunctionName(resource);
  if (services.functions == nullptr || !name.has_value()) {
    return {};
  }
  const streams::FunctionPointer function = services.functions->Find(name->name);
  if (function == nullptr) {
    return {};
  }
  const auto policy = function->policies.find(
      name->qualifier.empty() ? std::string(streams::kLatestVersion) : name->qualifier);
  if (policy == function->policies.end()) {
    return {};
  }
  PolicyText found = {std::string(resource), R"({"Version":"2012-10-17","Statement":[)"};
  for (const streams::PolicyStatement& statement : policy->second.statements) {
    found.text.append(found.text.ends_with('[') ? "" : ",").append(statement.json);
  }
  found.text.append("]}");
  return found;
}

PolicyText TextOfQueue(const Services& services, std::string_view resource) {
  const streams::QueuePointer queue =
      services.queues == nullptr ? nullptr
                                 : services.queues->Find(resource.substr(resource.rfind(':') + 1));
  return queue == nullptr ? PolicyText()
                          : PolicyText{std::string(resource), queue->descriptor.settings.policy};
}

}  // namespace

std::shared_ptr<const access::Policy> ResourcePolicies::Compile(const std::string& resource,
                                                                const std::string& text) const {
  MutexLock lock(&mutex_);
  const auto found = compiled_.find(resource);
  if (found != compiled_.end() && found->second.text == text) {
    return found->second.policy;
  }
  auto policy = std::make_shared<access::Policy>();
  const Status status = policy->AddText(text, access::PolicyKind::kResource);
  if (!status.ok()) {
    Log(LogLevel::kWarning, "the policy of " + resource + " is not understood and has no effect: " +
                                std::string(status.message()));
    policy = nullptr;
  }
  if (compiled_.size() >= kCompiledMax) {
    compiled_.clear();
  }
  compiled_[resource] = {text, policy};
  return policy;
}

std::shared_ptr<const access::Policy> ResourcePolicies::Find(const Services& services,
                                                             std::string_view action,
                                                             std::string_view resource) const {
  PolicyText found;
  if (action.starts_with("dynamodb:")) {
    found = TextOfTable(services, resource);
  } else if (action.starts_with("lambda:")) {
    found = TextOfFunction(services, resource);
  } else if (action.starts_with("sqs:")) {
    found = TextOfQueue(services, resource);
  }
  return found.text.empty() ? nullptr : Compile(found.owner, found.text);
}

}  // namespace millrace::api
