// Places in a stream as people name them: its ends, a time, a sequence number.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/base/status.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::streams {

struct StreamPlace {
  enum class Kind : uint8_t { kTrimHorizon, kLatest, kTime, kSequence };
  Kind kind = Kind::kTrimHorizon;
  int64_t time_ms = 0;    // kTime: the first record with such a commit time, or a later one
  uint64_t sequence = 0;  // kSequence: the first record with this or a greater one
};

// For each hash range of the stream the sequence behind which the place is: what is up to there
// comes before it. Reads the log for a time. Thread-safe.
Result<std::vector<uint64_t>> PositionsBefore(const tables::ChangeLog& log,
                                              const tables::Stream& stream,
                                              const StreamPlace& place);

}  // namespace millrace::streams
