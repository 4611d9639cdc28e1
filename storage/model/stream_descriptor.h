// What the catalog knows of a stream, as plain values: the change log of one table from the moment
// the stream was enabled until it was disabled. A stream outlives its table until its records have
// been trimmed.
//
// The records of a stream lie in one or more hash ranges, each a sequence of its own, and every
// item belongs to one of them by the hash of its partition key. A shard is a piece of one hash
// range, from one commit sequence to another; rolling a shard over ends it and begins its child
// without touching a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/table_descriptor.h"

namespace millrace {

struct StreamDescriptor {
  uint32_t stream_id = 0;
  uint32_t table_id = 0;
  std::string table_name;
  std::string label;
  StreamViewType view_type = StreamViewType::kNewAndOldImages;
  KeySchema key_schema;  // the table's
  uint16_t hash_range_count = 1;
  int64_t creation_ms = 0;
  uint64_t start_sequence = 0;  // the commit that enabled it; its records have greater sequences

  // Set by the commit that disabled it, or deleted the table: its records have smaller sequences,
  // and the shards that were open are closed. 0: the stream is open.
  uint64_t end_sequence = 0;
  int64_t end_ms = 0;
  // What the table said about retention when it was deleted: milliseconds, or kRetentionForever.
  // Not set: the table, or else the server, says.
  std::optional<int64_t> retention_ms;

  bool open() const { return end_sequence == 0; }
  friend bool operator==(const StreamDescriptor&, const StreamDescriptor&) = default;
};

// A retention that never ends.
inline constexpr int64_t kRetentionForever = -1;

// Identified by stream, hash range and start sequence.
struct ShardDescriptor {
  uint16_t hash_range = 0;
  uint64_t start_sequence = 0;  // records have this or a greater sequence
  int64_t creation_ms = 0;
  uint64_t end_sequence = 0;  // records have this or a smaller sequence; 0: not rolled over
  int64_t end_ms = 0;         // when it was rolled over; 0: not
  uint64_t parent_start_sequence = 0;  // identifies the shard it continues; 0: none
  friend bool operator==(const ShardDescriptor&, const ShardDescriptor&) = default;
};

}  // namespace millrace
