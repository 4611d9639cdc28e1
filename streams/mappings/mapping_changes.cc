// Plans of changes to mappings. All of them complete on the committer thread and delete themselves.
#include "streams/mappings/mapping_changes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/row_change.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

void PutCheckpoint(const LaneName& lane, const LaneCheckpoint& checkpoint, WriteSet* writes) {
  std::string value;
  EncodeCheckpoint(checkpoint, &value);
  writes->Put(Space::kCheckpoints, CheckpointKey(lane), value);
}

void PutMapping(const Mapping& mapping, WriteSet* writes) {
  std::string value;
  EncodeMapping(mapping, &value);
  writes->Put(Space::kFunctions, MappingKey(mapping.uuid), value);
}

// The keys of all lanes, hash range by hash range.
std::vector<std::pair<Space, std::string>> LaneKeys(const Mapping& mapping, uint16_t lane_count) {
  std::vector<std::pair<Space, std::string>> keys;
  for (uint16_t range = 0; range < mapping.hash_range_count; ++range) {
    for (uint16_t lane = 0; lane < lane_count; ++lane) {
      keys.emplace_back(Space::kCheckpoints, CheckpointKey({mapping.uuid, range, lane}));
    }
  }
  return keys;
}

Result<std::vector<LaneCheckpoint>> DecodeAll(std::span<const PinnedValue> values) {
  std::vector<LaneCheckpoint> checkpoints;
  for (const PinnedValue& value : values) {
    if (!value.found()) {
      return Status(StatusCode::kNotFound, "a lane of the mapping is gone");
    }
    ASSIGN_OR_RETURN(LaneCheckpoint checkpoint, DecodeCheckpoint(value.bytes()));
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

// One lane of a new set, made of all lanes of the old set of its hash range.
LaneCheckpoint Reshaped(std::span<const LaneCheckpoint> old_lanes, uint16_t lane_count) {
  LaneCheckpoint merged;
  merged.lane_count = lane_count;
  merged.position = UINT64_MAX;
  SkipMark finished;
  for (const LaneCheckpoint& lane : old_lanes) {
    merged.position = std::min(merged.position, lane.position);
    merged.version = std::max(merged.version, lane.version + 1);
    finished.positions.push_back(lane.position);
    for (const SkipMark& mark : lane.skip_marks) {
      if (std::find(merged.skip_marks.begin(), merged.skip_marks.end(), mark) ==
          merged.skip_marks.end()) {
        merged.skip_marks.push_back(mark);
      }
    }
  }
  merged.skip_marks.push_back(std::move(finished));
  return merged;
}

}  // namespace

void CreateMapping(engine::Engine* engine, Mapping mapping, std::vector<uint64_t> positions,
                   MappingDone done) {
  auto created = std::make_shared<Mapping>(std::move(mapping));
  auto plan = [created, positions](std::span<const PinnedValue> current, WriteSet* writes) {
    if (current[0].found()) {
      return Status(StatusCode::kAlreadyExists, "there is such a mapping");
    }
    created->creation_ms = created->modified_ms = writes->now_ms();
    PutMapping(*created, writes);
    LaneCheckpoint checkpoint;
    checkpoint.version = 1;
    checkpoint.lane_count = static_cast<uint16_t>(created->settings.parallelization_factor);
    for (uint16_t range = 0; range < created->hash_range_count; ++range) {
      checkpoint.position = positions[range];
      for (uint16_t lane = 0; lane < checkpoint.lane_count; ++lane) {
        PutCheckpoint({created->uuid, range, lane}, checkpoint, writes);
      }
    }
    return Status::Ok();
  };
  RowChange::Submit(engine, {{Space::kFunctions, MappingKey(created->uuid)}}, std::move(plan),
                    [created, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Mapping>(*created) : Result<Mapping>(status));
                    });
}

void UpdateMapping(engine::Engine* engine, const std::string& uuid, MappingEdit edit,
                   MappingDone done) {
  auto changed = std::make_shared<Mapping>();
  auto plan = [changed, edit = std::move(edit)](std::span<const PinnedValue> current,
                                                WriteSet* writes) -> Status {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such mapping");
    }
    ASSIGN_OR_RETURN(*changed, DecodeMapping(current[0].bytes()));
    RETURN_IF_ERROR(edit(changed.get()));
    changed->modified_ms = writes->now_ms();
    PutMapping(*changed, writes);
    return Status::Ok();
  };
  RowChange::Submit(engine, {{Space::kFunctions, MappingKey(uuid)}}, std::move(plan),
                    [changed, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Mapping>(*changed) : Result<Mapping>(status));
                    });
}

void DeleteMapping(engine::Engine* engine, const Mapping& mapping, uint16_t lane_count,
                   MappingDone done) {
  auto plan = [mapping, lane_count](std::span<const PinnedValue> current, WriteSet* writes) {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such mapping");
    }
    writes->Delete(Space::kFunctions, MappingKey(mapping.uuid));
    for (const auto& [space, key] : LaneKeys(mapping, lane_count)) {
      writes->Delete(space, key);
    }
    return Status::Ok();
  };
  RowChange::Submit(engine, {{Space::kFunctions, MappingKey(mapping.uuid)}}, std::move(plan),
                    [mapping, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Mapping>(mapping) : Result<Mapping>(status));
                    });
}

void ReshapeLanes(engine::Engine* engine, const Mapping& mapping, uint16_t old_lane_count,
                  uint16_t lane_count, std::function<void(const Status&)> done) {
  auto plan = [mapping, old_lane_count, lane_count](std::span<const PinnedValue> current,
                                                    WriteSet* writes) -> Status {
    ASSIGN_OR_RETURN(const std::vector<LaneCheckpoint> old_lanes, DecodeAll(current));
    for (const auto& [space, key] : LaneKeys(mapping, old_lane_count)) {
      writes->Delete(space, key);
    }
    for (uint16_t range = 0; range < mapping.hash_range_count; ++range) {
      const LaneCheckpoint checkpoint = Reshaped(
          std::span(old_lanes).subspan(size_t{range} * old_lane_count, old_lane_count), lane_count);
      for (uint16_t lane = 0; lane < lane_count; ++lane) {
        PutCheckpoint({mapping.uuid, range, lane}, checkpoint, writes);
      }
    }
    return Status::Ok();
  };
  RowChange::Submit(engine, LaneKeys(mapping, old_lane_count), std::move(plan), std::move(done));
}

void MoveLanes(engine::Engine* engine, const Mapping& mapping, uint16_t lane_count,
               std::vector<uint64_t> positions, MappingDone done) {
  auto moved = std::make_shared<Mapping>();
  auto plan = [moved, lane_count, positions](std::span<const PinnedValue> current,
                                             WriteSet* writes) -> Status {
    if (!current.back().found()) {
      return Status(StatusCode::kNotFound, "there is no such mapping");
    }
    ASSIGN_OR_RETURN(*moved, DecodeMapping(current.back().bytes()));
    if (!moved->settings.paused) {
      return Status(StatusCode::kFailedPrecondition, "the mapping is not paused");
    }
    ASSIGN_OR_RETURN(const std::vector<LaneCheckpoint> old_lanes,
                     DecodeAll(current.first(current.size() - 1)));
    for (uint16_t range = 0; range < moved->hash_range_count; ++range) {
      for (uint16_t lane = 0; lane < lane_count; ++lane) {
        LaneCheckpoint checkpoint;
        // A lane that still has a batch under way cannot note anything any more.
        checkpoint.version = old_lanes[size_t{range} * lane_count + lane].version + 1;
        checkpoint.lane_count = lane_count;
        checkpoint.position = positions[range];
        PutCheckpoint({moved->uuid, range, lane}, checkpoint, writes);
      }
    }
    return Status::Ok();
  };
  std::vector<std::pair<Space, std::string>> keys = LaneKeys(mapping, lane_count);
  keys.emplace_back(Space::kFunctions, MappingKey(mapping.uuid));
  RowChange::Submit(engine, std::move(keys), std::move(plan),
                    [moved, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Mapping>(*moved) : Result<Mapping>(status));
                    });
}

}  // namespace millrace::streams
