// DescribeLogStreams: pages in the order of the names, or of the last events.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr int64_t kPageMax = 50;

constexpr std::array<ShapeMember, 7> kMembers = {{
    {"logGroupName", &kStringShape},
    {"logGroupIdentifier", &kStringShape},
    {"logStreamNamePrefix", &kStringShape},
    {"orderBy", &kStringShape},
    {"descending", &kBooleanShape},
    {"nextToken", &kStringShape},
    {"limit", &kIntegerShape},
}};

struct Wish {
  std::string group;
  bool by_time = false;
  bool descending = false;
  int64_t count = kPageMax;
};

LogStatus ReadWish(const Services& services, json::Value input, Wish* wish) {
  RETURN_IF_LOG_ERROR(ReadLogGroupIdentifier(services, input, &wish->group));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "limit", 1, kPageMax, &wish->count));
  const std::string_view order = LogTextOf(input, "orderBy");
  if (!order.empty() && order != "LogStreamName" && order != "LastEventTime") {
    return InvalidLogParameter(
        "1 validation error detected: Value '" + std::string(order) +
        "' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: "
        "[LogStreamName, LastEventTime]");
  }
  wish->by_time = order == "LastEventTime";
  wish->descending = BooleanOf(input.Find("descending"));
  if (wish->by_time && input.Find("logStreamNamePrefix").present()) {
    return InvalidLogParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  return {};
}

// Where a stream stands: the time is 0 when the order is that of the names.
using Place = std::pair<int64_t, std::string>;

Place PlaceOf(const LogStream& stream, const Wish& wish) {
  return {wish.by_time ? stream.last_event_ms : 0, stream.name};
}

// Names of streams have no colon.
std::string FormatPlace(const Place& place) {
  return std::to_string(place.first) + ":" + place.second;
}

bool ParsePlace(std::string_view text, Place* place) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, place->first);
  place->second = text.substr(colon + 1);
  return error == std::errc() && end == text.data() + colon;
}

void WriteStream(const std::string& group_arn, const LogStream& stream, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("logStreamName", stream.name);
  writer->Key("creationTime");
  writer->Int(stream.creation_ms);
  if (stream.last_event_ms >= 0) {
    writer->Key("firstEventTimestamp");
    writer->Int(stream.first_event_ms);
    writer->Key("lastEventTimestamp");
    writer->Int(stream.last_event_ms);
    writer->Key("lastIngestionTime");
    writer->Int(stream.last_ingestion_ms);
    writer->Member("uploadSequenceToken", std::to_string(stream.stream_id));
  }
  writer->Member("arn", group_arn + ":log-stream:" + stream.name);
  writer->Key("storedBytes");
  writer->Int(0);
  writer->EndObject();
}

LogStatus Describe(const Services& services, const Wish& wish, Call* call) {
  const Result<LogGroup> group = services.logs->FindGroup(wish.group);
  if (!group.ok()) {
    return FromLogStore(group.status());
  }
  Place after;
  const std::string_view token = LogTextOf(call->input, "nextToken");
  if (!token.empty() && !ParsePlace(token, &after)) {
    return LogTokenInvalid();
  }
  const auto found = services.logs->ListStreams(
      group.value().group_id, LogTextOf(call->input, "logStreamNamePrefix"), "", SIZE_MAX);
  if (!found.ok()) {
    return FromLogStore(found.status());
  }
  std::vector<LogStream> streams;
  for (const LogStream& stream : found.value()) {
    const Place place = PlaceOf(stream, wish);
    if (token.empty() || (wish.descending ? place < after : place > after)) {
      streams.push_back(stream);
    }
  }
  std::sort(streams.begin(), streams.end(), [&](const LogStream& a, const LogStream& b) {
    return wish.descending ? PlaceOf(b, wish) < PlaceOf(a, wish)
                           : PlaceOf(a, wish) < PlaceOf(b, wish);
  });
  const size_t shown = std::min(static_cast<size_t>(wish.count), streams.size());
  const std::string arn = LogGroupArn(services, wish.group);
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("logStreams");
  writer.BeginArray();
  for (size_t index = 0; index < shown; ++index) {
    WriteStream(arn, streams[index], &writer);
  }
  writer.EndArray();
  if (shown < streams.size()) {
    writer.Member("nextToken", FormatPlace(PlaceOf(streams[shown - 1], wish)));
  }
  writer.EndObject();
  return {};
}

}  // namespace

const Shape kDescribeLogStreamsShape = {ShapeKind::kStructure, "DescribeLogStreamsRequest", nullptr,
                                        kMembers};

void RunDescribeLogStreams(const Services& services, Call* call) {
  Wish wish;
  const LogStatus status = ReadWish(services, call->input, &wish);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  ReadLogOnWorker(services, call,
                  [&services, wish, call] { return Describe(services, wish, call); });
}

}  // namespace millrace::api
