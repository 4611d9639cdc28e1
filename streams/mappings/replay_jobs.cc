// One thread for all replays. A step reads a batch, hands it over, and notes in a commit what came
// of it; the commit happens only while the job is stored as running, so that cancelling wins.
#include "streams/mappings/replay_jobs.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/mappings/row_change.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr size_t kVisitsPerStep = 2000;
constexpr int64_t kTickMsMax = 1000;
constexpr int64_t kRefusedDelayMs = 200;
constexpr int64_t kRefusedDelayMaxMs = 10'000;
constexpr size_t kMessageSizeMax = 1024;

Result<ChangeFilter> FilterOf(const ReplayJob& job) {
  std::vector<std::string> patterns;
  if (!job.filter.empty()) {
    patterns.push_back(job.filter);
  }
  return ChangeFilter::Compile(patterns);
}

void PutJob(const ReplayJob& job, WriteSet* writes) {
  std::string value;
  EncodeReplay(job, &value);
  writes->Put(Space::kFunctions, ReplayKey(job.id), value);
}

}  // namespace

ReplayJobs::ReplayJobs(const StreamSource& source, Invoker* invoker, const Clock* clock)
    : source_(source),
      invoker_(invoker),
      clock_(clock),
      self_(std::make_shared<ReplayJobs*>(this)),
      thread_([this] { return Tick(); }) {}

ReplayJobs::~ReplayJobs() { Stop(); }

Status ReplayJobs::Load() {
  const std::string from = ReplayKeysBegin();
  const std::string to = ReplayKeysEnd();
  engine::ScanRange range;
  range.space = Space::kFunctions;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> rows = source_.engine->Scan(range);
  for (; rows->Valid(); rows->Next()) {
    ASSIGN_OR_RETURN(const ReplayJob job, DecodeReplay(rows->value()));
    Publish(job);
  }
  return rows->status();
}

void ReplayJobs::Start() {
  started_ = true;
  for (const ReplayJob& job : List()) {
    if (job.state == ReplayState::kRunning) {
      PostCall(&thread_, [this, id = job.id] { Begin(id); });
    }
  }
  thread_.Start();
}

void ReplayJobs::Stop() {
  if (!std::exchange(started_, false)) {
    return;
  }
  PostCall(&thread_, [this] {
    *self_ = nullptr;
    runs_.clear();
  });
  thread_.Stop();
}

void ReplayJobs::Publish(const ReplayJob& job) {
  MutexLock lock(&mutex_);
  jobs_[job.id] = job;
}

std::optional<ReplayJob> ReplayJobs::Find(const std::string& id) const {
  MutexLock lock(&mutex_);
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? std::nullopt : std::optional<ReplayJob>(found->second);
}

std::vector<ReplayJob> ReplayJobs::List() const {
  MutexLock lock(&mutex_);
  std::vector<ReplayJob> jobs;
  for (const auto& [id, job] : jobs_) {
    jobs.push_back(job);
  }
  return jobs;
}

void ReplayJobs::Create(ReplayJob job, Done done) {
  if (const Result<ChangeFilter> filter = FilterOf(job); !filter.ok()) {
    done(filter.status());
    return;
  }
  if (List().size() >= kJobsMax) {
    done(Status(StatusCode::kResourceExhausted, "there are too many replays; remove old ones"));
    return;
  }
  auto created = std::make_shared<ReplayJob>(std::move(job));
  created->position = std::max<uint64_t>(created->from, 1) - 1;
  auto plan = [created](std::span<const PinnedValue>, WriteSet* writes) {
    created->creation_ms = writes->now_ms();
    PutJob(*created, writes);
    return Status::Ok();
  };
  RowChange::Submit(source_.engine, {{Space::kFunctions, ReplayKey(created->id)}}, std::move(plan),
                    [this, created, done = std::move(done)](const Status& status) {
                      if (!status.ok()) {
                        done(status);
                        return;
                      }
                      Publish(*created);
                      PostCall(&thread_, [self = self_, id = created->id] {
                        if (*self != nullptr) {
                          (*self)->Begin(id);
                        }
                      });
                      done(*created);
                    });
}

void ReplayJobs::Cancel(const std::string& id, Done done) {
  auto job = std::make_shared<ReplayJob>();
  auto removed = std::make_shared<bool>(false);
  auto plan = [job, removed, id](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such replay");
    }
    ASSIGN_OR_RETURN(*job, DecodeReplay(current[0].bytes()));
    *removed = job->state != ReplayState::kRunning;
    if (*removed) {
      writes->Delete(Space::kFunctions, ReplayKey(id));
      return Status::Ok();
    }
    job->state = ReplayState::kCancelled;
    job->end_ms = writes->now_ms();
    PutJob(*job, writes);
    return Status::Ok();
  };
  RowChange::Submit(source_.engine, {{Space::kFunctions, ReplayKey(id)}}, std::move(plan),
                    [this, job, removed, done = std::move(done)](const Status& status) {
                      if (!status.ok()) {
                        done(status);
                        return;
                      }
                      if (*removed) {
                        MutexLock lock(&mutex_);
                        jobs_.erase(job->id);
                      } else {
                        Publish(*job);
                      }
                      done(*job);
                    });
}

int64_t ReplayJobs::Tick() {
  const int64_t now_ms = clock_->NowMs();
  std::vector<std::string> due;
  for (const auto& [id, run] : runs_) {
    if (run.due_ms <= now_ms) {
      due.push_back(id);
    }
  }
  for (const std::string& id : due) {
    if (const auto run = runs_.find(id); run != runs_.end()) {
      Step(id, &run->second);
    }
  }
  int64_t next_ms = INT64_MAX;
  for (const auto& [id, run] : runs_) {
    next_ms = std::min(next_ms, run.due_ms);
  }
  return next_ms == INT64_MAX ? TaskThread::kNever
                              : std::clamp<int64_t>(next_ms - now_ms, 0, kTickMsMax);
}

void ReplayJobs::Begin(const std::string& id) { runs_[id].due_ms = clock_->NowMs(); }

Result<StreamPieceRead> ReplayJobs::ReadBatch(const ReplayJob& job) const {
  const tables::StreamPointer stream = source_.streams->FindById(job.stream_id);
  if (stream == nullptr) {
    return Status(StatusCode::kNotFound, "the stream is gone");
  }
  ASSIGN_OR_RETURN(const ChangeFilter filter, FilterOf(job));
  StreamPiece piece;
  piece.from = job.position + 1;
  piece.to = job.to;
  piece.visits_max = kVisitsPerStep;
  piece.matches_max =
      job.rate_per_second > 0
          ? std::clamp<size_t>(static_cast<size_t>(job.rate_per_second), 1, kBatchSizeMax)
          : kBatchSizeMax;
  return ReadStreamPiece(source_, *stream, job.stream_arn, filter, piece);
}

void ReplayJobs::Step(const std::string& id, Run* run) {
  const std::optional<ReplayJob> job = Find(id);
  if (!job.has_value() || job->state != ReplayState::kRunning) {
    runs_.erase(id);
    return;
  }
  run->due_ms = INT64_MAX;
  Result<StreamPieceRead> read = ReadBatch(*job);
  if (!read.ok()) {
    End(*job, ReplayState::kFailed, std::string(read.status().message()));
    return;
  }
  ReplayJob next = *job;
  next.position = read.value().read_to;
  next.read_records += read.value().visited;
  next.matched_records += read.value().matched;
  if (read.value().is_complete) {
    next.state = ReplayState::kDone;
    next.end_ms = clock_->NowMs();
  }
  const auto record_count = static_cast<int64_t>(read.value().batch.size());
  if (job->dry_run || record_count == 0) {
    const bool waits = job->rate_per_second > 0 && record_count > 0;
    Note(std::move(next),
         clock_->NowMs() + (waits ? record_count * 1000 / job->rate_per_second : 0));
    return;
  }
  InvokeRequest request;
  request.function_name = job->function_name;
  request.qualifier = job->qualifier;
  request.payload = std::make_shared<const std::string>(EventOfBatch(read.value().batch));
  request.replay_id = id;
  request.trigger = "replay";
  invoker_->Invoke(std::move(request), [self = self_, thread = &thread_, id, next = std::move(next),
                                        record_count](const InvokeResult& result) {
    PostCall(thread, [self, id, next, record_count, result] {
      if (*self != nullptr) {
        (*self)->OnResult(id, next, record_count, result);
      }
    });
  });
}

void ReplayJobs::OnResult(const std::string& id, ReplayJob next, int64_t record_count,
                          const InvokeResult& result) {
  const auto run = runs_.find(id);
  if (run == runs_.end()) {
    return;
  }
  const int64_t now_ms = clock_->NowMs();
  if (result.outcome == InvokeOutcome::kFunctionNotFound) {
    // Nothing was invoked, so the position stays.
    if (const std::optional<ReplayJob> job = Find(id); job.has_value()) {
      End(*job, ReplayState::kFailed, "the function is not there");
    }
    return;
  }
  if (result.outcome != InvokeOutcome::kSucceeded &&
      result.outcome != InvokeOutcome::kFunctionError) {
    const int64_t doublings = std::min<int64_t>(run->second.refusals++, 10);
    run->second.due_ms = now_ms + std::min(kRefusedDelayMaxMs, kRefusedDelayMs << doublings);
    return;
  }
  run->second.refusals = 0;
  ++next.invocations;
  if (result.outcome == InvokeOutcome::kFunctionError) {
    ++next.failed_invocations;
    next.failed_records += record_count;
    next.message = result.payload.substr(0, kMessageSizeMax);
  }
  const int64_t rate = next.rate_per_second;
  Note(std::move(next), now_ms + (rate > 0 ? record_count * 1000 / rate : 0));
}

void ReplayJobs::End(ReplayJob job, ReplayState state, const std::string& message) {
  job.state = state;
  job.message = message;
  job.end_ms = clock_->NowMs();
  Note(std::move(job), INT64_MAX);
}

// Stores the job as it is after a step, unless it has been cancelled; goes on at `due_ms`.
void ReplayJobs::Note(ReplayJob next, int64_t due_ms) {
  auto plan = [next](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such replay");
    }
    ASSIGN_OR_RETURN(const ReplayJob stored, DecodeReplay(current[0].bytes()));
    if (stored.state != ReplayState::kRunning) {
      return Status(StatusCode::kRefused, "the replay has ended");
    }
    PutJob(next, writes);
    return Status::Ok();
  };
  RowChange::Submit(source_.engine, {{Space::kFunctions, ReplayKey(next.id)}}, std::move(plan),
                    [self = self_, thread = &thread_, this, next, due_ms](const Status& status) {
                      if (status.ok()) {
                        Publish(next);
                      }
                      PostCall(thread, [self, next, due_ms, status] {
                        if (*self == nullptr) {
                          return;
                        }
                        const auto run = (*self)->runs_.find(next.id);
                        if (run == (*self)->runs_.end()) {
                          return;
                        }
                        const bool goes_on = next.state == ReplayState::kRunning;
                        if (status.ok() ? !goes_on
                                        : status.code() == StatusCode::kRefused ||
                                              status.code() == StatusCode::kNotFound) {
                          (*self)->runs_.erase(run);
                        } else {
                          run->second.due_ms =
                              status.ok() ? due_ms : (*self)->clock_->NowMs() + kRefusedDelayMaxMs;
                        }
                      });
                    });
}

}  // namespace millrace::streams
