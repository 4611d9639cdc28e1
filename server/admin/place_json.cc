// Reading places.
#include "server/admin/place_json.h"

#include <optional>

#include "storage/base/iso_time.h"
#include "streams/sequence_number.h"

namespace millrace::server {
namespace {

using streams::StreamPlace;

std::optional<int64_t> ParseTime(json::Value value) {
  if (value.IsString()) {
    return ParseIsoTime(value.AsString());
  }
  if (value.IsNumber() && !value.IsFractional() && value.AsInt64() >= 0) {
    return value.AsInt64();
  }
  return std::nullopt;
}

}  // namespace

Result<StreamPlace> ParsePlace(json::Value value) {
  const Status refused(StatusCode::kInvalidArgument,
                       "a place is \"TRIM_HORIZON\", \"LATEST\", {\"timestamp\": ISO 8601 or "
                       "milliseconds since 1970} or {\"sequence\": \"a sequence number\"}");
  StreamPlace place;
  if (!value.present()) {
    return refused;
  }
  if (value.IsString()) {
    if (value.AsString() != "TRIM_HORIZON" && value.AsString() != "LATEST") {
      return refused;
    }
    place.kind =
        value.AsString() == "LATEST" ? StreamPlace::Kind::kLatest : StreamPlace::Kind::kTrimHorizon;
    return place;
  }
  if (!value.IsObject()) {
    return refused;
  }
  const json::Value timestamp = value.Find("timestamp");
  const json::Value sequence = value.Find("sequence");
  if (timestamp.present() == sequence.present()) {
    return refused;
  }
  const std::optional<int64_t> time_ms = timestamp.present() ? ParseTime(timestamp) : std::nullopt;
  const std::optional<uint64_t> number = sequence.present() && sequence.IsString()
                                             ? streams::ParseSequenceNumber(sequence.AsString())
                                             : std::nullopt;
  if (!time_ms.has_value() && !number.has_value()) {
    return refused;
  }
  place.kind = time_ms.has_value() ? StreamPlace::Kind::kTime : StreamPlace::Kind::kSequence;
  place.time_ms = time_ms.value_or(0);
  place.sequence = number.value_or(0);
  return place;
}

}  // namespace millrace::server
