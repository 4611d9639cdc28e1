// Who runs one mapping: the lanes of a table's stream, or whatever other sources need. Everything
// happens on the thread of the mapping engine, in small steps.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_progress.h"

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
  int64_t blocked_since_ms = 0;  // 0: it is not
  int64_t next_try_ms = 0;
};

// A mapping as others see it.
struct MappingView {
  Mapping mapping;
  MappingFigures progress;
  std::vector<LaneView> lanes;  // of one that runs
};

class MappingRunner {
 public:
  virtual ~MappingRunner() = default;
  // Takes the mapping on as it is now. What is under way ends first. `change` goes to
  // MappingProgress::changes_applied when the change has effect.
  virtual void Apply(std::shared_ptr<const Mapping> mapping, int64_t change) = 0;
  // Takes on nothing more; what is under way ends.
  virtual void Stop() = 0;
  // Does nothing any more, and hears of nothing that was under way. The object stays until the
  // tasks that have been posted to the thread have run.
  virtual void Abandon() = 0;
  // After Stop: nothing is under way any more.
  virtual bool stopped() const = 0;
  // Does what is due; called after every step of the thread. Returns when it wants to be called
  // again, in wall time; INT64_MAX: not before something happens.
  virtual int64_t Tick(int64_t now_ms) = 0;
  virtual void Describe(MappingView* view) const = 0;
};

}  // namespace millrace::streams
