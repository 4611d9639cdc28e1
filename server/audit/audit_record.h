// Which replies go into the audit log, and as what.
#pragma once

#include <string>
#include <string_view>

#include "api/authorization/authorizer.h"
#include "server/audit/audit_log.h"
#include "server/gate/exchange.h"
#include "storage/base/clock.h"

namespace millrace::server {

// Whether an operation changes something other than data: tables, functions, mappings, queues,
// logs, their settings, policies and tags. Thread-safe.
bool IsControlOperation(std::string_view name);

// Sees every reply, and records those that matter. Thread-safe.
class AuditRecorder final : public ReplyObserver {
 public:
  // `authorizer` knows the names of users; nullptr: keys have none. All must outlive the object.
  AuditRecorder(AuditLog* log, const api::Authorizer* authorizer, const Clock* clock)
      : log_(log), authorizer_(authorizer), clock_(clock) {}

  void Replied(const Exchange& exchange) override;

 private:
  std::string Line(const Exchange& exchange) const;

  AuditLog* const log_;
  const api::Authorizer* const authorizer_;
  const Clock* const clock_;
};

}  // namespace millrace::server
