// Counting what lanes have still to do.
#include "streams/mappings/lane_lag.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "streams/mappings/lane_share.h"
#include "streams/mappings/mapping_start.h"

namespace millrace::streams {
namespace {

// Counts the records of one hash range; `lanes` are all of that.
class LagVisitor final : public tables::ChangeVisitor {
 public:
  LagVisitor(uint64_t hash_seed, const std::string& key_name, size_t records_max,
             std::span<LaneLag> lanes)
      : hash_seed_(hash_seed), key_name_(key_name), left_(records_max), lanes_(lanes) {}

  bool Visit(const tables::LoggedChange& change) override {
    if (left_ == 0) {
      for (LaneLag& lane : lanes_) {
        lane.is_exact = false;
      }
      return false;
    }
    --left_;
    const uint64_t hash = LaneHash(hash_seed_, key_name_, change.record);
    LaneLag& lane = lanes_[hash % lanes_.size()];
    if (change.sequence > lane.checkpoint.position &&
        !IsMarked(lane.checkpoint.skip_marks, hash, change.sequence)) {
      ++lane.records;
      lane.oldest_ms = lane.oldest_ms == 0 ? change.record.time_ms : lane.oldest_ms;
    }
    return true;
  }

 private:
  const uint64_t hash_seed_;
  const std::string& key_name_;
  size_t left_;
  const std::span<LaneLag> lanes_;
};

}  // namespace

Result<std::vector<LaneLag>> MeasureLag(const StreamSource& source, const Mapping& mapping,
                                        size_t records_max) {
  std::vector<std::pair<LaneName, LaneCheckpoint>> stored;
  RETURN_IF_ERROR(ReadCheckpoints(*source.engine, mapping.uuid, &stored));
  std::vector<LaneLag> lanes;
  for (auto& [name, checkpoint] : stored) {
    LaneLag& lane = lanes.emplace_back();
    lane.name = std::move(name);
    lane.checkpoint = std::move(checkpoint);
  }
  const tables::StreamPointer stream = source.streams->FindById(mapping.stream_id);
  if (stream == nullptr) {
    return lanes;
  }
  const std::string& key_name = stream->descriptor.key_schema.partition_key().name;
  for (size_t begin = 0; begin < lanes.size();) {
    size_t end = begin;
    uint64_t lowest = UINT64_MAX;
    for (; end < lanes.size() && lanes[end].name.hash_range == lanes[begin].name.hash_range;
         ++end) {
      lowest = std::min(lowest, lanes[end].checkpoint.position);
    }
    LagVisitor visitor(source.engine->hash_seed(), key_name, records_max,
                       std::span(lanes).subspan(begin, end - begin));
    RETURN_IF_ERROR(source.log->Read(
        {mapping.stream_id, lanes[begin].name.hash_range, lowest + 1, 0}, &visitor));
    begin = end;
  }
  return lanes;
}

}  // namespace millrace::streams
