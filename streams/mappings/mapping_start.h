// What it takes to start the lanes of a mapping: its filter, where it begins, where its lanes are.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "streams/change_filter.h"
#include "streams/mappings/mapping.h"

namespace millrace::streams {

Result<ChangeFilter> CompileFilter(const Mapping& mapping);

// The position for each hash range of a mapping that does not begin behind its own commit; nothing
// for one that does. 0 is in front of the oldest record, whichever that is when it is read.
Status FindStartingPositions(const tables::ChangeLog& log, const Mapping& mapping,
                             std::vector<uint64_t>* positions);

// All checkpoints of a mapping, by hash range and lane.
Status ReadCheckpoints(const engine::Engine& engine, const std::string& uuid,
                       std::vector<std::pair<LaneName, LaneCheckpoint>>* checkpoints);

}  // namespace millrace::streams
