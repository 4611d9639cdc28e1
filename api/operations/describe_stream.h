// DescribeStream: a stream with its shards, page by page.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDescribeStreamShape;
void RunDescribeStream(const Services& services, Call* call);

}  // namespace millrace::api
