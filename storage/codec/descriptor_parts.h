// Parts that the stored forms of tables and of indexes have in common: key attributes and
// throughput figures. Private to storage/codec; FORMAT.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/field_reader.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// A reader that does not know a tag may skip it only if this bit is set.
inline constexpr uint32_t kOptionalTagBit = 1;

// Writers. Each appends.
void AppendInt64(std::string* out, int64_t value);
void AppendByteString(std::string* out, std::string_view bytes);
// Tag, length, bytes.
void AppendField(std::string* out, uint32_t tag, std::string_view bytes);
void AppendByteField(std::string* out, uint32_t tag, uint8_t value);
void AppendInt16Field(std::string* out, uint32_t tag, uint16_t value);
void AppendInt32Field(std::string* out, uint32_t tag, uint32_t value);
void AppendInt64Field(std::string* out, uint32_t tag, int64_t value);

std::string EncodeKeyAttributes(const std::vector<KeyAttribute>& attributes);
std::string EncodeThroughput(const ProvisionedThroughput& throughput);
std::string EncodeOnDemand(const OnDemandThroughput& throughput);
std::string EncodeWarm(const WarmThroughput& throughput);

// Readers: false when the bytes are malformed.
bool DecodeInt16(std::string_view bytes, uint16_t* value);
bool DecodeInt32(std::string_view bytes, uint32_t* value);
bool DecodeInt64(std::string_view bytes, int64_t* value);
bool DecodeUnsignedInt64(std::string_view bytes, uint64_t* value);
// The key schema of a table: partition attributes and sort attributes, one and at most one.
bool DecodeTableKeySchema(std::string_view bytes, KeySchema* schema);
// Reads key attributes and leaves the reader behind them.
bool ReadKeyAttributes(FieldReader* reader, std::vector<KeyAttribute>* attributes);
bool DecodeThroughput(std::string_view bytes, ProvisionedThroughput* throughput);
bool DecodeOnDemand(std::string_view bytes, OnDemandThroughput* throughput);
bool DecodeWarm(std::string_view bytes, WarmThroughput* throughput);

// Reads an enum whose values are 1 to `last`.
template <typename Enum>
bool DecodeEnum(std::string_view bytes, Enum last, Enum* value) {
  FieldReader reader(bytes);
  const uint8_t byte = reader.Byte();
  *value = static_cast<Enum>(byte);
  return reader.Done() && byte >= 1 && byte <= static_cast<uint8_t>(last);
}

// Reads fields up to the end of `bytes`: in ascending order of tags, each accepted by
// `decode_field(tag, bytes of the field)`, with all of `required_tags` (ascending) among them.
template <typename DecodeField>
bool DecodeFields(std::string_view bytes, std::span<const uint32_t> required_tags,
                  DecodeField decode_field) {
  FieldReader reader(bytes);
  uint32_t previous_tag = 0;
  size_t required_seen = 0;
  while (!reader.AtEnd()) {
    const uint32_t tag = reader.Varint();
    const std::string_view field = reader.Bytes();
    if (!reader.ok() || tag <= previous_tag || !decode_field(tag, field)) {
      return false;
    }
    previous_tag = tag;
    if (required_seen < required_tags.size() && required_tags[required_seen] == tag) {
      ++required_seen;
    }
  }
  return required_seen == required_tags.size();
}

}  // namespace millrace
