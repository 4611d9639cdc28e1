// Replays at work: each goes through its piece of a stream, one batch at a time and no faster than
// it was told, and notes after each batch how far it has come.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/task_thread.h"
#include "streams/invoke/invoker.h"
#include "streams/mappings/replay_job.h"
#include "streams/mappings/stream_reading.h"

namespace millrace::streams {

// Thread-safe, apart from Load, Start and Stop.
class ReplayJobs {
 public:
  using Done = std::function<void(const Result<ReplayJob>&)>;

  // Everything outlives it; the engine and the invoker have stopped before it is destroyed.
  ReplayJobs(const StreamSource& source, Invoker* invoker, const Clock* clock);
  ~ReplayJobs();

  // Reads the jobs. Once, before anything else.
  Status Load();
  // Those that had not ended go on.
  void Start();
  // Does not wait for batches that are under way: they are repeated after the next start.
  void Stop();
  // The clock has jumped.
  void Wake() { thread_.Wake(); }

  // Stores a job, whose id and piece must be set, and begins it. kInvalidArgument for a filter that
  // is none, kResourceExhausted if there are too many jobs. `done` runs on the committer thread.
  void Create(ReplayJob job, Done done);
  // Ends a job that runs; removes one that has ended. kNotFound if there is none.
  void Cancel(const std::string& id, Done done);

  std::optional<ReplayJob> Find(const std::string& id) const;
  // In order of their ids.
  std::vector<ReplayJob> List() const;

  // Jobs that are kept, running or not.
  static constexpr size_t kJobsMax = 1000;
  static constexpr size_t kBatchSizeMax = 100;

 private:
  // A job that runs; the thread's own.
  struct Run {
    int64_t due_ms = 0;  // of the next batch; INT64_MAX: one is under way
    int64_t refusals = 0;
  };

  int64_t Tick();
  void Begin(const std::string& id);
  void Step(const std::string& id, Run* run);
  Result<StreamPieceRead> ReadBatch(const ReplayJob& job) const;
  void OnResult(const std::string& id, ReplayJob next, int64_t record_count,
                const InvokeResult& result);
  void Note(ReplayJob next, int64_t due_ms);
  void End(ReplayJob job, ReplayState state, const std::string& message);
  void Publish(const ReplayJob& job) EXCLUDES(mutex_);

  const StreamSource source_;
  Invoker* const invoker_;
  const Clock* const clock_;
  mutable Mutex mutex_;
  std::map<std::string, ReplayJob, std::less<>> jobs_ GUARDED_BY(mutex_);

  // The thread's own.
  std::map<std::string, Run, std::less<>> runs_;
  // Callbacks that come after Stop find this empty.
  std::shared_ptr<ReplayJobs*> self_;
  bool started_ = false;
  TaskThread thread_;  // last: it uses the others
};

}  // namespace millrace::streams
