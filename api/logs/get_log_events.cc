// GetLogEvents: one stream, forward or backward, by tokens that go on working when there is nothing
// new yet.
#include <algorithm>
#include <array>
#include <utility>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr int64_t kCountMax = 10000;

constexpr std::array<ShapeMember, 9> kMembers = {{
    {"logGroupName", &kStringShape},
    {"logGroupIdentifier", &kStringShape},
    {"logStreamName", &kStringShape},
    {"startTime", &kLongShape},
    {"endTime", &kLongShape},
    {"nextToken", &kStringShape},
    {"limit", &kIntegerShape},
    {"startFromHead", &kBooleanShape},
    {"unmask", &kBooleanShape},
}};

struct Wish {
  std::string group;
  std::string stream;
  int64_t start_ms = 0;
  int64_t end_ms = INT64_MAX;  // exclusive
  int64_t count = kCountMax;
  bool backward = false;
  std::optional<LogPosition> at;  // of the token
};

LogStatus ReadWish(const Services& services, json::Value input, Wish* wish) {
  RETURN_IF_LOG_ERROR(ReadLogGroupIdentifier(services, input, &wish->group));
  RETURN_IF_LOG_ERROR(ReadLogStreamName(input, "logStreamName", &wish->stream));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "startTime", 0, INT64_MAX, &wish->start_ms));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "endTime", 0, INT64_MAX, &wish->end_ms));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "limit", 1, kCountMax, &wish->count));
  if (wish->start_ms > wish->end_ms) {
    return InvalidLogParameter("startTime must be before endTime.");
  }
  wish->backward = !BooleanOf(input.Find("startFromHead"));
  const std::string_view token = LogTextOf(input, "nextToken");
  if (!token.empty()) {
    if (!token.starts_with("f/") && !token.starts_with("b/")) {
      return LogTokenInvalid();
    }
    wish->backward = token.starts_with("b/");
    wish->at = ParseLogPosition(token.substr(2));
    return wish->at.has_value() ? LogStatus() : LogTokenInvalid();
  }
  return {};
}

// The places in front of a page and behind it.
struct Places {
  LogPosition front;
  LogPosition behind;
};

Places PlacesOf(const streams::LogPage& page, const Wish& wish, const LogPosition& start) {
  Places places;
  places.front = places.behind = wish.at.value_or(start);
  if (!page.events.empty()) {
    places.front = page.events.front().position;
    places.behind = streams::LogPositionBehind(page.events.back().position);
  }
  if (page.more) {
    (wish.backward ? places.front : places.behind) = wish.backward ? page.from : page.to;
  }
  return places;
}

LogStatus Get(const Services& services, const Wish& wish, Call* call) {
  const Result<LogGroup> group = services.logs->FindGroup(wish.group);
  if (!group.ok()) {
    return FromLogStore(group.status());
  }
  const Result<LogStream> stream = services.logs->FindStream(group.value().group_id, wish.stream);
  if (!stream.ok()) {
    return stream.status().code() == StatusCode::kNotFound ? LogStreamMissing()
                                                           : FromLogStore(stream.status());
  }
  const int64_t start_ms = std::max(wish.start_ms, group.value().swept_to_ms);
  streams::LogQuery query;
  query.group_id = group.value().group_id;
  query.streams[stream.value().stream_id] = stream.value().name;
  query.count_max = static_cast<size_t>(wish.count);
  query.backward = wish.backward;
  // Other streams' events lie in front of its first one and behind its last one.
  query.from.time_ms = std::max(start_ms, stream.value().first_event_ms);
  query.to.time_ms = std::min(wish.end_ms, stream.value().last_event_ms + 1);
  if (wish.at.has_value()) {
    (wish.backward ? query.to : query.from) =
        wish.backward ? std::min(query.to, *wish.at) : std::max(query.from, *wish.at);
  }
  const Result<streams::LogPage> page = services.logs->Read(query);
  if (!page.ok()) {
    return FromLogStore(page.status());
  }
  const Places places = PlacesOf(page.value(), wish, {start_ms, 0, 0, 0});
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("events");
  writer.BeginArray();
  for (const LogEvent& event : page.value().events) {
    writer.BeginObject();
    writer.Key("timestamp");
    writer.Int(event.position.time_ms);
    writer.Member("message", event.message);
    writer.Key("ingestionTime");
    writer.Int(event.ingestion_ms);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Member("nextForwardToken", "f/" + FormatLogPosition(places.behind));
  writer.Member("nextBackwardToken", "b/" + FormatLogPosition(places.front));
  writer.EndObject();
  return {};
}

}  // namespace

const Shape kGetLogEventsShape = {ShapeKind::kStructure, "GetLogEventsRequest", nullptr, kMembers};

void RunGetLogEvents(const Services& services, Call* call) {
  Wish wish;
  const LogStatus status = ReadWish(services, call->input, &wish);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  ReadLogOnWorker(services, call, [&services, wish, call] { return Get(services, wish, call); });
}

}  // namespace millrace::api
