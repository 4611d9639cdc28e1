// DescribeTable: shows a table in whatever state it is.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDescribeTableShape;
void RunDescribeTable(const Services& services, Call* call);

}  // namespace millrace::api
