// BatchWriteItem: puts and deletes of items of one or more tables.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kBatchWriteItemShape;
void RunBatchWriteItem(const Services& services, Call* call);

}  // namespace millrace::api
