// The stream and the time to live of a table, as fields inside its descriptor.
#include "storage/codec/table_stream_codec.h"

#include <array>

#include "storage/codec/descriptor_parts.h"

namespace millrace {
namespace {

// Tags reach disk: never change or reuse one. A reader must know all of them.
enum StreamTag : uint32_t {
  kStreamId = 1 << 1,
  kEnabled = 2 << 1,
  kViewType = 3 << 1,
  kHashRangeCount = 4 << 1,
  kLabel = 5 << 1,
  kCreation = 6 << 1,
  kStartSequence = 7 << 1,
  kPolicy = 8 << 1,
};
constexpr std::array<uint32_t, 7> kStreamRequiredTags = {
    kStreamId, kEnabled, kViewType, kHashRangeCount, kLabel, kCreation, kStartSequence};

enum TimeToLiveTag : uint32_t {
  kTimeToLiveId = 1 << 1,
  kState = 2 << 1,
  kAttributeName = 3 << 1,
};
constexpr std::array<uint32_t, 3> kTimeToLiveRequiredTags = {kTimeToLiveId, kState, kAttributeName};

// Whether a stream is enabled.
enum class Enabled : uint8_t { kYes = 1, kNo = 2 };

bool DecodeStreamField(uint32_t tag, std::string_view bytes, TableStream* stream) {
  switch (tag) {
    case kStreamId:
      return DecodeInt32(bytes, &stream->stream_id) && stream->stream_id != 0;
    case kEnabled: {
      Enabled enabled = Enabled::kNo;
      const bool decoded = DecodeEnum(bytes, Enabled::kNo, &enabled);
      stream->enabled = enabled == Enabled::kYes;
      return decoded;
    }
    case kViewType:
      return DecodeEnum(bytes, StreamViewType::kNewAndOldImages, &stream->view_type);
    case kHashRangeCount:
      return DecodeInt16(bytes, &stream->hash_range_count) && stream->hash_range_count != 0;
    case kLabel:
      stream->label = bytes;
      return true;
    case kCreation:
      return DecodeInt64(bytes, &stream->creation_ms);
    case kStartSequence:
      return DecodeUnsignedInt64(bytes, &stream->start_sequence);
    case kPolicy:
      stream->policy = bytes;
      return !bytes.empty();
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

bool DecodeTimeToLiveField(uint32_t tag, std::string_view bytes, TimeToLive* time_to_live) {
  switch (tag) {
    case kTimeToLiveId:
      return DecodeInt32(bytes, &time_to_live->time_to_live_id) &&
             time_to_live->time_to_live_id != 0;
    case kState:
      return DecodeEnum(bytes, TimeToLiveState::kEnabled, &time_to_live->state);
    case kAttributeName:
      time_to_live->attribute_name = bytes;
      return !bytes.empty();
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

}  // namespace

std::string EncodeTableStream(const TableStream& stream) {
  std::string out;
  AppendInt32Field(&out, kStreamId, stream.stream_id);
  AppendByteField(&out, kEnabled,
                  static_cast<uint8_t>(stream.enabled ? Enabled::kYes : Enabled::kNo));
  AppendByteField(&out, kViewType, static_cast<uint8_t>(stream.view_type));
  AppendInt16Field(&out, kHashRangeCount, stream.hash_range_count);
  AppendField(&out, kLabel, stream.label);
  AppendInt64Field(&out, kCreation, stream.creation_ms);
  AppendInt64Field(&out, kStartSequence, static_cast<int64_t>(stream.start_sequence));
  if (!stream.policy.empty()) {
    AppendField(&out, kPolicy, stream.policy);
  }
  return out;
}

bool DecodeTableStream(std::string_view bytes, TableStream* stream) {
  return DecodeFields(bytes, kStreamRequiredTags, [&](uint32_t tag, std::string_view field) {
    return DecodeStreamField(tag, field, stream);
  });
}

std::string EncodeTimeToLive(const TimeToLive& time_to_live) {
  std::string out;
  AppendInt32Field(&out, kTimeToLiveId, time_to_live.time_to_live_id);
  AppendByteField(&out, kState, static_cast<uint8_t>(time_to_live.state));
  AppendField(&out, kAttributeName, time_to_live.attribute_name);
  return out;
}

bool DecodeTimeToLive(std::string_view bytes, TimeToLive* time_to_live) {
  return DecodeFields(bytes, kTimeToLiveRequiredTags, [&](uint32_t tag, std::string_view field) {
    return DecodeTimeToLiveField(tag, field, time_to_live);
  });
}

}  // namespace millrace
