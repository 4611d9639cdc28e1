// PutItem: creates an item or replaces it whole.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kPutItemShape;
void RunPutItem(const Services& services, Call* call);

}  // namespace millrace::api
