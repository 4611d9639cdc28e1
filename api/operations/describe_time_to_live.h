// DescribeTimeToLive: whether items of a table expire, and by which attribute.
#pragma once

#include "api/wire/call.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"

namespace millrace::api {

extern const Shape kDescribeTimeToLiveShape;
void RunDescribeTimeToLive(const Services& services, Call* call);

}  // namespace millrace::api
