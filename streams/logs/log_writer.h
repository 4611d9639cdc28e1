// The way of handlers' lines into the store: a bounded buffer, and a thread that writes what has
// gathered in one commit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/engine/engine.h"
#include "streams/logs/log_changes.h"
#include "streams/logs/log_store.h"

namespace millrace::streams {

// Append is thread-safe; Start and Stop belong to one thread.
class LogWriter {
 public:
  LogWriter(engine::Engine* engine, const Clock* clock, const LogStoreOptions& options)
      : engine_(engine), clock_(clock), options_(options) {}
  ~LogWriter() { Stop(); }

  void Start();
  // Writes what is there. Lines that come later are dropped.
  void Stop() EXCLUDES(mutex_);
  void Append(const std::string& group, const std::string& stream, std::vector<LogLine> lines)
      EXCLUDES(mutex_);

 private:
  struct Pending {
    std::vector<LogLine> lines;
    int64_t dropped = 0;
  };
  using Streams = std::map<std::pair<std::string, std::string>, Pending>;

  void Loop() EXCLUDES(mutex_);
  void Write(Streams streams);
  std::vector<LogInput> InputsOf(Pending* pending) const;
  void WriteBatches(std::vector<LogBatch>* batches);
  Status TryBatches(std::vector<LogBatch>* batches);
  Status FindGroupId(const std::string& name, uint64_t* group_id);

  engine::Engine* const engine_;
  const Clock* const clock_;
  const LogStoreOptions options_;
  std::thread thread_;
  Mutex mutex_;
  ConditionVariable wake_;
  Streams streams_ GUARDED_BY(mutex_);
  size_t size_ GUARDED_BY(mutex_) = 0;  // of the lines that are not yet written
  bool stopping_ GUARDED_BY(mutex_) = true;
};

}  // namespace millrace::streams
