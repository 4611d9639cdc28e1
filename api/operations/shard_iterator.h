// Shard iterators: a place in a shard, as the opaque text that clients carry from call to call. The
// text begins with the ARN of the stream; the rest is for us alone and has a checksum, so that a
// damaged one is told apart from any other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::api {

struct ShardIterator {
  uint32_t stream_id = 0;
  uint16_t hash_range = 0;
  uint64_t shard_start = 0;  // identifies the shard in its hash range
  uint64_t position = 0;     // the first sequence wanted
  bool from_horizon =
      false;              // the oldest record there is when it is read; position does not matter
  int64_t issued_ms = 0;  // since 1970
};

// How long an iterator can be used.
inline constexpr int64_t kShardIteratorAgeMaxMs = 15 * 60 * 1000;
inline constexpr size_t kShardIteratorSizeMax = 2048;

// The text of an iterator: `<stream arn>|1|<base64>`. Thread-safe.
std::string FormatShardIterator(const ShardIterator& iterator, std::string_view stream_arn);

// Reads it back; `stream_arn` lies in `text`. False for any text that FormatShardIterator does not
// write. Thread-safe.
bool ParseShardIterator(std::string_view text, ShardIterator* iterator,
                        std::string_view* stream_arn);

}  // namespace millrace::api
