// DescribeLimits: the quotas of an account, which are constants here.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDescribeLimitsShape;
void RunDescribeLimits(const Services& services, Call* call);

}  // namespace millrace::api
