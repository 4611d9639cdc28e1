// Reading what lanes start from.
#include "streams/mappings/mapping_start.h"

#include <memory>
#include <optional>

#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {

Result<ChangeFilter> CompileFilter(const Mapping& mapping) {
  PatternOptions options;
  options.numeric_attributes = mapping.settings.numeric_attributes;
  return ChangeFilter::Compile(mapping.settings.filters, options);
}

Status FindStartingPositions(const tables::ChangeLog& log, const Mapping& mapping,
                             std::vector<uint64_t>* positions) {
  if (mapping.starting_position == StartingPosition::kLatest) {
    return Status::Ok();
  }
  for (uint16_t range = 0; range < mapping.hash_range_count; ++range) {
    uint64_t position = 0;
    if (mapping.starting_position == StartingPosition::kAtTimestamp) {
      const uint64_t end = log.last_sequence();
      ASSIGN_OR_RETURN(
          const std::optional<uint64_t> found,
          log.FindTime({mapping.stream_id, range, 0, end}, mapping.starting_timestamp_ms));
      position = found.has_value() ? *found - 1 : end;
    }
    positions->push_back(position);
  }
  return Status::Ok();
}

Status ReadCheckpoints(const engine::Engine& engine, const std::string& uuid,
                       std::vector<std::pair<LaneName, LaneCheckpoint>>* checkpoints) {
  const std::string from = CheckpointKeysBegin(uuid);
  const std::string to = CheckpointKeysEnd(uuid);
  engine::ScanRange range;
  range.space = engine::Space::kCheckpoints;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> rows = engine.Scan(range);
  for (; rows->Valid(); rows->Next()) {
    LaneName name;
    if (!ParseCheckpointKey(rows->key(), &name)) {
      return Status(StatusCode::kCorruption, "the key of a checkpoint is damaged");
    }
    ASSIGN_OR_RETURN(LaneCheckpoint checkpoint, DecodeCheckpoint(rows->value()));
    checkpoints->emplace_back(std::move(name), std::move(checkpoint));
  }
  return rows->status();
}

}  // namespace millrace::streams
