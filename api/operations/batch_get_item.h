// BatchGetItem: items of one or more tables by their keys.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kBatchGetItemShape;
void RunBatchGetItem(const Services& services, Call* call);

}  // namespace millrace::api
