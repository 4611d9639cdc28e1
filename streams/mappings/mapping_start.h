// What it takes to start the lanes of a mapping: its filter, and where its lanes are.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "streams/change_filter.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/stream_place.h"

namespace millrace::streams {

Result<ChangeFilter> CompileFilter(const Mapping& mapping);
// kInvalidArgument if the patterns are none, whatever the source is.
Status CheckFilter(const Mapping& mapping);

// Where a new mapping begins, as its starting position says.
StreamPlace StartingPlace(const Mapping& mapping);

// All checkpoints of a mapping, by hash range and lane.
Status ReadCheckpoints(const engine::Engine& engine, const std::string& uuid,
                       std::vector<std::pair<LaneName, LaneCheckpoint>>* checkpoints);

}  // namespace millrace::streams
