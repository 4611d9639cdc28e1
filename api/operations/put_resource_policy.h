// PutResourcePolicy: attaches a policy to a table or a stream, or replaces it.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kPutResourcePolicyShape;
void RunPutResourcePolicy(const Services& services, Call* call);

}  // namespace millrace::api
