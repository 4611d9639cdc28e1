// Calls of the queue, logs and functions services as actions on their resources.
#pragma once

#include "api/authorization/access_item.h"
#include "api/functions/rest_call.h"
#include "api/wire/call.h"
#include "api/wire/operation.h"
#include "api/wire/services.h"

namespace millrace::api {

AccessItem QueueAccess(const Services& services, const Operation& operation, const Call& call);

AccessItem LogAccess(const Services& services, const Operation& operation, const Call& call);

// The body, if the operation reads one, has passed the check of its shape.
AccessItem FunctionAccess(const Services& services, const RestCall& call);

// A request to a function URL that wants signatures. An empty qualifier is the function itself.
AccessItem FunctionUrlAccess(const Services& services, std::string_view name,
                             std::string_view qualifier);

// A call below /_admin: millrace:AdminRead or millrace:AdminWrite, by its method, on
// arn:aws:millrace:<region>:<account>:admin/<path>.
AccessItem AdminAccess(const Services& services, std::string_view method, std::string_view path);

}  // namespace millrace::api
