// Parsing the parameters of a tail.
#include "server/admin/tail_request.h"

#include <optional>

#include "api/wire/arn.h"
#include "server/request/query.h"
#include "storage/base/iso_time.h"
#include "streams/sequence_number.h"

namespace millrace::server {
namespace {

Status BadRequest(std::string text) {
  return Status(StatusCode::kInvalidArgument, std::move(text));
}

bool IsAllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<streams::TailStart> ParsePlace(std::string_view text) {
  using Kind = streams::TailStart::Kind;
  constexpr size_t kEpochDigitsMax = 15;
  streams::TailStart start;
  if (text.empty() || text == "LATEST") {
    return start;
  }
  if (text == "TRIM_HORIZON") {
    start.kind = Kind::kTrimHorizon;
    return start;
  }
  if (const std::optional<uint64_t> sequence = streams::ParseSequenceNumber(text)) {
    start.kind = Kind::kAfterSequence;
    start.sequence = *sequence;
    return start;
  }
  start.kind = Kind::kAtTime;
  if (IsAllDigits(text) && text.size() <= kEpochDigitsMax) {
    start.time_ms = std::stoll(std::string(text));
    return start;
  }
  if (const std::optional<int64_t> time_ms = ParseIsoTime(text)) {
    start.time_ms = *time_ms;
    return start;
  }
  return BadRequest(
      "from must be LATEST, TRIM_HORIZON, a sequence number, or a time in ISO 8601 (URL-encoded) "
      "or milliseconds since 1970, not '" +
      std::string(text) + "'");
}

std::string_view LastEventId(const RequestHead& head) {
  for (const HeaderField& field : head.fields()) {
    if (EqualsIgnoreCase(field.name, "last-event-id")) {
      return field.value;
    }
  }
  return {};
}

Status SelectStream(const std::string& arn, const api::Services& services,
                    streams::TailSelection* selection) {
  const std::optional<api::StreamArn> parsed = api::ParseStreamArn(arn);
  if (!parsed.has_value()) {
    return BadRequest("streamArn is not the ARN of a stream: '" + arn + "'");
  }
  selection->table_name = parsed->table.table_name;
  selection->label = parsed->label;
  return services.streams->Find(selection->table_name, selection->label) != nullptr
             ? Status::Ok()
             : Status(StatusCode::kNotFound, "there is no stream " + arn);
}

Status SelectTable(const std::string& name, const api::Services& services,
                   streams::TailSelection* selection) {
  bool more = false;
  if (name.empty() || (services.streams->List(name, "", "", 1, &more).empty() &&
                       services.catalog->Find(name) == nullptr)) {
    return Status(StatusCode::kNotFound, "there is no table '" + name + "'");
  }
  selection->table_name = name;
  return Status::Ok();
}

}  // namespace

Result<TailRequest> ParseTailRequest(const RequestHead& head, const api::Services& services) {
  TailRequest request;
  const std::optional<std::string> table = QueryParameter(head.query(), "table");
  const std::optional<std::string> arn = QueryParameter(head.query(), "streamArn");
  if (table.has_value() && arn.has_value()) {
    return BadRequest("table and streamArn exclude one another");
  }
  if (arn.has_value()) {
    RETURN_IF_ERROR(SelectStream(*arn, services, &request.selection));
  } else if (table.has_value()) {
    RETURN_IF_ERROR(SelectTable(*table, services, &request.selection));
  }
  const std::string_view last_event_id = LastEventId(head);
  if (!last_event_id.empty()) {
    const std::optional<uint64_t> sequence = streams::ParseSequenceNumber(last_event_id);
    if (!sequence.has_value()) {
      return BadRequest("Last-Event-ID is not a sequence number");
    }
    request.start.kind = streams::TailStart::Kind::kAfterSequence;
    request.start.sequence = *sequence;
  } else {
    ASSIGN_OR_RETURN(request.start, ParsePlace(QueryParameter(head.query(), "from").value_or("")));
  }
  request.filter = QueryParameter(head.query(), "filter");
  return request;
}

}  // namespace millrace::server
