// Retention, and what deleted groups and streams have left.
#include "streams/logs/log_maintenance.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/codec/log_event_codec.h"
#include "streams/logs/log_changes.h"
#include "streams/logs/log_reading.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr int64_t kSweepEveryMs = 60 * 1000;
// Ranges are removed in pieces of at least this time, so that there are few of them.
constexpr int64_t kSweptMsMin = 3600 * 1000;
constexpr size_t kChunkSize = 1000;

std::unique_ptr<engine::Scanner> ScanKeys(const engine::Engine& engine, const std::string& from,
                                          const std::string& to) {
  engine::ScanRange range;
  range.space = Space::kLogEvents;
  range.from = from;
  range.to = to;
  return engine.Scan(range);
}

Status DeleteKeys(engine::Engine* engine, const std::vector<std::string>& keys) {
  if (keys.empty()) {
    return Status::Ok();
  }
  return LogChange::SubmitAndWait(engine, {}, keys.size() * 64,
                                  [&](std::span<const PinnedValue>, WriteSet* writes) {
                                    for (const std::string& key : keys) {
                                      writes->Delete(Space::kLogEvents, key);
                                    }
                                    return Status::Ok();
                                  });
}

}  // namespace

Status LogMaintenance::Run(const std::atomic<bool>& stop) {
  RETURN_IF_ERROR(RemoveDropped(stop));
  const int64_t now_ms = clock_->NowMs();
  if (now_ms < next_sweep_ms_) {
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const std::vector<LogGroup> groups,
                   ListLogGroups(*engine_, "", "", SIZE_MAX - 1, nullptr));
  for (const LogGroup& group : groups) {
    if (stop.load(std::memory_order_relaxed)) {
      return Status::Ok();
    }
    RETURN_IF_ERROR(Sweep(group));
  }
  next_sweep_ms_ = now_ms + kSweepEveryMs;
  return Status::Ok();
}

Status LogMaintenance::RemoveDropped(const std::atomic<bool>& stop) {
  const std::string from = LogKindBegin(LogRowKind::kDropped);
  const std::string to = LogKindEnd(LogRowKind::kDropped);
  std::map<uint64_t, std::vector<uint64_t>> streams;
  const auto markers = ScanKeys(*engine_, from, to);
  for (; markers->Valid(); markers->Next()) {
    uint64_t group_id = 0;
    uint64_t stream_id = 0;
    if (!ParseLogDroppedKey(markers->key(), &group_id, &stream_id)) {
      return Status(StatusCode::kCorruption, "a stored marker of a deleted log is damaged");
    }
    streams[group_id].push_back(stream_id);
  }
  RETURN_IF_ERROR(markers->status());
  for (const auto& [group_id, stream_ids] : streams) {
    if (stop.load(std::memory_order_relaxed)) {
      return Status::Ok();
    }
    if (stream_ids.front() == 0) {
      for (const LogRowKind kind : {LogRowKind::kStream, LogRowKind::kEvent}) {
        RETURN_IF_ERROR(engine_->DropRange(Space::kLogEvents, LogKindBegin(kind, group_id),
                                           LogKindEnd(kind, group_id)));
      }
    } else {
      RETURN_IF_ERROR(RemoveEventsOf(group_id, stream_ids, stop));
      if (stop.load(std::memory_order_relaxed)) {
        return Status::Ok();
      }
    }
    std::vector<std::string> done;
    for (const uint64_t stream_id : stream_ids) {
      done.push_back(LogDroppedKey(group_id, stream_id));
    }
    RETURN_IF_ERROR(DeleteKeys(engine_, done));
  }
  return Status::Ok();
}

// The events of a stream lie between those of others.
Status LogMaintenance::RemoveEventsOf(uint64_t group_id, const std::vector<uint64_t>& stream_ids,
                                      const std::atomic<bool>& stop) {
  const std::string from = LogKindBegin(LogRowKind::kEvent, group_id);
  const std::string to = LogKindEnd(LogRowKind::kEvent, group_id);
  std::vector<std::string> keys;
  const auto events = ScanKeys(*engine_, from, to);
  for (; events->Valid() && !stop.load(std::memory_order_relaxed); events->Next()) {
    LogPosition position;
    if (!ParseLogEventKey(events->key(), &position)) {
      return Status(StatusCode::kCorruption, "the key of a stored log event is damaged");
    }
    if (std::binary_search(stream_ids.begin(), stream_ids.end(), position.stream_id)) {
      keys.emplace_back(events->key());
    }
    if (keys.size() >= kChunkSize) {
      RETURN_IF_ERROR(DeleteKeys(engine_, keys));
      keys.clear();
    }
  }
  RETURN_IF_ERROR(events->status());
  return DeleteKeys(engine_, keys);
}

Status LogMaintenance::Sweep(const LogGroup& group) {
  const int64_t horizon_ms = LogHorizonMs(group, retention_days_, clock_->NowMs());
  const std::string begin = LogTimeKey(group.group_id, 0);
  const std::string end = LogTimeKey(group.group_id, horizon_ms);
  const auto first = ScanKeys(*engine_, begin, end);
  LogPosition position;
  if (!first->Valid() || !ParseLogEventKey(first->key(), &position)) {
    return first->status();
  }
  // What lies before the last sweep's end was left by a crash.
  if (position.time_ms >= group.swept_to_ms && position.time_ms > horizon_ms - kSweptMsMin) {
    return Status::Ok();
  }
  // From this commit on nobody reads or writes in front of the horizon.
  const Status status = LogChange::SubmitAndWait(
      engine_, {LogGroupKey(group.name)}, 0,
      [&](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
        if (!current[0].found()) {
          return Status(StatusCode::kSchemaChanged, "the log group is gone");
        }
        ASSIGN_OR_RETURN(LogGroup changed, DecodeLogGroup(current[0].bytes()));
        // The retention may have been made longer meanwhile.
        if (changed.group_id != group.group_id || changed.retention_days != group.retention_days) {
          return Status(StatusCode::kSchemaChanged, "the log group is another one");
        }
        changed.swept_to_ms = std::max(changed.swept_to_ms, horizon_ms);
        PutLogGroup(changed, writes);
        return Status::Ok();
      });
  if (status.code() == StatusCode::kSchemaChanged) {
    return Status::Ok();  // the next round looks again
  }
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(engine_->TrimRange(
      Space::kLogEvents, begin,
      LogTimeKey(group.group_id, std::min(position.time_ms, group.swept_to_ms)), end));
  return RemoveEmptyStreams(group, horizon_ms);
}

Status LogMaintenance::RemoveEmptyStreams(const LogGroup& group, int64_t horizon_ms) {
  ASSIGN_OR_RETURN(const std::vector<LogStream> streams,
                   ListLogStreams(*engine_, group.group_id, "", "", SIZE_MAX));
  std::vector<std::string> keys;
  const auto is_empty = [&](const LogStream& stream) {
    return std::max(stream.creation_ms, stream.last_event_ms) < horizon_ms;
  };
  for (const LogStream& stream : streams) {
    if (is_empty(stream)) {
      keys.push_back(LogStreamKey(group.group_id, stream.name));
    }
  }
  for (size_t at = 0; at < keys.size(); at += kChunkSize) {
    const size_t end = std::min(keys.size(), at + kChunkSize);
    const std::vector<std::string> chunk(keys.begin() + static_cast<std::ptrdiff_t>(at),
                                         keys.begin() + static_cast<std::ptrdiff_t>(end));
    auto plan = [&](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
      for (size_t index = 0; index < chunk.size(); ++index) {
        if (!current[index].found()) {
          continue;
        }
        ASSIGN_OR_RETURN(const LogStream stream, DecodeLogStream(current[index].bytes()));
        if (is_empty(stream)) {
          writes->Delete(Space::kLogEvents, chunk[index]);
        }
      }
      return Status::Ok();
    };
    RETURN_IF_ERROR(LogChange::SubmitAndWait(engine_, chunk, chunk.size() * 64, plan));
  }
  return Status::Ok();
}

}  // namespace millrace::streams
