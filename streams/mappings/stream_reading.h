// Reading pieces of a stream outside of the lanes: for redriving, replaying and trying filters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"
#include "streams/change_filter.h"
#include "streams/mappings/record_batch.h"

namespace millrace::streams {

// What all of it needs; everything outlives it.
struct StreamSource {
  engine::Engine* engine = nullptr;
  const tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* log = nullptr;
  std::string region;
};

// Which records are wanted, and how many.
struct StreamPiece {
  uint64_t from = 0;                   // first sequence
  uint64_t to = 0;                     // last sequence
  std::optional<uint16_t> hash_range;  // not set: all of them
  uint16_t lane = 0;                   // of lane_count: only the records of this lane
  uint16_t lane_count = 1;
  size_t visits_max = SIZE_MAX;   // records looked at
  size_t matches_max = SIZE_MAX;  // records taken; beside that, as many as an event can have
};

// What was found.
struct StreamPieceRead {
  RecordBatch batch;    // the records that match
  int64_t visited = 0;  // records of the piece
  int64_t matched = 0;
  bool is_complete = false;  // the end of the piece was reached
  uint64_t read_to = 0;      // everything of the piece up to here was looked at
};

// Reads the records of a piece in their order. `stream_arn` is the one that the records are to
// name. Thread-safe; may take long.
Result<StreamPieceRead> ReadStreamPiece(const StreamSource& source, const tables::Stream& stream,
                                        const std::string& stream_arn, const ChangeFilter& filter,
                                        const StreamPiece& piece);

// The event of all records of a batch.
std::string EventOfBatch(const RecordBatch& batch);

// The sequence of the first of the last `count` records of the stream; the one behind the newest if
// there are none. Looks at no more than that of each hash range.
Result<uint64_t> FirstOfLast(const StreamSource& source, const tables::Stream& stream,
                             size_t count);

}  // namespace millrace::streams
