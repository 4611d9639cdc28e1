// DescribeEndpoints: tells clients where to send requests: where they already do.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDescribeEndpointsShape;
void RunDescribeEndpoints(const Services& services, Call* call);

}  // namespace millrace::api
