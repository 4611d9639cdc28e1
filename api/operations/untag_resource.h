// UntagResource: removes tags from a table.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kUntagResourceShape;
void RunUntagResource(const Services& services, Call* call);

}  // namespace millrace::api
