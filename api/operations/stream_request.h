// Parts of requests that are about a stream: its ARN, the stream behind it, what is said of one
// that is not there, and the bounds of a shard.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::api {

// Lengths that requests are checked for, in characters.
inline constexpr size_t kStreamArnSizeMin = 37;
inline constexpr size_t kShardIdSizeMin = 28;
inline constexpr size_t kShardIdSizeMax = 65;

// The shape of the operations that take a stream requires its ARN: null and length entries.
void CheckStreamArnConstraint(json::Value arn, ConstraintCollector* constraints);

// The stream of an ARN that has passed the constraint: "Invalid StreamArn" if it is none, or
// ResourceNotFoundException.
ApiStatus FindStream(const Services& services, std::string_view arn, tables::StreamPointer* stream);

// "Requested resource not found: Stream: <arn> not found".
ApiStatus StreamNotFound(std::string_view arn);
// The TrimmedDataAccessException.
ApiStatus TrimmedData();

// The sequences that belong to a shard, both inclusive. `end` is 0 while it is open, else not
// smaller than `start`, as clients expect, even if the shard ended before its first record.
struct ShardBounds {
  uint64_t start = 0;
  uint64_t end = 0;
  bool open() const { return end == 0; }
};
ShardBounds BoundsOf(const tables::Stream& stream, const ShardDescriptor& shard);

}  // namespace millrace::api
