// GetShardIterator: where to begin reading a shard.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kGetShardIteratorShape;
void RunGetShardIterator(const Services& services, Call* call);

}  // namespace millrace::api
