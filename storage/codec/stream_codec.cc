// Rows of streams and shards, and the horizons of hash ranges.
#include "storage/codec/stream_codec.h"

#include <array>
#include <limits>

#include "storage/base/bytes.h"
#include "storage/codec/descriptor_parts.h"
#include "storage/codec/meta_codec.h"
#include "storage/codec/stream_key.h"

namespace millrace {
namespace {

constexpr char kRecordVersion = 1;

// First byte of a key in `catalog`; meta_codec has that of the table rows. Never change or reuse
// one.
constexpr char kStreamRow = 2;
constexpr char kShardRow = 3;

// Tags reach disk: never change or reuse one. A reader must know all of them.
enum StreamTag : uint32_t {
  kStreamId = 1 << 1,
  kTableId = 2 << 1,
  kTableName = 3 << 1,
  kLabel = 4 << 1,
  kViewType = 5 << 1,
  kKeySchema = 6 << 1,
  kHashRangeCount = 7 << 1,
  kStreamCreation = 8 << 1,
  kStreamStart = 9 << 1,
  kStreamEnd = 10 << 1,
  kStreamEndTime = 11 << 1,
  kRetention = 12 << 1,
};
constexpr std::array<uint32_t, 9> kStreamRequiredTags = {
    kStreamId,  kTableId,        kTableName,      kLabel,      kViewType,
    kKeySchema, kHashRangeCount, kStreamCreation, kStreamStart};

enum ShardTag : uint32_t {
  kHashRange = 1 << 1,
  kShardStart = 2 << 1,
  kShardCreation = 3 << 1,
  kShardEnd = 4 << 1,
  kShardEndTime = 5 << 1,
  kParentStart = 6 << 1,
};
constexpr std::array<uint32_t, 3> kShardRequiredTags = {kHashRange, kShardStart, kShardCreation};

Status Malformed(std::string_view what) {
  std::string message = "the stored ";
  message += what;
  message += " is damaged or was written by a newer version";
  return Status(StatusCode::kCorruption, message);
}

// Fields that are left out when they are 0: a stored 0 is damage.
bool DecodeNonZero(std::string_view bytes, uint64_t* value) {
  return DecodeUnsignedInt64(bytes, value) && *value != 0;
}
bool DecodeNonZero(std::string_view bytes, int64_t* value) {
  return DecodeInt64(bytes, value) && *value != 0;
}

void AppendUnsignedField(std::string* out, uint32_t tag, uint64_t value) {
  AppendInt64Field(out, tag, static_cast<int64_t>(value));
}
void AppendIfNonZero(std::string* out, uint32_t tag, uint64_t value) {
  if (value != 0) {
    AppendUnsignedField(out, tag, value);
  }
}

bool DecodeText(std::string_view bytes, std::string* value) {
  *value = bytes;
  return true;
}

bool DecodeStreamField(uint32_t tag, std::string_view bytes, StreamDescriptor* stream) {
  switch (tag) {
    case kStreamId:
      return DecodeInt32(bytes, &stream->stream_id) && stream->stream_id != 0;
    case kTableId:
      return DecodeInt32(bytes, &stream->table_id);
    case kTableName:
      return DecodeText(bytes, &stream->table_name);
    case kLabel:
      return DecodeText(bytes, &stream->label);
    case kViewType:
      return DecodeEnum(bytes, StreamViewType::kNewAndOldImages, &stream->view_type);
    case kKeySchema:
      return DecodeTableKeySchema(bytes, &stream->key_schema);
    case kHashRangeCount:
      return DecodeInt16(bytes, &stream->hash_range_count) && stream->hash_range_count != 0;
    case kStreamCreation:
      return DecodeInt64(bytes, &stream->creation_ms);
    case kStreamStart:
      return DecodeUnsignedInt64(bytes, &stream->start_sequence);
    case kStreamEnd:
      return DecodeNonZero(bytes, &stream->end_sequence);
    case kStreamEndTime:
      return DecodeNonZero(bytes, &stream->end_ms);
    case kRetention:
      return DecodeInt64(bytes, &stream->retention_ms.emplace());
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

bool DecodeShardField(uint32_t tag, std::string_view bytes, ShardDescriptor* shard) {
  switch (tag) {
    case kHashRange:
      return DecodeInt16(bytes, &shard->hash_range);
    case kShardStart:
      return DecodeUnsignedInt64(bytes, &shard->start_sequence);
    case kShardCreation:
      return DecodeInt64(bytes, &shard->creation_ms);
    case kShardEnd:
      return DecodeNonZero(bytes, &shard->end_sequence);
    case kShardEndTime:
      return DecodeNonZero(bytes, &shard->end_ms);
    case kParentStart:
      return DecodeNonZero(bytes, &shard->parent_start_sequence);
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

std::string ShardRowsStart(uint32_t stream_id) {
  std::string key(1, kShardRow);
  AppendBigEndian32(&key, stream_id);
  return key;
}

}  // namespace

std::string StreamRowKey(uint32_t stream_id) {
  std::string key(1, kStreamRow);
  AppendBigEndian32(&key, stream_id);
  return key;
}

std::string StreamRowsBegin() { return std::string(1, kStreamRow); }
std::string StreamRowsEnd() { return std::string(1, kStreamRow + 1); }

std::string ShardRowKey(uint32_t stream_id, uint16_t hash_range, uint64_t start_sequence) {
  std::string key(1, kShardRow);
  AppendStreamRange(stream_id, hash_range, &key);
  AppendBigEndian64(&key, start_sequence);
  return key;
}

std::string ShardRowsBegin(uint32_t stream_id) { return ShardRowsStart(stream_id); }

std::string ShardRowsEnd(uint32_t stream_id) {
  if (stream_id == std::numeric_limits<uint32_t>::max()) {
    return std::string(1, kShardRow + 1);
  }
  return ShardRowsStart(stream_id + 1);
}

void EncodeStreamDescriptor(const StreamDescriptor& stream, std::string* out) {
  out->push_back(kRecordVersion);
  AppendInt32Field(out, kStreamId, stream.stream_id);
  AppendInt32Field(out, kTableId, stream.table_id);
  AppendField(out, kTableName, stream.table_name);
  AppendField(out, kLabel, stream.label);
  AppendByteField(out, kViewType, static_cast<uint8_t>(stream.view_type));
  AppendField(out, kKeySchema,
              EncodeKeyAttributes(stream.key_schema.partition) +
                  EncodeKeyAttributes(stream.key_schema.sort));
  AppendInt16Field(out, kHashRangeCount, stream.hash_range_count);
  AppendInt64Field(out, kStreamCreation, stream.creation_ms);
  AppendUnsignedField(out, kStreamStart, stream.start_sequence);
  AppendIfNonZero(out, kStreamEnd, stream.end_sequence);
  AppendIfNonZero(out, kStreamEndTime, static_cast<uint64_t>(stream.end_ms));
  if (stream.retention_ms) {
    AppendInt64Field(out, kRetention, *stream.retention_ms);
  }
}

Result<StreamDescriptor> DecodeStreamDescriptor(std::string_view bytes) {
  StreamDescriptor stream;
  if (bytes.empty() || bytes[0] != kRecordVersion ||
      !DecodeFields(bytes.substr(1), kStreamRequiredTags,
                    [&](uint32_t tag, std::string_view field) {
                      return DecodeStreamField(tag, field, &stream);
                    })) {
    return Malformed("row of a stream");
  }
  return stream;
}

void EncodeShardDescriptor(const ShardDescriptor& shard, std::string* out) {
  out->push_back(kRecordVersion);
  AppendInt16Field(out, kHashRange, shard.hash_range);
  AppendUnsignedField(out, kShardStart, shard.start_sequence);
  AppendInt64Field(out, kShardCreation, shard.creation_ms);
  AppendIfNonZero(out, kShardEnd, shard.end_sequence);
  AppendIfNonZero(out, kShardEndTime, static_cast<uint64_t>(shard.end_ms));
  AppendIfNonZero(out, kParentStart, shard.parent_start_sequence);
}

Result<ShardDescriptor> DecodeShardDescriptor(std::string_view bytes) {
  ShardDescriptor shard;
  if (bytes.empty() || bytes[0] != kRecordVersion ||
      !DecodeFields(bytes.substr(1), kShardRequiredTags, [&](uint32_t tag, std::string_view field) {
        return DecodeShardField(tag, field, &shard);
      })) {
    return Malformed("row of a shard");
  }
  return shard;
}

std::string StreamHorizonKey(uint32_t stream_id, uint16_t hash_range) {
  std::string key(1, static_cast<char>(MetaKind::kStreamHorizon));
  AppendStreamRange(stream_id, hash_range, &key);
  return key;
}

void EncodeStreamHorizon(uint64_t sequence, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian64(out, sequence);
}

Result<uint64_t> DecodeStreamHorizon(std::string_view bytes) {
  if (bytes.size() != 9 || bytes[0] != kRecordVersion) {
    return Malformed("horizon of a stream");
  }
  return LoadLittleEndian64(bytes.data() + 1);
}

}  // namespace millrace
