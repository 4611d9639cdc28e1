// UpdateItem: changes attributes of an item, or creates it.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kUpdateItemShape;
void RunUpdateItem(const Services& services, Call* call);

}  // namespace millrace::api
