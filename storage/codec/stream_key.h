// The part that keys about streams have in common: stream id and hash range. Private to
// storage/codec; FORMAT.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/bytes.h"

namespace millrace {

// Stream id (u32 BE), hash range (u16 BE).
inline constexpr size_t kStreamRangeSize = 4 + 2;

inline void AppendStreamRange(uint32_t stream_id, uint16_t hash_range, std::string* out) {
  AppendBigEndian32(out, stream_id);
  const char range[2] = {static_cast<char>(hash_range >> 8), static_cast<char>(hash_range)};
  out->append(range, sizeof(range));
}

// Takes apart the kStreamRangeSize bytes at `data`.
inline void LoadStreamRange(const char* data, uint32_t* stream_id, uint16_t* hash_range) {
  *stream_id = LoadBigEndian32(data);
  *hash_range =
      static_cast<uint16_t>((static_cast<uint8_t>(data[4]) << 8) | static_cast<uint8_t>(data[5]));
}

}  // namespace millrace
