// TransactWriteItems: writes of items of one or more tables, all or nothing.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kTransactWriteItemsShape;
void RunTransactWriteItems(const Services& services, Call* call);

}  // namespace millrace::api
