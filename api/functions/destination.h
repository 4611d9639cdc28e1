// Where results and records that were given up can be sent: queues and functions.
#pragma once

#include <string_view>

#include "api/functions/rest_error.h"
#include "api/wire/services.h"

namespace millrace::api {

// Whether `arn` names a queue (a standard one) or a function of this region and account; empty is
// fine. Nothing is looked up: what does not exist yet may be created later.
// InvalidParameterValueException for anything else.
RestStatus CheckDestination(const Services& services, std::string_view arn);

}  // namespace millrace::api
