// Finding places.
#include "streams/mappings/stream_place.h"

#include <algorithm>
#include <optional>

namespace millrace::streams {

Result<std::vector<uint64_t>> PositionsBefore(const tables::ChangeLog& log,
                                              const tables::Stream& stream,
                                              const StreamPlace& place) {
  const uint64_t last = log.last_sequence();
  std::vector<uint64_t> positions;
  for (uint16_t range = 0; range < stream.descriptor.hash_range_count; ++range) {
    // The oldest record that is left, so that it can be told later if that has been trimmed.
    const uint64_t front = std::max<uint64_t>(stream.horizons[range], 1) - 1;
    uint64_t position = front;
    switch (place.kind) {
      case StreamPlace::Kind::kTrimHorizon:
        break;
      case StreamPlace::Kind::kLatest:
        position = last;
        break;
      case StreamPlace::Kind::kSequence:
        position = std::clamp<uint64_t>(std::max<uint64_t>(place.sequence, 1) - 1, front,
                                        std::max(front, last));
        break;
      case StreamPlace::Kind::kTime: {
        ASSIGN_OR_RETURN(
            const std::optional<uint64_t> found,
            log.FindTime({stream.descriptor.stream_id, range, 0, last}, place.time_ms));
        position = found.has_value() ? *found - 1 : last;
        break;
      }
    }
    positions.push_back(position);
  }
  return positions;
}

}  // namespace millrace::streams
