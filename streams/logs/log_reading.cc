// Walks over groups, streams and events.
#include "streams/logs/log_reading.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "storage/codec/log_event_codec.h"

namespace millrace::streams {
namespace {

constexpr size_t kEventOverhead = 26;  // as the protocol counts events

// The keys of rows behind `prefix` and behind `after`, both with their kind in front.
struct Range {
  std::string from;
  std::string to;
};

// `begin`: the key of an empty name; `end`: the first key behind all names.
Range RangeOf(std::string begin, std::string end, std::string_view prefix, std::string_view after) {
  Range range;
  range.from = begin + std::string(after);
  if (!after.empty()) {
    range.from.push_back('\0');
  }
  const std::string first = begin + std::string(prefix);
  range.from = std::max(range.from, first);
  // Names are text: no byte of them is 0xFF.
  range.to = prefix.empty() ? std::move(end) : first + "\xff";
  return range;
}

std::unique_ptr<engine::Scanner> ScanRows(const engine::Engine& engine, const Range& keys,
                                          bool reverse = false) {
  engine::ScanRange range;
  range.space = engine::Space::kLogEvents;
  range.from = keys.from;
  range.to = keys.to;
  range.reverse = reverse;
  return engine.Scan(range);
}

}  // namespace

LogPosition LogPositionBehind(LogPosition position) {
  if (++position.index == 0) {
    ++position.sequence;
  }
  return position;
}

Result<std::vector<LogGroup>> ListLogGroups(const engine::Engine& engine, std::string_view prefix,
                                            std::string_view after, size_t count,
                                            const std::function<bool(const LogGroup&)>& accepts) {
  const Range range =
      RangeOf(LogKindBegin(LogRowKind::kGroup), LogKindEnd(LogRowKind::kGroup), prefix, after);
  std::vector<LogGroup> groups;
  const auto rows = ScanRows(engine, range);
  for (; rows->Valid() && groups.size() <= count; rows->Next()) {
    ASSIGN_OR_RETURN(LogGroup group, DecodeLogGroup(rows->value()));
    if (accepts == nullptr || accepts(group)) {
      groups.push_back(std::move(group));
    }
  }
  RETURN_IF_ERROR(rows->status());
  return groups;
}

Result<std::vector<LogStream>> ListLogStreams(const engine::Engine& engine, uint64_t group_id,
                                              std::string_view prefix, std::string_view after,
                                              size_t count) {
  const Range range = RangeOf(LogKindBegin(LogRowKind::kStream, group_id),
                              LogKindEnd(LogRowKind::kStream, group_id), prefix, after);
  std::vector<LogStream> streams;
  const auto rows = ScanRows(engine, range);
  for (; rows->Valid() && streams.size() < count; rows->Next()) {
    ASSIGN_OR_RETURN(LogStream stream, DecodeLogStream(rows->value()));
    streams.push_back(std::move(stream));
  }
  RETURN_IF_ERROR(rows->status());
  return streams;
}

Result<LogPage> ReadLogEvents(const engine::Engine& engine, const LogQuery& query) {
  LogPage page;
  page.from = query.from;
  page.to = query.to;
  const Range range = {LogEventKey(query.group_id, query.from),
                       LogEventKey(query.group_id, query.to)};
  if (range.from >= range.to) {
    page.to = page.from;
    return page;
  }
  size_t size = 0;
  size_t looked_at = 0;
  const auto rows = ScanRows(engine, range, query.backward);
  for (; rows->Valid(); rows->Next()) {
    LogEvent event;
    if (!ParseLogEventKey(rows->key(), &event.position)) {
      return Status(StatusCode::kCorruption, "the key of a stored log event is damaged");
    }
    std::string_view message;
    RETURN_IF_ERROR(DecodeLogEvent(rows->value(), &event.ingestion_ms, &message));
    const bool wanted = query.streams.contains(event.position.stream_id) &&
                        (query.accepts == nullptr || query.accepts(message));
    size += wanted ? message.size() + kEventOverhead : 0;
    const bool full =
        page.events.size() >= query.count_max || (size > query.size_max && !page.events.empty());
    if ((wanted && full) || looked_at >= query.looked_at_max) {
      page.more = true;
      (query.backward ? page.from : page.to) =
          query.backward ? LogPositionBehind(event.position) : event.position;
      break;
    }
    ++looked_at;
    if (wanted) {
      event.message = message;
      page.events.push_back(std::move(event));
    }
  }
  RETURN_IF_ERROR(rows->status());
  if (query.backward) {
    std::reverse(page.events.begin(), page.events.end());
  }
  return page;
}

}  // namespace millrace::streams
