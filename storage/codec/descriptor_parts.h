// Parts that the stored forms of tables and of indexes have in common: key attributes and
// throughput figures. Private to storage/codec; FORMAT.md is normative.
#pragma once

#include <cstdint>
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
void AppendInt64Field(std::string* out, uint32_t tag, int64_t value);

std::string EncodeKeyAttributes(const std::vector<KeyAttribute>& attributes);
std::string EncodeThroughput(const ProvisionedThroughput& throughput);
std::string EncodeOnDemand(const OnDemandThroughput& throughput);
std::string EncodeWarm(const WarmThroughput& throughput);

// Readers: false when the bytes are malformed.
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

}  // namespace millrace
