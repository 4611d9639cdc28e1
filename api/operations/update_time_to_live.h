// UpdateTimeToLive: switches the expiry of items of a table on or off.
#pragma once

#include "api/wire/call.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"

namespace millrace::api {

extern const Shape kUpdateTimeToLiveShape;
void RunUpdateTimeToLive(const Services& services, Call* call);

}  // namespace millrace::api
