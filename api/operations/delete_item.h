// DeleteItem: removes an item, if it is there.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDeleteItemShape;
void RunDeleteItem(const Services& services, Call* call);

}  // namespace millrace::api
