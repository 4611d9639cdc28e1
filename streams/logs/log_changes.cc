// Plans of what is written into logs.
#include "streams/logs/log_changes.h"

#include <algorithm>
#include <memory>

#include "storage/codec/log_event_codec.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr size_t kEventOverhead = 64;

// Which events of a put are taken: from `*begin` to `*end`.
LogPutOutcome ChooseEvents(const std::vector<LogInput>& events, int64_t horizon_ms, int64_t now_ms,
                           size_t* begin, size_t* end) {
  LogPutOutcome outcome;
  const auto first_not_before = [&](int64_t time_ms) {
    const auto found =
        std::partition_point(events.begin(), events.end(),
                             [&](const LogInput& event) { return event.time_ms < time_ms; });
    return static_cast<size_t>(found - events.begin());
  };
  outcome.too_old_to = first_not_before(std::max<int64_t>(now_ms - kLogEventAgeMsMax, 0));
  const size_t kept_from = first_not_before(horizon_ms);
  if (kept_from > outcome.too_old_to) {
    outcome.expired_to = kept_from;
  }
  *begin = std::max(outcome.too_old_to, kept_from);
  *end = first_not_before(now_ms + kLogEventFutureMsMax + 1);
  if (*end < events.size()) {
    outcome.too_new_from = *end;
  }
  return outcome;
}

void PlanBatch(const LogBatch& batch, LogStream stream, size_t begin, size_t end, uint16_t* index,
               WriteSet* writes) {
  std::string value;
  for (size_t at = begin; at < end; ++at) {
    const LogInput& event = batch.events[at];
    const LogPosition position = {event.time_ms, stream.stream_id, writes->sequence(), (*index)++};
    value.clear();
    EncodeLogEvent(writes->now_ms(), event.message, &value);
    writes->Put(Space::kLogEvents, LogEventKey(batch.group_id, position), value);
  }
  if (begin < end) {
    const int64_t first_ms = batch.events[begin].time_ms;
    stream.first_event_ms =
        stream.first_event_ms < 0 ? first_ms : std::min(stream.first_event_ms, first_ms);
    stream.last_event_ms = std::max(stream.last_event_ms, batch.events[end - 1].time_ms);
    stream.last_ingestion_ms = writes->now_ms();
  }
  value.clear();
  EncodeLogStream(stream, &value);
  writes->Put(Space::kLogEvents, LogStreamKey(batch.group_id, stream.name), value);
}

}  // namespace

LogChange::LogChange(std::vector<std::string> keys, size_t weight, PlanFunction plan,
                     TaskQueue* home, Done done)
    : key_bytes_(std::move(keys)),
      weight_(weight + 512),
      plan_(std::move(plan)),
      home_(home),
      done_(std::move(done)) {
  for (const std::string& key : key_bytes_) {
    keys_.push_back({Space::kLogEvents, key});
  }
}

void LogChange::Submit(engine::Engine* engine, std::vector<std::string> keys, size_t weight,
                       PlanFunction plan, TaskQueue* home, Done done) {
  auto* const change =
      new LogChange(std::move(keys), weight, std::move(plan), home, std::move(done));
  const Status status = engine->Submit(change);
  if (!status.ok()) {
    change->Complete(status);
  }
}

Status LogChange::SubmitAndWait(engine::Engine* engine, std::vector<std::string> keys,
                                size_t weight, PlanFunction plan) {
  LogChange change(std::move(keys), weight, std::move(plan), nullptr, nullptr);
  return engine->SubmitAndWait(&change);
}

void LogChange::Complete(const Status& status) {
  if (done_ != nullptr) {
    const std::unique_ptr<LogChange> self(this);
    done_(status);
  }
}

std::vector<std::string> LogPutKeys(std::span<const LogBatch> batches) {
  std::vector<std::string> keys;
  for (const LogBatch& batch : batches) {
    keys.push_back(LogGroupKey(batch.group));
    keys.push_back(LogStreamKey(batch.group_id, batch.stream));
  }
  return keys;
}

size_t LogPutWeight(std::span<const LogBatch> batches) {
  size_t weight = 0;
  for (const LogBatch& batch : batches) {
    for (const LogInput& event : batch.events) {
      weight += event.message.size() + kEventOverhead;
    }
  }
  return weight;
}

Status PlanLogPut(std::span<const LogBatch> batches, bool creates_streams, int64_t retention_days,
                  std::span<const PinnedValue> current, WriteSet* writes, LogPutOutcome* outcome) {
  uint16_t index = 0;
  for (size_t at = 0; at < batches.size(); ++at) {
    const LogBatch& batch = batches[at];
    const PinnedValue& group_row = current[2 * at];
    const PinnedValue& stream_row = current[2 * at + 1];
    if (!group_row.found()) {
      return Status(StatusCode::kSchemaChanged, "the log group is gone");
    }
    ASSIGN_OR_RETURN(const LogGroup group, DecodeLogGroup(group_row.bytes()));
    if (group.group_id != batch.group_id) {
      return Status(StatusCode::kSchemaChanged, "the log group is another one");
    }
    LogStream stream;
    if (stream_row.found()) {
      ASSIGN_OR_RETURN(stream, DecodeLogStream(stream_row.bytes()));
    } else if (creates_streams) {
      stream.stream_id = writes->TakeSequence();
      stream.name = batch.stream;
      stream.creation_ms = writes->now_ms();
    } else {
      return Status(StatusCode::kFailedPrecondition, "there is no such log stream");
    }
    size_t begin = 0;
    size_t end = 0;
    const LogPutOutcome chosen =
        ChooseEvents(batch.events, LogHorizonMs(group, retention_days, writes->now_ms()),
                     writes->now_ms(), &begin, &end);
    if (outcome != nullptr) {
      *outcome = chosen;
    }
    PlanBatch(batch, std::move(stream), begin, end, &index, writes);
  }
  return Status::Ok();
}

int64_t LogHorizonMs(const LogGroup& group, int64_t retention_days_of_server, int64_t now_ms) {
  const int64_t days = group.retention_days == kLogRetentionOfServer ? retention_days_of_server
                                                                     : group.retention_days;
  return days == kLogRetentionForever ? group.swept_to_ms
                                      : std::max(group.swept_to_ms, now_ms - days * kDayMs);
}

void PutLogGroup(const LogGroup& group, WriteSet* writes) {
  std::string value;
  EncodeLogGroup(group, &value);
  writes->Put(Space::kLogEvents, LogGroupKey(group.name), value);
}

}  // namespace millrace::streams
