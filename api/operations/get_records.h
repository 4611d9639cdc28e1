// GetRecords: the records of a shard, from an iterator on.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kGetRecordsShape;
void RunGetRecords(const Services& services, Call* call);

}  // namespace millrace::api
