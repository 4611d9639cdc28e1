// How far the lanes of a mapping are behind their stream, from what is stored.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/base/status.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/stream_reading.h"

namespace millrace::streams {

struct LaneLag {
  LaneName name;
  LaneCheckpoint checkpoint;
  int64_t records = 0;    // of the lane behind its position, whatever the filter says
  bool is_exact = true;   // false: there are more; counting has stopped
  int64_t oldest_ms = 0;  // commit time of the first of them; 0: there are none
};

// All lanes, in order of hash range and lane; of a stream that is gone without counts. Looks at
// `records_max` records of each hash range. Reads the log. Thread-safe.
Result<std::vector<LaneLag>> MeasureLag(const StreamSource& source, const Mapping& mapping,
                                        size_t records_max);

}  // namespace millrace::streams
