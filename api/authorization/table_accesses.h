// Calls of the table and streams services as actions on tables, indexes and streams.
#pragma once

#include "api/authorization/access_item.h"
#include "api/wire/call.h"
#include "api/wire/operation.h"
#include "api/wire/services.h"

namespace millrace::api {

// What the call wants, part by part: batches one action for each table, transactions the action of
// each item, PartiQL that of each statement. The input has passed the check of its shape. Parts
// that the operation will refuse anyway, a statement that is none for example, may be missing.
AccessItems TableAccesses(const Services& services, const Operation& operation, const Call& call);

}  // namespace millrace::api
