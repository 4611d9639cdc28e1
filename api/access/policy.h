// Policies in the AWS policy language: documents are parsed once into statements, which then judge
// requests. Knows nothing of services: an action and a resource are texts, what conditions ask for
// comes from Facts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/condition.h"
#include "api/access/facts.h"
#include "api/access/pattern.h"
#include "storage/base/json.h"
#include "storage/base/status.h"

namespace millrace::api::access {

// Where a policy is attached: to a user, whom it is about, or to a resource, when it says whom it
// is about.
enum class PolicyKind : uint8_t { kIdentity, kResource };

// What a policy says about a request. An explicit denial wins over everything.
enum class Verdict : uint8_t { kSilent, kAllowed, kDenied };

// Who asks.
struct Principal {
  std::string name;
  std::string arn;      // arn:aws:iam::<account>:user/<name>
  std::string account;  // 12 digits
};

// What is asked. All of it must outlive the judging.
struct AccessRequest {
  std::string_view action;    // "dynamodb:PutItem"
  std::string_view resource;  // an ARN, or "*"
  const Principal* principal = nullptr;
  const Facts* facts = nullptr;
};

// One statement of a document. Immutable once compiled, so thread-safe.
class Statement {
 public:
  static Result<Statement> Compile(json::Value object, PolicyKind kind, bool variables);

  bool denies() const { return denies_; }
  // Whether it is about the request. `lower_action` is its action in lower case.
  bool AppliesTo(const AccessRequest& request, std::string_view lower_action) const;

 private:
  Status ReadMember(std::string_view name, json::Value value, PolicyKind kind, bool variables);
  Status ReadPatterns(json::Value value, const PatternRules& rules, std::string_view name,
                      std::vector<Pattern>* patterns);
  Status ReadPrincipals(json::Value value);
  Status AddPrincipal(std::string_view kind, json::Value value);
  Status CheckComplete(PolicyKind kind) const;
  bool IsAbout(const Principal& principal) const;

  bool has_effect_ = false;
  bool denies_ = false;
  bool has_principal_ = false;  // Principal or NotPrincipal
  bool not_principal_ = false;
  bool not_action_ = false;
  bool not_resource_ = false;
  bool any_principal_ = false;
  std::vector<std::string> principals_;  // ARNs, or accounts
  std::vector<Pattern> actions_;
  std::vector<Pattern> resources_;
  std::vector<Condition> conditions_;
};

// The statements of one or more documents. Judge is thread-safe.
class Policy {
 public:
  // Longer documents are refused where they come from outside.
  static constexpr size_t kDocumentSizeMax = 20 * 1024;

  // Adds the statements of a document; kInvalidArgument says what is wrong with it, and nothing is
  // added.
  Status Add(json::Value document, PolicyKind kind);
  // Likewise, of its text.
  Status AddText(std::string_view text, PolicyKind kind);

  // What the statements say together.
  Verdict Judge(const AccessRequest& request) const;
  size_t size() const { return denials_.size() + permissions_.size(); }

 private:
  std::vector<Statement> denials_;
  std::vector<Statement> permissions_;
};

}  // namespace millrace::api::access
