// Finding streams, and the bounds of their shards.
#include "api/operations/stream_request.h"

#include <algorithm>
#include <optional>
#include <string>

#include "api/wire/arn.h"
#include "storage/model/limits.h"

namespace millrace::api {

void CheckStreamArnConstraint(json::Value arn, ConstraintCollector* constraints) {
  constraints->RequirePresent(arn, "streamArn");
  constraints->CheckLength(arn, "streamArn", kStreamArnSizeMin, limits::kTableArnSizeMax);
}

ApiStatus FindStream(const Services& services, std::string_view arn,
                     tables::StreamPointer* stream) {
  const std::optional<StreamArn> parsed = ParseStreamArn(arn);
  if (!parsed.has_value()) {
    return ValidationError("Invalid StreamArn");
  }
  if (IsLocal(services, parsed->table)) {
    *stream = services.streams->Find(parsed->table.table_name, parsed->label);
  }
  return *stream == nullptr ? StreamNotFound(arn) : ApiStatus::Ok();
}

ApiStatus StreamNotFound(std::string_view arn) {
  return ApiStatus(
      ErrorType::kResourceNotFound,
      std::string("Requested resource not found: Stream: ").append(arn).append(" not found"));
}

ApiStatus TrimmedData() {
  return ApiStatus(ErrorType::kTrimmedDataAccess,
                   "The operation attempted to read past the oldest stream record in a shard.");
}

ShardBounds BoundsOf(const tables::Stream& stream, const ShardDescriptor& shard) {
  const uint64_t end = stream.EndSequence(shard);
  return {shard.start_sequence, end == 0 ? 0 : std::max(end, shard.start_sequence)};
}

}  // namespace millrace::api
