// TagResource: attaches tags to a table.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kTagResourceShape;
void RunTagResource(const Services& services, Call* call);

}  // namespace millrace::api
