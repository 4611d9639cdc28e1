// GetShardIterator. Beside AWS's four kinds of places there is AT_TIMESTAMP, with a member
// Timestamp in seconds since 1970.
#include "api/operations/get_shard_iterator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "api/operations/shard_iterator.h"
#include "api/operations/stream_request.h"
#include "api/wire/constraints.h"
#include "streams/sequence_number.h"

namespace millrace::api {
namespace {

constexpr std::string_view kAtSequenceNumber = "AT_SEQUENCE_NUMBER";
constexpr std::string_view kAfterSequenceNumber = "AFTER_SEQUENCE_NUMBER";
constexpr std::string_view kLatest = "LATEST";
constexpr std::string_view kTrimHorizon = "TRIM_HORIZON";
constexpr std::string_view kAtTimestamp = "AT_TIMESTAMP";

constexpr size_t kSequenceNumberSizeMax = 40;

constexpr std::array<ShapeMember, 5> kMembers = {{
    {"StreamArn", &kStringShape},
    {"ShardId", &kStringShape},
    {"ShardIteratorType", &kStringShape},
    {"SequenceNumber", &kStringShape},
    {"Timestamp", &kDoubleShape},
}};

ApiStatus CheckConstraints(json::Value input) {
  constexpr std::array<std::string_view, 5> kTypes = {
      kAfterSequenceNumber, kLatest, kAtSequenceNumber, kTrimHorizon, kAtTimestamp};
  ConstraintCollector constraints;
  CheckStreamArnConstraint(input.Find("StreamArn"), &constraints);
  const json::Value shard_id = input.Find("ShardId");
  constraints.RequirePresent(shard_id, "shardId");
  constraints.CheckLength(shard_id, "shardId", kShardIdSizeMin, kShardIdSizeMax);
  const json::Value type = input.Find("ShardIteratorType");
  constraints.RequirePresent(type, "shardIteratorType");
  constraints.CheckEnum(type, "shardIteratorType",
                        "[AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
                        kTypes);
  constraints.CheckLength(input.Find("SequenceNumber"), "sequenceNumber",
                          streams::kSequenceNumberSize, kSequenceNumberSizeMax);
  return constraints.Finish();
}

// A request whose shard has been found.
struct Place {
  const tables::Stream* stream = nullptr;
  const ShardDescriptor* shard = nullptr;
  ShardBounds bounds;
};

// Behind everything that is in the shard now.
uint64_t EndOf(const Services& services, const Place& place) {
  return place.bounds.open()
             ? std::max(services.change_log->last_sequence() + 1, place.bounds.start)
             : place.bounds.end + 1;
}

ApiStatus ResolveSequenceNumber(const Services& services, const Place& place, std::string_view text,
                                bool after, uint64_t* position) {
  const std::optional<uint64_t> sequence = streams::ParseSequenceNumber(text);
  if (!sequence.has_value()) {
    return ValidationError("Invalid SequenceNumber");
  }
  const uint64_t horizon = place.stream->horizons[place.shard->hash_range];
  if (*sequence < std::max(place.bounds.start, horizon)) {
    return TrimmedData();
  }
  // An open shard may be asked for its first number, which nothing may have yet.
  if (*sequence >= EndOf(services, place) && *sequence != place.bounds.start) {
    return ValidationError("Invalid SequenceNumber: it is behind the end of the shard");
  }
  *position = after ? *sequence + 1 : *sequence;
  return ApiStatus::Ok();
}

// The text of a JSON number in milliseconds; far beyond any commit they do not matter.
int64_t ReadTimestampMs(json::Value timestamp) {
  constexpr double kFarMs = 1e17;
  const std::string_view text = timestamp.NumberText();
  double seconds = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (result.ec == std::errc::result_out_of_range) {
    return text.starts_with('-') ? 0 : static_cast<int64_t>(kFarMs);
  }
  return std::llround(std::clamp(seconds * 1000, -kFarMs, kFarMs));
}

ApiStatus ResolveTimestamp(const Services& services, const Place& place, json::Value timestamp,
                           uint64_t* position) {
  if (!timestamp.present()) {
    return ValidationError("Missing required parameter \"Timestamp\"");
  }
  // Taken before the search: what comes while it goes on is not passed over.
  const uint64_t end = EndOf(services, place);
  const Result<std::optional<uint64_t>> found =
      services.change_log->FindTime({place.stream->descriptor.stream_id, place.shard->hash_range,
                                     place.bounds.start, place.bounds.end},
                                    ReadTimestampMs(timestamp));
  if (!found.ok()) {
    return FromStorage(found.status());
  }
  *position = found.value().value_or(end);
  return ApiStatus::Ok();
}

ApiStatus Resolve(const Services& services, json::Value input, const Place& place,
                  ShardIterator* iterator) {
  const std::string_view type = input.Find("ShardIteratorType").AsString();
  const json::Value sequence_number = input.Find("SequenceNumber");
  if (type == kAtSequenceNumber || type == kAfterSequenceNumber) {
    if (!sequence_number.present()) {
      return ValidationError("Missing required parameter \"SequenceNumber\"");
    }
    return ResolveSequenceNumber(services, place, sequence_number.AsString(),
                                 type == kAfterSequenceNumber, &iterator->position);
  }
  if (sequence_number.present()) {
    return ValidationError("Iterator of this type should not have sequence number");
  }
  if (type == kAtTimestamp) {
    return ResolveTimestamp(services, place, input.Find("Timestamp"), &iterator->position);
  }
  if (type == kLatest) {
    iterator->position = EndOf(services, place);
  } else {
    iterator->position = place.bounds.start;
    iterator->from_horizon = true;
  }
  return ApiStatus::Ok();
}

ApiStatus GetShardIterator(const Services& services, Call* call) {
  const json::Value input = call->input;
  RETURN_IF_API_ERROR(CheckConstraints(input));
  const std::string_view arn = input.Find("StreamArn").AsString();
  tables::StreamPointer stream;
  RETURN_IF_API_ERROR(FindStream(services, arn, &stream));
  Place place;
  place.stream = stream.get();
  place.shard = tables::FindShard(*stream, input.Find("ShardId").AsString());
  if (place.shard == nullptr) {
    return ApiStatus(ErrorType::kResourceNotFound,
                     "Requested resource not found: Shard does not exist");
  }
  place.bounds = BoundsOf(*stream, *place.shard);
  ShardIterator iterator;
  iterator.stream_id = stream->descriptor.stream_id;
  iterator.hash_range = place.shard->hash_range;
  iterator.shard_start = place.shard->start_sequence;
  iterator.issued_ms = services.clock->NowMs();
  RETURN_IF_API_ERROR(Resolve(services, input, place, &iterator));
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("ShardIterator", FormatShardIterator(iterator, arn));
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kGetShardIteratorShape = {ShapeKind::kStructure, "GetShardIteratorInput", nullptr,
                                      kMembers};

void RunGetShardIterator(const Services& services, Call* call) {
  const ApiStatus status = GetShardIterator(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
