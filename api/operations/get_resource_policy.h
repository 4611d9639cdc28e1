// GetResourcePolicy: the policy of a table or a stream.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kGetResourcePolicyShape;
void RunGetResourcePolicy(const Services& services, Call* call);

}  // namespace millrace::api
