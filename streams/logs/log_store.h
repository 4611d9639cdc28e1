// Durable logs with the semantics of CloudWatch Logs, without the protocol: groups, streams, and
// events in the order of time. Handlers' lines come in through LogSink, clients' events through
// Put; what is acknowledged is committed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "storage/model/log_group.h"
#include "streams/invoke/log_capture.h"

namespace millrace::streams {

struct LogStoreOptions {
  int64_t retention_days = 7;           // of groups that say nothing of their own; 0: for ever
  size_t buffered_bytes_max = 8 << 20;  // of handlers' lines; more are dropped and counted
  int64_t gathering_ms = 20;            // how long a line may wait for others
};

// An event to be written.
struct LogInput {
  int64_t time_ms = 0;
  std::string message;
};

// Which of the events of a put, which ascend in time, were not taken.
struct LogPutOutcome {
  size_t too_old_to = 0;           // those before this one are older than is ever taken
  size_t expired_to = 0;           // or than the group keeps
  size_t too_new_from = SIZE_MAX;  // this one and those behind it lie too far in the future
};

// What to read of a group. A position is a place in front of the event that has it.
struct LogQuery {
  uint64_t group_id = 0;
  // Ids and names of the streams whose events are wanted.
  std::unordered_map<uint64_t, std::string> streams;
  LogPosition from;                       // inclusive
  LogPosition to = {INT64_MAX, 0, 0, 0};  // exclusive
  bool backward = false;                  // the last events before `to` instead of the first
  size_t count_max = 10000;
  size_t size_max = 1 << 20;      // bytes of messages, roughly; one event always fits
  size_t looked_at_max = 100000;  // events passed over count too
  std::function<bool(std::string_view message)> accepts;  // nullptr: everything
};

struct LogPage {
  std::vector<LogEvent> events;  // ascending, whichever way they were read
  // Everything between these has been looked at.
  LogPosition from;
  LogPosition to;
  bool more = false;  // the range was not read to its end
};

// The position of the next possible event.
LogPosition LogPositionBehind(LogPosition position);

// Events older than this are never taken, nor those further in the future.
inline constexpr int64_t kLogEventAgeMsMax = int64_t{14} * 24 * 3600 * 1000;
inline constexpr int64_t kLogEventFutureMsMax = int64_t{2} * 3600 * 1000;

// Thread-safe, apart from Start and Stop. Callbacks run once, on the queue that was given, or on an
// internal thread, where they must be brief, if that is nullptr. Reads are for worker threads.
class LogStore final : public LogSink {
 public:
  using Done = std::function<void(const Status&)>;
  using PutDone = std::function<void(const Result<LogPutOutcome>&)>;
  // Changes a copy of the stored group, or refuses. In commit order; must be pure.
  using GroupEdit = std::function<Status(LogGroup*)>;

  // The pointers must outlive the store; the engine must be stopped before it is destroyed.
  LogStore(engine::Engine* engine, const Clock* clock, const LogStoreOptions& options);
  ~LogStore() override;

  void Start();
  // Writes the lines that have come, then ends the thread.
  void Stop();

  // LogSink. What cannot be taken is told in a line of the stream once there is room.
  void Append(const std::string& group, const std::string& stream,
              std::vector<LogLine> lines) override;

  // kAlreadyExists if there is one of the name.
  void CreateGroup(LogGroup group, TaskQueue* home, Done done);
  // kNotFound if there is none.
  void UpdateGroup(std::string_view name, GroupEdit edit, TaskQueue* home, Done done);
  void DeleteGroup(std::string_view name, TaskQueue* home, Done done);
  // kNotFound if the group is not there; kAlreadyExists.
  void CreateStream(std::string_view group, std::string_view stream, TaskQueue* home, Done done);
  // kNotFound if the group is not there, kFailedPrecondition if the stream is not.
  void DeleteStream(std::string_view group, std::string_view stream, TaskQueue* home, Done done);
  // Writes events, which must ascend in time and be at most kPutCountMax, in one commit. Refusals
  // as of DeleteStream.
  static constexpr size_t kPutCountMax = 10000;
  void Put(std::string_view group, std::string_view stream, std::vector<LogInput> events,
           TaskQueue* home, PutDone done);

  // kNotFound if it is not there.
  Result<LogGroup> FindGroup(std::string_view name) const;
  Result<LogStream> FindStream(uint64_t group_id, std::string_view name) const;
  // Groups whose names begin with `prefix`, in order, behind `after`, of which `accepts` (nullptr:
  // all); at most `count`, one more if there are more.
  Result<std::vector<LogGroup>> ListGroups(
      std::string_view prefix, std::string_view after, size_t count,
      const std::function<bool(const LogGroup&)>& accepts) const;
  // In order of their names; behind `after`, at most `count`.
  Result<std::vector<LogStream>> ListStreams(uint64_t group_id, std::string_view prefix,
                                             std::string_view after, size_t count) const;
  Result<LogPage> Read(const LogQuery& query) const;
  // About how many bytes the events of a group take up.
  Result<uint64_t> SizeOf(uint64_t group_id) const;

  // Removes events whose retention is over, streams that are empty because of that, and what
  // deleted groups and streams have left. Call now and then, from one thread; stops early once
  // `stop` is true.
  Status RunMaintenance(const std::atomic<bool>& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
