// Parts of stored descriptors: key attributes and throughput figures.
#include "storage/codec/descriptor_parts.h"

#include <utility>

#include "storage/base/bytes.h"

namespace millrace {
namespace {

constexpr uint8_t kMaxReadUnitsPresent = 1;
constexpr uint8_t kMaxWriteUnitsPresent = 2;

}  // namespace

void AppendInt64(std::string* out, int64_t value) {
  AppendLittleEndian64(out, static_cast<uint64_t>(value));
}

void AppendByteString(std::string* out, std::string_view bytes) {
  AppendVarint32(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}

void AppendField(std::string* out, uint32_t tag, std::string_view bytes) {
  AppendVarint32(out, tag);
  AppendByteString(out, bytes);
}

void AppendByteField(std::string* out, uint32_t tag, uint8_t value) {
  AppendField(out, tag, std::string(1, static_cast<char>(value)));
}

void AppendInt16Field(std::string* out, uint32_t tag, uint16_t value) {
  AppendField(out, tag, std::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
}

void AppendInt32Field(std::string* out, uint32_t tag, uint32_t value) {
  AppendField(out, tag, std::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
}

void AppendInt64Field(std::string* out, uint32_t tag, int64_t value) {
  std::string bytes;
  AppendInt64(&bytes, value);
  AppendField(out, tag, bytes);
}

std::string EncodeKeyAttributes(const std::vector<KeyAttribute>& attributes) {
  std::string bytes;
  AppendVarint32(&bytes, static_cast<uint32_t>(attributes.size()));
  for (const KeyAttribute& attribute : attributes) {
    bytes.push_back(static_cast<char>(attribute.type));
    AppendByteString(&bytes, attribute.name);
  }
  return bytes;
}

std::string EncodeThroughput(const ProvisionedThroughput& throughput) {
  std::string bytes;
  AppendInt64(&bytes, throughput.read_capacity_units);
  AppendInt64(&bytes, throughput.write_capacity_units);
  AppendInt64(&bytes, throughput.decreases_today);
  AppendInt64(&bytes, throughput.last_increase_ms);
  AppendInt64(&bytes, throughput.last_decrease_ms);
  return bytes;
}

std::string EncodeOnDemand(const OnDemandThroughput& throughput) {
  const bool has_reads = throughput.max_read_request_units.has_value();
  const bool has_writes = throughput.max_write_request_units.has_value();
  std::string bytes(1, static_cast<char>((has_reads ? kMaxReadUnitsPresent : 0) |
                                         (has_writes ? kMaxWriteUnitsPresent : 0)));
  if (has_reads) {
    AppendInt64(&bytes, *throughput.max_read_request_units);
  }
  if (has_writes) {
    AppendInt64(&bytes, *throughput.max_write_request_units);
  }
  return bytes;
}

std::string EncodeWarm(const WarmThroughput& throughput) {
  std::string bytes;
  AppendInt64(&bytes, throughput.read_units_per_second);
  AppendInt64(&bytes, throughput.write_units_per_second);
  return bytes;
}

bool DecodeInt16(std::string_view bytes, uint16_t* value) {
  FieldReader reader(bytes);
  *value = reader.Int16();
  return reader.Done();
}

bool DecodeInt32(std::string_view bytes, uint32_t* value) {
  FieldReader reader(bytes);
  *value = reader.Int32();
  return reader.Done();
}

bool DecodeInt64(std::string_view bytes, int64_t* value) {
  FieldReader reader(bytes);
  *value = reader.SignedInt64();
  return reader.Done();
}

bool DecodeUnsignedInt64(std::string_view bytes, uint64_t* value) {
  FieldReader reader(bytes);
  *value = reader.Int64();
  return reader.Done();
}

bool DecodeTableKeySchema(std::string_view bytes, KeySchema* schema) {
  FieldReader reader(bytes);
  return ReadKeyAttributes(&reader, &schema->partition) &&
         ReadKeyAttributes(&reader, &schema->sort) && reader.Done() &&
         schema->partition.size() == 1 && schema->sort.size() <= 1;
}

bool ReadKeyAttributes(FieldReader* reader, std::vector<KeyAttribute>* attributes) {
  const uint32_t count = reader->Varint();
  for (uint32_t index = 0; index < count && reader->ok(); ++index) {
    KeyAttribute attribute;
    attribute.type = static_cast<AttributeType>(reader->Byte());
    attribute.name = reader->Bytes();
    if (!reader->ok() || !IsScalarKeyType(attribute.type) || attribute.name.empty()) {
      return false;
    }
    attributes->push_back(std::move(attribute));
  }
  return reader->ok();
}

bool DecodeThroughput(std::string_view bytes, ProvisionedThroughput* throughput) {
  FieldReader reader(bytes);
  throughput->read_capacity_units = reader.SignedInt64();
  throughput->write_capacity_units = reader.SignedInt64();
  throughput->decreases_today = reader.SignedInt64();
  throughput->last_increase_ms = reader.SignedInt64();
  throughput->last_decrease_ms = reader.SignedInt64();
  return reader.Done();
}

bool DecodeOnDemand(std::string_view bytes, OnDemandThroughput* throughput) {
  FieldReader reader(bytes);
  const uint8_t present = reader.Byte();
  if ((present & kMaxReadUnitsPresent) != 0) {
    throughput->max_read_request_units = reader.SignedInt64();
  }
  if ((present & kMaxWriteUnitsPresent) != 0) {
    throughput->max_write_request_units = reader.SignedInt64();
  }
  return reader.Done() && (present & ~(kMaxReadUnitsPresent | kMaxWriteUnitsPresent)) == 0;
}

bool DecodeWarm(std::string_view bytes, WarmThroughput* throughput) {
  FieldReader reader(bytes);
  throughput->read_units_per_second = reader.SignedInt64();
  throughput->write_units_per_second = reader.SignedInt64();
  return reader.Done();
}

}  // namespace millrace
