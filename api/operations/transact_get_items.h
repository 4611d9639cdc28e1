// TransactGetItems: items of one or more tables from one consistent view.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kTransactGetItemsShape;
void RunTransactGetItems(const Services& services, Call* call);

}  // namespace millrace::api
