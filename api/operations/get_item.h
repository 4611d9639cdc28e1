// GetItem: reads one item by its key.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kGetItemShape;
void RunGetItem(const Services& services, Call* call);

}  // namespace millrace::api
