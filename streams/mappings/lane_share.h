// Which records of a hash range are a lane's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/codec/change_codec.h"
#include "storage/codec/key_codec.h"
#include "streams/mappings/mapping.h"

namespace millrace::streams {

// What decides over the lane of a record: all changes of one partition key are of one lane.
// `key_name` is the partition key's; `seed` the engine's.
inline uint64_t LaneHash(uint64_t seed, std::string_view key_name, const ChangeRecord& record) {
  return PartitionHash(seed, record.key_source().Find(key_name)).low;
}

// Whether lanes of an earlier set of lanes had finished the record.
inline bool IsMarked(std::span<const SkipMark> marks, uint64_t hash, uint64_t sequence) {
  return std::any_of(marks.begin(), marks.end(), [&](const SkipMark& mark) {
    return mark.positions[hash % mark.positions.size()] >= sequence;
  });
}

}  // namespace millrace::streams
