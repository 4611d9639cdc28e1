// Reading documents, strictly: what is not understood is refused rather than ignored, because a
// statement that means something else than its author thinks is worse than none.
#include "api/access/policy.h"

#include <algorithm>
#include <utility>

namespace millrace::api::access {
namespace {

// Longer actions match nothing but wildcards; there are none.
constexpr size_t kActionSizeMax = 128;

Status Invalid(const std::string& what) { return Status(StatusCode::kInvalidArgument, what); }

bool IsAccount(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The account whose every identity the principal stands for; empty if it stands for one of them.
std::string_view WholeAccount(std::string_view principal) {
  constexpr std::string_view kPrefix = "arn:aws:iam::";
  constexpr std::string_view kRoot = ":root";
  if (IsAccount(principal)) {
    return principal;
  }
  if (principal.starts_with(kPrefix) && principal.ends_with(kRoot)) {
    return principal.substr(kPrefix.size(), principal.size() - kPrefix.size() - kRoot.size());
  }
  return {};
}

}  // namespace

Status Statement::ReadPatterns(json::Value value, const PatternRules& rules, std::string_view name,
                               std::vector<Pattern>* patterns) {
  if (!patterns->empty()) {
    return Invalid("it has " + std::string(name) + " as well as its opposite, or twice");
  }
  const auto add = [&](json::Value text) -> Status {
    if (!text.IsString() || text.AsString().empty()) {
      return Invalid(std::string(name) + " must be a string or a list of strings");
    }
    ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(text.AsString(), rules));
    patterns->push_back(std::move(pattern));
    return Status::Ok();
  };
  if (!value.IsArray()) {
    return add(value);
  }
  for (const json::Value element : value.elements()) {
    RETURN_IF_ERROR(add(element));
  }
  return patterns->empty() ? Invalid(std::string(name) + " is an empty list") : Status::Ok();
}

Status Statement::AddPrincipal(std::string_view kind, json::Value value) {
  if (!value.IsString()) {
    return Invalid("a principal must be a string");
  }
  const std::string_view text = value.AsString();
  if (kind == "AWS") {
    if (text == "*") {
      any_principal_ = true;
    } else if (!IsAccount(text) && !text.starts_with("arn:aws:")) {
      return Invalid("'" + std::string(text) + "' is neither an account nor an ARN");
    } else if (text.find_first_of("*?") != std::string_view::npos) {
      return Invalid("'" + std::string(text) + "' is a principal with a wildcard");
    } else {
      principals_.emplace_back(text);
    }
    return Status::Ok();
  }
  // Others than users do not ask here.
  return kind == "Service" || kind == "Federated" || kind == "CanonicalUser"
             ? Status::Ok()
             : Invalid("'" + std::string(kind) + "' is no kind of principal");
}

Status Statement::ReadPrincipals(json::Value value) {
  if (has_principal_) {
    return Invalid("it has Principal as well as NotPrincipal, or one of them twice");
  }
  has_principal_ = true;
  if (value.IsString() && value.AsString() == "*") {
    any_principal_ = true;
    return Status::Ok();
  }
  if (!value.IsObject() || value.size() == 0) {
    return Invalid("Principal must be \"*\" or an object");
  }
  for (const json::Member member : value.members()) {
    if (!member.value.IsArray()) {
      RETURN_IF_ERROR(AddPrincipal(member.name, member.value));
      continue;
    }
    for (const json::Value element : member.value.elements()) {
      RETURN_IF_ERROR(AddPrincipal(member.name, element));
    }
  }
  return Status::Ok();
}

Status Statement::ReadMember(std::string_view name, json::Value value, PolicyKind kind,
                             bool variables) {
  if (name == "Sid") {
    return value.IsString() ? Status::Ok() : Invalid("Sid must be a string");
  }
  if (name == "Effect") {
    denies_ = value.IsString() && value.AsString() == "Deny";
    has_effect_ = denies_ || (value.IsString() && value.AsString() == "Allow");
    return has_effect_ ? Status::Ok() : Invalid("Effect must be Allow or Deny");
  }
  if (name == "Action" || name == "NotAction") {
    not_action_ = name == "NotAction";
    return ReadPatterns(value, {true, false, true}, name, &actions_);
  }
  if (name == "Resource" || name == "NotResource") {
    not_resource_ = name == "NotResource";
    return ReadPatterns(value, {true, variables, false}, name, &resources_);
  }
  if (name == "Condition") {
    return Condition::Compile(value, variables, &conditions_);
  }
  if (name == "Principal" || name == "NotPrincipal") {
    if (kind == PolicyKind::kIdentity) {
      return Invalid("policies of users have no " + std::string(name));
    }
    not_principal_ = name == "NotPrincipal";
    return ReadPrincipals(value);
  }
  return Invalid("'" + std::string(name) + "' is no element of a statement");
}

Status Statement::CheckComplete(PolicyKind kind) const {
  if (!has_effect_) {
    return Invalid("it has no Effect");
  }
  if (actions_.empty()) {
    return Invalid("it has neither Action nor NotAction");
  }
  if (resources_.empty()) {
    return Invalid("it has neither Resource nor NotResource");
  }
  if (kind == PolicyKind::kResource && !has_principal_) {
    return Invalid("it has neither Principal nor NotPrincipal");
  }
  if (not_principal_ && !denies_) {
    return Invalid("NotPrincipal goes with Deny only");
  }
  return Status::Ok();
}

Result<Statement> Statement::Compile(json::Value object, PolicyKind kind, bool variables) {
  if (!object.IsObject()) {
    return Invalid("it is no object");
  }
  Statement statement;
  for (const json::Member member : object.members()) {
    RETURN_IF_ERROR(statement.ReadMember(member.name, member.value, kind, variables));
  }
  RETURN_IF_ERROR(statement.CheckComplete(kind));
  return statement;
}

// A whole account in a denial means all its identities. In a permission it leaves the decision to
// the policies of those identities, which suffice by themselves. As an exception from a denial it
// stands beside the identities that are meant, and means none of them.
bool Statement::IsAbout(const Principal& principal) const {
  if (any_principal_) {
    return true;
  }
  return std::any_of(principals_.begin(), principals_.end(), [&](const std::string& named) {
    return named == principal.arn ||
           (denies_ && !not_principal_ && WholeAccount(named) == principal.account);
  });
}

bool Statement::AppliesTo(const AccessRequest& request, std::string_view lower_action) const {
  const Facts& facts = *request.facts;
  const auto any_matches = [&facts](const std::vector<Pattern>& patterns, std::string_view text) {
    for (const Pattern& pattern : patterns) {
      if (pattern.Matches(text, facts)) {
        return true;
      }
    }
    return false;
  };
  if (any_matches(actions_, lower_action) == not_action_ ||
      any_matches(resources_, request.resource) == not_resource_) {
    return false;
  }
  if (has_principal_ && IsAbout(*request.principal) == not_principal_) {
    return false;
  }
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&facts](const Condition& condition) { return condition.Holds(facts); });
}

Status Policy::Add(json::Value document, PolicyKind kind) {
  if (!document.present() || !document.IsObject()) {
    return Invalid("a policy must be an object");
  }
  bool variables = false;
  bool has_version = false;
  json::Value statements;
  for (const json::Member member : document.members()) {
    if ((member.name == "Version" && std::exchange(has_version, true)) ||
        (member.name == "Statement" && statements.present())) {
      return Invalid("the policy has '" + std::string(member.name) + "' twice");
    }
    if (member.name == "Version") {
      const std::string_view version =
          member.value.IsString() ? member.value.AsString() : std::string_view();
      variables = version == "2012-10-17";
      if (!variables && version != "2008-10-17") {
        return Invalid("Version must be 2012-10-17 or 2008-10-17");
      }
    } else if (member.name == "Statement") {
      statements = member.value;
    } else if (member.name != "Id" || !member.value.IsString()) {
      return Invalid("'" + std::string(member.name) + "' is no element of a policy");
    }
  }
  if (!statements.present()) {
    return Invalid("the policy has no Statement");
  }
  std::vector<Statement> read;
  const auto add = [&](json::Value object) -> Status {
    Result<Statement> statement = Statement::Compile(object, kind, variables);
    if (!statement.ok()) {
      return Invalid("statement " + std::to_string(read.size() + 1) + ": " +
                     std::string(statement.status().message()));
    }
    read.push_back(std::move(statement).value());
    return Status::Ok();
  };
  if (statements.IsArray()) {
    for (const json::Value object : statements.elements()) {
      RETURN_IF_ERROR(add(object));
    }
  } else {
    RETURN_IF_ERROR(add(statements));
  }
  for (Statement& statement : read) {
    (statement.denies() ? denials_ : permissions_).push_back(std::move(statement));
  }
  return Status::Ok();
}

Status Policy::AddText(std::string_view text, PolicyKind kind) {
  std::string copy(text);
  json::Document document;
  if (!document.Parse({copy.data(), copy.size()}).ok()) {
    return Invalid("the policy is no JSON");
  }
  return Add(document.root(), kind);
}

Verdict Policy::Judge(const AccessRequest& request) const {
  char lower[kActionSizeMax];
  const size_t size = std::min(request.action.size(), kActionSizeMax);
  std::transform(request.action.begin(), request.action.begin() + static_cast<ptrdiff_t>(size),
                 lower, [](char letter) {
                   return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                                         : letter;
                 });
  const std::string_view lower_action(lower, size);
  const auto applies = [&](const Statement& statement) {
    return statement.AppliesTo(request, lower_action);
  };
  if (std::any_of(denials_.begin(), denials_.end(), applies)) {
    return Verdict::kDenied;
  }
  return std::any_of(permissions_.begin(), permissions_.end(), applies) ? Verdict::kAllowed
                                                                        : Verdict::kSilent;
}

}  // namespace millrace::api::access
