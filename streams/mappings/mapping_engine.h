// Event source mappings of table streams at work: which there are, and their lanes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"
#include "streams/invoke/invoker.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_changes.h"

namespace millrace::streams {

// Where a lane is.
struct LaneView {
  uint16_t hash_range = 0;
  uint16_t lane = 0;
  uint64_t position = 0;    // everything up to here is finished
  uint64_t scanned_to = 0;  // everything up to here has been looked at
  bool idle = false;        // everything it has looked at is delivered
  bool blocked = false;     // its first batch has failed and will be tried again
  int64_t attempts = 0;
};

// A mapping as others see it.
struct MappingView {
  Mapping mapping;
  MappingProgress progress;
  std::vector<LaneView> lanes;  // of one that is enabled
};

struct MappingEngineParts {
  engine::Engine* engine = nullptr;
  const tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* log = nullptr;
  Invoker* invoker = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  std::string region = "us-east-1";
  std::string account = "000000000000";
  RetryOptions retry;
  // Called, if set, after a commit that wrote messages for a destination; must be brief.
  std::function<void(const std::string& target_arn)> outgoing_written;
};

// Thread-safe, apart from Load, Start and Stop. Callbacks run once, on an internal thread, where
// they must be brief.
class MappingEngine {
 public:
  // Everything must outlive it; the engine must be stopped before it is destroyed.
  explicit MappingEngine(const MappingEngineParts& parts);
  ~MappingEngine();

  // Reads the mappings. Once, before anything else.
  Status Load();
  // Lanes begin where they were.
  void Start();
  // Waits for the batches that are under way.
  void Stop();
  // The clock has jumped: looks at once at what is due.
  void Wake();

  // Creates a mapping, whose uuid must be set. kNotFound if the stream is not there,
  // kInvalidArgument for a filter that is none.
  void Create(Mapping mapping, MappingDone done);
  // Changes its settings. They take effect when the batches under way have ended.
  void Update(const std::string& uuid, MappingEdit edit, MappingDone done);
  void Delete(const std::string& uuid, MappingDone done);

  std::optional<Mapping> Find(std::string_view uuid) const;
  // In order of their uuids.
  std::vector<Mapping> List() const;
  // What it is doing; asks the thread of the lanes and waits for it. Not for I/O threads.
  std::optional<MappingView> View(const std::string& uuid) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
