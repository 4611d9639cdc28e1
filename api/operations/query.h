// Query: reads items of one partition in sort-key order.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kQueryShape;
void RunQuery(const Services& services, Call* call);

}  // namespace millrace::api
