// Event source mappings at work: which there are, and who runs them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "storage/tables/commit_rider.h"
#include "storage/tables/stream_catalog.h"
#include "streams/invoke/invoker.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_changes.h"
#include "streams/mappings/mapping_runner.h"
#include "streams/mappings/stream_place.h"

namespace millrace::streams {

struct MappingEngineParts {
  engine::Engine* engine = nullptr;
  const tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* log = nullptr;
  Invoker* invoker = nullptr;
  QueueStore* queues = nullptr;  // nullptr: queues cannot be sources
  const Clock* clock = nullptr;
  Random* random = nullptr;  // thread-safe, or used by nobody else
  std::string region = "us-east-1";
  std::string account = "000000000000";
  RetryOptions retry;
  int64_t read_ahead_bytes_max = 16 << 20;  // of each mapping
  // How long Stop waits, in real time, for batches that are under way. Those that are not over by
  // then are delivered again after the next start.
  int64_t drain_ms = 5000;
  // Called, if set, after a commit that wrote messages for a destination; must be brief.
  std::function<void(const std::string& target_arn)> outgoing_written;
  // Whether chains of functions and queues that lead through the function may be of any length;
  // nullptr: of none. Thread-safe.
  std::function<bool(const std::string& function_name)> recursion_allowed;
};

// Thread-safe, apart from Load, Start, EndBatches and Stop. Callbacks run once, on an internal
// thread, where they must be brief.
class MappingEngine {
 public:
  // Everything must outlive it; the engine must be stopped before it is destroyed, and so must the
  // invoker and the queues.
  explicit MappingEngine(const MappingEngineParts& parts);
  ~MappingEngine();

  // Reads the mappings. Once, before anything else.
  Status Load();
  // Lanes begin where they were.
  void Start();
  // Begins no further batches and waits for those that are under way, at most
  // MappingEngineParts::drain_ms. Everything else still works. Idempotent.
  void EndBatches();
  // The same, and ends the thread. No calls may be under way or come later.
  void Stop();
  // The clock has jumped: looks at once at what is due.
  void Wake();

  // Creates a mapping, whose uuid must be set. kNotFound if the stream or the queue is not there,
  // kInvalidArgument for a filter that is none. Not for I/O threads if it begins at a time.
  void Create(Mapping mapping, MappingDone done);
  // The same at another place than its starting position says.
  void CreateAt(Mapping mapping, const StreamPlace& place, MappingDone done);
  // Changes its settings. They take effect when the batches under way have ended.
  void Update(const std::string& uuid, MappingEdit edit, MappingDone done);
  void Delete(const std::string& uuid, MappingDone done);
  // Puts all lanes of a mapping that is paused to a place, whatever they were at: what they had
  // begun is forgotten. kFailedPrecondition if it is not paused. Not for I/O threads.
  void Seek(const std::string& uuid, const StreamPlace& place, MappingDone done);

  std::optional<Mapping> Find(std::string_view uuid) const;
  // In order of their uuids.
  std::vector<Mapping> List() const;
  // What is counted of it.
  std::optional<MappingFigures> Figures(std::string_view uuid) const;
  // The same of all mappings, in order of their uuids.
  std::vector<std::pair<Mapping, MappingFigures>> Snapshot() const;
  // What it is doing; asks the thread of the lanes and waits for it. Not for I/O threads.
  std::optional<MappingView> View(const std::string& uuid) const;

  // The tokens by which transactions note that a batch is finished. As long as the engine.
  const tables::CommitRiders* riders() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
