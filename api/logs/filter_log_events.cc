// FilterLogEvents: all streams of a group, or some, in the order of time, by a pattern. This is
// what following a log asks for.
#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"
#include "streams/logs/filter_pattern.h"

namespace millrace::api {
namespace {

constexpr int64_t kCountMax = 10000;
constexpr size_t kStreamNamesMax = 100;

constexpr std::array<ShapeMember, 11> kMembers = {{
    {"logGroupName", &kStringShape},
    {"logGroupIdentifier", &kStringShape},
    {"logStreamNames", &kStringListShape},
    {"logStreamNamePrefix", &kStringShape},
    {"startTime", &kLongShape},
    {"endTime", &kLongShape},
    {"filterPattern", &kStringShape},
    {"nextToken", &kStringShape},
    {"limit", &kIntegerShape},
    {"interleaved", &kBooleanShape},
    {"unmask", &kBooleanShape},
}};

struct Wish {
  std::string group;
  int64_t start_ms = 0;
  int64_t end_ms = INT64_MAX - 1;  // inclusive
  int64_t count = kCountMax;
  streams::LogFilterPattern pattern;
  std::optional<LogPosition> at;  // of the token
};

LogStatus ReadWish(const Services& services, json::Value input, Wish* wish) {
  RETURN_IF_LOG_ERROR(ReadLogGroupIdentifier(services, input, &wish->group));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "startTime", 0, INT64_MAX, &wish->start_ms));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "endTime", 0, INT64_MAX, &wish->end_ms));
  RETURN_IF_LOG_ERROR(ReadLogRange(input, "limit", 1, kCountMax, &wish->count));
  wish->end_ms = std::min(wish->end_ms, INT64_MAX - 1);
  const json::Value names = input.Find("logStreamNames");
  if (names.present() && input.Find("logStreamNamePrefix").present()) {
    return InvalidLogParameter(
        "The parameters logStreamNames and logStreamNamePrefix cannot be used together.");
  }
  if (names.present() && (names.size() == 0 || names.size() > kStreamNamesMax)) {
    return InvalidLogParameter(
        "1 validation error detected: Value at 'logStreamNames' failed to satisfy constraint: "
        "Member must have length between 1 and 100");
  }
  const std::string_view pattern = LogTextOf(input, "filterPattern");
  if (pattern.size() > streams::LogFilterPattern::kSizeMax) {
    return InvalidLogParameter(
        "1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: "
        "Member must have length less than or equal to 1024");
  }
  Result<streams::LogFilterPattern> parsed = streams::LogFilterPattern::Parse(pattern);
  if (!parsed.ok()) {
    return InvalidLogParameter(std::string(parsed.status().message()));
  }
  wish->pattern = std::move(parsed).value();
  const std::string_view token = LogTextOf(input, "nextToken");
  if (!token.empty()) {
    wish->at = ParseLogPosition(token);
    return wish->at.has_value() ? LogStatus() : LogTokenInvalid();
  }
  return {};
}

// The streams that are asked for.
LogStatus FindStreams(const Services& services, json::Value input, streams::LogQuery* query) {
  const json::Value names = input.Find("logStreamNames");
  if (names.present()) {
    for (const json::Value name : names.elements()) {
      const Result<LogStream> stream = services.logs->FindStream(query->group_id, name.AsString());
      if (!stream.ok()) {
        return stream.status().code() == StatusCode::kNotFound ? LogStreamMissing()
                                                               : FromLogStore(stream.status());
      }
      query->streams[stream.value().stream_id] = stream.value().name;
    }
    return {};
  }
  const auto streams = services.logs->ListStreams(
      query->group_id, LogTextOf(input, "logStreamNamePrefix"), "", SIZE_MAX);
  if (!streams.ok()) {
    return FromLogStore(streams.status());
  }
  for (const LogStream& stream : streams.value()) {
    if (stream.last_event_ms >= query->from.time_ms && stream.first_event_ms < query->to.time_ms) {
      query->streams[stream.stream_id] = stream.name;
    }
  }
  return {};
}

// 56 digits, as the service's ids have: time, commit, place in it.
std::string EventId(const LogPosition& position) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%016lld%020llu%020u",
                static_cast<long long>(position.time_ms),
                static_cast<unsigned long long>(position.sequence), unsigned{position.index});
  return text.data();
}

void WritePage(const streams::LogPage& page, const streams::LogQuery& query, std::string* body) {
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("events");
  writer.BeginArray();
  for (const LogEvent& event : page.events) {
    writer.BeginObject();
    writer.Member("logStreamName", query.streams.at(event.position.stream_id));
    writer.Key("timestamp");
    writer.Int(event.position.time_ms);
    writer.Member("message", event.message);
    writer.Key("ingestionTime");
    writer.Int(event.ingestion_ms);
    writer.Member("eventId", EventId(event.position));
    writer.EndObject();
  }
  writer.EndArray();
  // The service says nothing here any more.
  writer.Key("searchedLogStreams");
  writer.BeginArray();
  writer.EndArray();
  if (page.more) {
    writer.Member("nextToken", FormatLogPosition(page.to));
  }
  writer.EndObject();
}

LogStatus Filter(const Services& services, const Wish& wish, Call* call) {
  const Result<LogGroup> group = services.logs->FindGroup(wish.group);
  if (!group.ok()) {
    return FromLogStore(group.status());
  }
  streams::LogQuery query;
  query.group_id = group.value().group_id;
  query.count_max = static_cast<size_t>(wish.count);
  query.from.time_ms = std::max(wish.start_ms, group.value().swept_to_ms);
  query.to.time_ms = wish.end_ms + 1;
  RETURN_IF_LOG_ERROR(FindStreams(services, call->input, &query));
  if (wish.at.has_value()) {
    query.from = std::max(query.from, *wish.at);
  }
  if (!wish.pattern.empty()) {
    query.accepts = [&](std::string_view message) { return wish.pattern.Matches(message); };
  }
  const Result<streams::LogPage> page = query.streams.empty()
                                            ? Result<streams::LogPage>(streams::LogPage())
                                            : services.logs->Read(query);
  if (!page.ok()) {
    return FromLogStore(page.status());
  }
  WritePage(page.value(), query, &call->body);
  return {};
}

}  // namespace

const Shape kFilterLogEventsShape = {ShapeKind::kStructure, "FilterLogEventsRequest", nullptr,
                                     kMembers};

void RunFilterLogEvents(const Services& services, Call* call) {
  Wish wish;
  const LogStatus status = ReadWish(services, call->input, &wish);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  ReadLogOnWorker(services, call, [&services, wish, call] { return Filter(services, wish, call); });
}

}  // namespace millrace::api
