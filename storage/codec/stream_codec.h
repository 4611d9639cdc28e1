// The stored form of streams and their shards (column family `catalog`), and of how far a stream
// has been trimmed (`meta`). FORMAT.md is normative. Decoders answer kCorruption for anything that
// the encoders would not write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/stream_descriptor.h"

namespace millrace {

// Keys of stream rows sort by stream id; those of shard rows by stream id, hash range and start
// sequence.
std::string StreamRowKey(uint32_t stream_id);
std::string StreamRowsBegin();
std::string StreamRowsEnd();
std::string ShardRowKey(uint32_t stream_id, uint16_t hash_range, uint64_t start_sequence);
std::string ShardRowsBegin(uint32_t stream_id);
std::string ShardRowsEnd(uint32_t stream_id);

// Tagged records like the table descriptor. Encoders append.
void EncodeStreamDescriptor(const StreamDescriptor& stream, std::string* out);
Result<StreamDescriptor> DecodeStreamDescriptor(std::string_view bytes);
void EncodeShardDescriptor(const ShardDescriptor& shard, std::string* out);
Result<ShardDescriptor> DecodeShardDescriptor(std::string_view bytes);

// The horizon of a hash range, in `meta` (MetaKind::kStreamHorizon): records with a smaller
// sequence have been given up and may be gone.
std::string StreamHorizonKey(uint32_t stream_id, uint16_t hash_range);
void EncodeStreamHorizon(uint64_t sequence, std::string* out);
Result<uint64_t> DecodeStreamHorizon(std::string_view bytes);

}  // namespace millrace
