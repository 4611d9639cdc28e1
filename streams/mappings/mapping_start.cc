// Reading what lanes start from.
#include "streams/mappings/mapping_start.h"

#include <memory>

#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/queue_filter.h"

namespace millrace::streams {

Result<ChangeFilter> CompileFilter(const Mapping& mapping) {
  PatternOptions options;
  options.numeric_attributes = mapping.settings.numeric_attributes;
  return ChangeFilter::Compile(mapping.settings.filters, options);
}

Status CheckFilter(const Mapping& mapping) {
  return mapping.is_of_queue() ? QueueFilter::Compile(mapping.settings).status()
                               : CompileFilter(mapping).status();
}

StreamPlace StartingPlace(const Mapping& mapping) {
  using Kind = StreamPlace::Kind;
  StreamPlace place;
  place.kind = mapping.starting_position == StartingPosition::kLatest        ? Kind::kLatest
               : mapping.starting_position == StartingPosition::kAtTimestamp ? Kind::kTime
                                                                             : Kind::kTrimHorizon;
  place.time_ms = mapping.starting_timestamp_ms;
  return place;
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
