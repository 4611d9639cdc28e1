// The question whether a caller may do what is asked, between a call's authentication and its
// operation. The answer is given by a layer above, which knows the policies.
#pragma once

#include "api/wire/call.h"
#include "api/wire/operation.h"
#include "api/wire/services.h"

namespace millrace::api {

// Thread-safe.
class AccessCheck {
 public:
  virtual ~AccessCheck() = default;
  // Whether the caller may. If not, the call has been answered. The input has passed the check of
  // its shape; home thread.
  virtual bool Admit(const Services& services, const Operation& operation, Call* call) const = 0;
};

}  // namespace millrace::api
