// The commits that make, change, reshape and remove mappings.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "streams/mappings/mapping.h"

namespace millrace::streams {

// Changes a copy of the stored mapping, or refuses. In commit order; must be pure.
using MappingEdit = std::function<Status(Mapping*)>;
using MappingDone = std::function<void(const Result<Mapping>&)>;

// Stores a new mapping with the checkpoints of its lanes. The lanes of hash range i begin behind
// `positions[i]`. `done` runs on the committer thread.
void CreateMapping(engine::Engine* engine, Mapping mapping, std::vector<uint64_t> positions,
                   MappingDone done);
// kNotFound if there is no such mapping.
void UpdateMapping(engine::Engine* engine, const std::string& uuid, MappingEdit edit,
                   MappingDone done);
// Removes it with its checkpoints; lanes that are still at work cannot note anything any more.
void DeleteMapping(engine::Engine* engine, const Mapping& mapping, uint16_t lane_count,
                   MappingDone done);
// Makes checkpoints for `lane_count` lanes out of those of `old_lane_count`. The new ones begin
// where the furthest behind of the old ones was, and do not deliver again what the others had
// finished. No lane may be at work.
void ReshapeLanes(engine::Engine* engine, const Mapping& mapping, uint16_t old_lane_count,
                  uint16_t lane_count, std::function<void(const Status&)> done);
// Puts all lanes of a mapping that is paused behind `positions[hash range]`, whatever they were at.
// kFailedPrecondition if it is not paused; kNotFound if it is gone, or its lanes have another
// number.
void MoveLanes(engine::Engine* engine, const Mapping& mapping, uint16_t lane_count,
               std::vector<uint64_t> positions, MappingDone done);

}  // namespace millrace::streams
