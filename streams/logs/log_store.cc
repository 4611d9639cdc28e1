// Changes of groups and streams, and what reads them. Handlers' lines are in log_writer.cc, events
// in log_reading.cc, the background in log_maintenance.cc.
#include "streams/logs/log_store.h"

#include <utility>

#include "storage/codec/log_event_codec.h"
#include "streams/logs/log_changes.h"
#include "streams/logs/log_maintenance.h"
#include "streams/logs/log_reading.h"
#include "streams/logs/log_writer.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

Status GroupMissing() { return Status(StatusCode::kNotFound, "there is no such log group"); }

// The stored group of the first key of a plan; kSchemaChanged if it is another one than was found.
Result<LogGroup> SameGroup(const PinnedValue& row, uint64_t group_id) {
  if (!row.found()) {
    return Status(StatusCode::kSchemaChanged, "the log group is gone");
  }
  ASSIGN_OR_RETURN(LogGroup group, DecodeLogGroup(row.bytes()));
  if (group.group_id != group_id) {
    return Status(StatusCode::kSchemaChanged, "the log group is another one");
  }
  return group;
}

}  // namespace

class LogStore::Impl {
 public:
  Impl(engine::Engine* engine, const Clock* clock, const LogStoreOptions& options)
      : engine_(engine),
        clock_(clock),
        options_(options),
        maintenance_(engine, clock, options.retention_days),
        writer_(engine, clock, options) {}

  void CreateGroup(LogGroup group, TaskQueue* home, Done done) {
    const std::string key = LogGroupKey(group.name);
    auto plan = [group = std::move(group)](std::span<const PinnedValue> current,
                                           WriteSet* writes) -> Status {
      if (current[0].found()) {
        return Status(StatusCode::kAlreadyExists, "there is such a log group");
      }
      LogGroup created = group;
      created.group_id = writes->TakeSequence();
      created.creation_ms = writes->now_ms();
      PutLogGroup(created, writes);
      return Status::Ok();
    };
    LogChange::Submit(engine_, {key}, 0, std::move(plan), home, std::move(done));
  }

  void UpdateGroup(std::string_view name, GroupEdit edit, TaskQueue* home, Done done) {
    auto plan = [edit = std::move(edit)](std::span<const PinnedValue> current,
                                         WriteSet* writes) -> Status {
      if (!current[0].found()) {
        return GroupMissing();
      }
      ASSIGN_OR_RETURN(LogGroup group, DecodeLogGroup(current[0].bytes()));
      RETURN_IF_ERROR(edit(&group));
      PutLogGroup(group, writes);
      return Status::Ok();
    };
    LogChange::Submit(engine_, {LogGroupKey(name)}, 0, std::move(plan), home, std::move(done));
  }

  void DeleteGroup(std::string_view name, TaskQueue* home, Done done) {
    auto plan = [key = LogGroupKey(name)](std::span<const PinnedValue> current,
                                          WriteSet* writes) -> Status {
      if (!current[0].found()) {
        return GroupMissing();
      }
      ASSIGN_OR_RETURN(const LogGroup group, DecodeLogGroup(current[0].bytes()));
      writes->Delete(Space::kLogEvents, key);
      writes->Put(Space::kLogEvents, LogDroppedKey(group.group_id, 0), "");
      return Status::Ok();
    };
    LogChange::Submit(engine_, {LogGroupKey(name)}, 0, std::move(plan), home, std::move(done));
  }

  // Ends a change on its way like all others.
  void Refuse(const Status& refusal, TaskQueue* home, Done done) {
    auto plan = [refusal](std::span<const PinnedValue>, WriteSet*) { return refusal; };
    LogChange::Submit(engine_, {}, 0, std::move(plan), home, std::move(done));
  }

  // Changes a stream of the group by a plan that is given the stream's row and the group, again if
  // the group turns out to be another one.
  using StreamPlan = std::function<Status(const PinnedValue&, const LogGroup&, WriteSet*)>;
  void ChangeStream(const std::string& group_name, const std::string& stream, StreamPlan change,
                    TaskQueue* home, Done done) {
    const Result<LogGroup> group = FindGroup(group_name);
    if (!group.ok()) {
      Refuse(group.status(), home, std::move(done));
      return;
    }
    const uint64_t group_id = group.value().group_id;
    auto plan = [group_id, change](std::span<const PinnedValue> current,
                                   WriteSet* writes) -> Status {
      ASSIGN_OR_RETURN(const LogGroup stored, SameGroup(current[0], group_id));
      return change(current[1], stored, writes);
    };
    auto finished = [this, group_name, stream, change, home, done](const Status& status) {
      if (status.code() == StatusCode::kSchemaChanged) {
        ChangeStream(group_name, stream, change, home, done);
      } else {
        done(status);
      }
    };
    LogChange::Submit(engine_, {LogGroupKey(group_name), LogStreamKey(group_id, stream)}, 0,
                      std::move(plan), home, std::move(finished));
  }

  void Put(std::shared_ptr<LogBatch> batch, TaskQueue* home, PutDone done) {
    const Result<LogGroup> group = FindGroup(batch->group);
    if (!group.ok()) {
      Refuse(group.status(), home, [done](const Status& status) { done(status); });
      return;
    }
    batch->group_id = group.value().group_id;
    const std::span<const LogBatch> batches(batch.get(), 1);
    auto outcome = std::make_shared<LogPutOutcome>();
    auto plan = [batch, batches, outcome, days = options_.retention_days](
                    std::span<const PinnedValue> current, WriteSet* writes) {
      return PlanLogPut(batches, false, days, current, writes, outcome.get());
    };
    auto finished = [this, batch, outcome, home, done](const Status& status) {
      if (status.code() == StatusCode::kSchemaChanged) {
        Put(batch, home, done);
      } else {
        done(status.ok() ? Result<LogPutOutcome>(*outcome) : Result<LogPutOutcome>(status));
      }
    };
    LogChange::Submit(engine_, LogPutKeys(batches), LogPutWeight(batches), std::move(plan), home,
                      std::move(finished));
  }

  Result<LogGroup> FindGroup(std::string_view name) const {
    PinnedValue row;
    RETURN_IF_ERROR(engine_->Get(Space::kLogEvents, LogGroupKey(name), &row));
    return row.found() ? DecodeLogGroup(row.bytes()) : Result<LogGroup>(GroupMissing());
  }

  engine::Engine* const engine_;
  const Clock* const clock_;
  const LogStoreOptions options_;
  LogMaintenance maintenance_;
  LogWriter writer_;  // last: its thread uses the others
};

LogStore::LogStore(engine::Engine* engine, const Clock* clock, const LogStoreOptions& options)
    : impl_(std::make_unique<Impl>(engine, clock, options)) {}

LogStore::~LogStore() = default;

void LogStore::Start() { impl_->writer_.Start(); }
void LogStore::Stop() { impl_->writer_.Stop(); }

void LogStore::Append(const std::string& group, const std::string& stream,
                      std::vector<LogLine> lines) {
  impl_->writer_.Append(group, stream, std::move(lines));
}

void LogStore::CreateGroup(LogGroup group, TaskQueue* home, Done done) {
  impl_->CreateGroup(std::move(group), home, std::move(done));
}

void LogStore::UpdateGroup(std::string_view name, GroupEdit edit, TaskQueue* home, Done done) {
  impl_->UpdateGroup(name, std::move(edit), home, std::move(done));
}

void LogStore::DeleteGroup(std::string_view name, TaskQueue* home, Done done) {
  impl_->DeleteGroup(name, home, std::move(done));
}

void LogStore::CreateStream(std::string_view group, std::string_view stream, TaskQueue* home,
                            Done done) {
  auto change = [name = std::string(stream)](const PinnedValue& row, const LogGroup& stored,
                                             WriteSet* writes) {
    if (row.found()) {
      return Status(StatusCode::kAlreadyExists, "there is such a log stream");
    }
    LogStream created;
    created.stream_id = writes->TakeSequence();
    created.name = name;
    created.creation_ms = writes->now_ms();
    std::string value;
    EncodeLogStream(created, &value);
    writes->Put(Space::kLogEvents, LogStreamKey(stored.group_id, name), value);
    return Status::Ok();
  };
  impl_->ChangeStream(std::string(group), std::string(stream), std::move(change), home,
                      std::move(done));
}

void LogStore::DeleteStream(std::string_view group, std::string_view stream, TaskQueue* home,
                            Done done) {
  auto change = [name = std::string(stream)](const PinnedValue& row, const LogGroup& stored,
                                             WriteSet* writes) -> Status {
    if (!row.found()) {
      return Status(StatusCode::kFailedPrecondition, "there is no such log stream");
    }
    ASSIGN_OR_RETURN(const LogStream deleted, DecodeLogStream(row.bytes()));
    writes->Delete(Space::kLogEvents, LogStreamKey(stored.group_id, name));
    if (deleted.last_event_ms >= 0) {
      writes->Put(Space::kLogEvents, LogDroppedKey(stored.group_id, deleted.stream_id), "");
    }
    return Status::Ok();
  };
  impl_->ChangeStream(std::string(group), std::string(stream), std::move(change), home,
                      std::move(done));
}

void LogStore::Put(std::string_view group, std::string_view stream, std::vector<LogInput> events,
                   TaskQueue* home, PutDone done) {
  auto batch = std::make_shared<LogBatch>();
  batch->group = group;
  batch->stream = stream;
  batch->events = std::move(events);
  impl_->Put(std::move(batch), home, std::move(done));
}

Result<LogGroup> LogStore::FindGroup(std::string_view name) const { return impl_->FindGroup(name); }

Result<LogStream> LogStore::FindStream(uint64_t group_id, std::string_view name) const {
  PinnedValue row;
  RETURN_IF_ERROR(impl_->engine_->Get(Space::kLogEvents, LogStreamKey(group_id, name), &row));
  return row.found()
             ? DecodeLogStream(row.bytes())
             : Result<LogStream>(Status(StatusCode::kNotFound, "there is no such log stream"));
}

Result<std::vector<LogGroup>> LogStore::ListGroups(
    std::string_view prefix, std::string_view after, size_t count,
    const std::function<bool(const LogGroup&)>& accepts) const {
  return ListLogGroups(*impl_->engine_, prefix, after, count, accepts);
}

Result<std::vector<LogStream>> LogStore::ListStreams(uint64_t group_id, std::string_view prefix,
                                                     std::string_view after, size_t count) const {
  return ListLogStreams(*impl_->engine_, group_id, prefix, after, count);
}

Result<LogPage> LogStore::Read(const LogQuery& query) const {
  return ReadLogEvents(*impl_->engine_, query);
}

Result<uint64_t> LogStore::SizeOf(uint64_t group_id) const {
  return impl_->engine_->ApproximateSize(Space::kLogEvents,
                                         LogKindBegin(LogRowKind::kEvent, group_id),
                                         LogKindEnd(LogRowKind::kEvent, group_id));
}

Status LogStore::RunMaintenance(const std::atomic<bool>& stop) {
  return impl_->maintenance_.Run(stop);
}

}  // namespace millrace::streams
