// Decides whether callers may do what they ask for, from the policies of users and of resources,
// and answers those that may not, each service in its own form.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/authorization/access_item.h"
#include "api/authorization/resource_policies.h"
#include "api/authorization/users.h"
#include "api/functions/rest_dispatch.h"
#include "api/wire/access_check.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace millrace::api {

// Thread-safe.
class Authorizer final : public AccessCheck, public RestAccessCheck {
 public:
  // The clock is that of the real world; it must outlive the object. Until a file is loaded nobody
  // may do anything.
  Authorizer(const Clock* clock, std::string_view account) : clock_(clock), account_(account) {}

  // Takes the users of a policies file; see Users::Parse. What was known stays in use if it fails.
  Status Load(std::string_view text, std::span<const NamedKey> keys) EXCLUDES(mutex_);

  bool Admit(const Services& services, const Operation& operation, Call* call) const override;
  RestStatus Check(const Services& services, const RestCall& call, Call* carrier) const override;

  // Why the caller may not do that, in AWS's words; empty: it may. What is refused is noted in the
  // call.
  std::string Refusal(const Services& services, const AccessItem& item, Call* call) const;

  // The name of the user who signs with the key; empty if it is nobody's.
  std::string NameOf(std::string_view access_key_id) const;

 private:
  std::shared_ptr<const Users> Current() const EXCLUDES(mutex_);

  const Clock* const clock_;
  const std::string account_;
  const ResourcePolicies resource_policies_;
  mutable Mutex mutex_;
  std::shared_ptr<const Users> users_ GUARDED_BY(mutex_) = std::make_shared<const Users>();
};

}  // namespace millrace::api
