// The decision, and how each protocol says no.
#include "api/authorization/authorizer.h"

#include <algorithm>
#include <utility>

#include "api/authorization/call_facts.h"
#include "api/authorization/service_accesses.h"
#include "api/authorization/table_accesses.h"
#include "storage/base/json.h"

namespace millrace::api {
namespace {

using access::Verdict;

// Actions of the queue service stand in its messages in lower case.
std::string ActionInMessage(const std::string& action) {
  std::string text = action;
  if (text.starts_with("sqs:")) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
  }
  return text;
}

std::string DenialMessage(const access::Principal& principal, const AccessItem& item,
                          std::string_view why) {
  std::string message = "User: ";
  message.append(principal.arn).append(" is not authorized to perform: ");
  message.append(ActionInMessage(item.action)).append(" on resource: ").append(item.resource);
  return message.append(" ").append(why);
}

void FailQueueOrLogCall(ServiceName service, std::string_view message, Call* call) {
  const bool is_queue = service == ServiceName::kQueues;
  call->body.clear();
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("__type", is_queue ? "com.amazon.coral.service#AccessDeniedException"
                                   : "AccessDeniedException");
  writer.Member(is_queue ? "message" : "Message", message);
  writer.EndObject();
  call->http_status = is_queue ? 403 : 400;
  if (is_queue) {
    call->extra_headers.append("x-amzn-query-error: AccessDenied;Sender\r\n");
  }
  call->Finish();
}

}  // namespace

Status Authorizer::Load(std::string_view text, std::span<const NamedKey> keys) {
  ASSIGN_OR_RETURN(Users users, Users::Parse(text, account_, keys));
  auto shared = std::make_shared<const Users>(std::move(users));
  MutexLock lock(&mutex_);
  users_ = std::move(shared);
  return Status::Ok();
}

std::shared_ptr<const Users> Authorizer::Current() const {
  MutexLock lock(&mutex_);
  return users_;
}

std::string Authorizer::Refusal(const Services& services, const AccessItem& item,
                                Call* call) const {
  const std::shared_ptr<const Users> users = Current();
  const User* const user = users->Find(call->access_key_id);
  const access::Principal unnamed =
      user == nullptr ? MakePrincipal(account_, call->access_key_id) : access::Principal();
  const access::Principal& principal = user == nullptr ? unnamed : user->principal;
  const CallFacts facts(services, *call, item, principal, user, clock_->NowMs());
  const access::AccessRequest request = {item.action, item.resource, &principal, &facts};
  const std::shared_ptr<const access::Policy> resource_policy =
      resource_policies_.Find(services, item.action, item.resource);
  const Verdict by_user = user == nullptr ? Verdict::kSilent : user->policy.Judge(request);
  const Verdict by_resource =
      resource_policy == nullptr ? Verdict::kSilent : resource_policy->Judge(request);
  const bool denied = by_user == Verdict::kDenied || by_resource == Verdict::kDenied;
  if (!denied && (by_user == Verdict::kAllowed || by_resource == Verdict::kAllowed)) {
    return {};
  }
  call->denial = std::make_unique<AccessDenial>(AccessDenial{item.action, item.resource});
  const std::string kind = by_user == Verdict::kDenied ? "an identity-based" : "a resource-based";
  return DenialMessage(principal, item,
                       denied ? "with an explicit deny in " + kind + " policy"
                              : "because no identity-based policy allows the " +
                                    ActionInMessage(item.action) + " action");
}

std::string Authorizer::NameOf(std::string_view access_key_id) const {
  const std::shared_ptr<const Users> users = Current();
  const User* const user = users->Find(access_key_id);
  return user == nullptr ? std::string() : user->principal.name;
}

bool Authorizer::Admit(const Services& services, const Operation& operation, Call* call) const {
  AccessItems items;
  switch (operation.service) {
    case ServiceName::kDynamoDb:
    case ServiceName::kDynamoDbStreams:
      items = TableAccesses(services, operation, *call);
      break;
    case ServiceName::kQueues:
      items.push_back(QueueAccess(services, operation, *call));
      break;
    case ServiceName::kLogs:
      items.push_back(LogAccess(services, operation, *call));
      break;
  }
  for (const AccessItem& item : items) {
    const std::string refusal = Refusal(services, item, call);
    if (refusal.empty()) {
      continue;
    }
    if (operation.service == ServiceName::kQueues || operation.service == ServiceName::kLogs) {
      FailQueueOrLogCall(operation.service, refusal, call);
    } else {
      call->Fail(ApiStatus(ErrorType::kAccessDenied, refusal));
    }
    return false;
  }
  return true;
}

RestStatus Authorizer::Check(const Services& services, const RestCall& call, Call* carrier) const {
  const std::string refusal = Refusal(services, FunctionAccess(services, call), carrier);
  return refusal.empty() ? RestStatus() : RestStatus(RestErrorType::kAccessDenied, refusal);
}

}  // namespace millrace::api
