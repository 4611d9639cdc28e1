// The stored form of table descriptors: a version byte, then fields of tag, length and bytes, in
// ascending order of tags, without those that have their default. FORMAT.md lists the tags.
#include "storage/codec/descriptor_codec.h"

#include <array>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/codec/descriptor_parts.h"
#include "storage/codec/field_reader.h"
#include "storage/codec/index_descriptor_codec.h"
#include "storage/codec/table_stream_codec.h"

namespace millrace {
namespace {

constexpr char kDescriptorVersion = 1;

// Tags reach disk: never change or reuse one. A reader must know all of them (see
// kOptionalTagBit).
enum FieldTag : uint32_t {
  kTableId = 1 << 1,
  kVersion = 2 << 1,
  kName = 3 << 1,
  kUuid = 4 << 1,
  kState = 5 << 1,
  kStateUntil = 6 << 1,
  kCreation = 7 << 1,
  kKeySchema = 8 << 1,
  kAttributeDefinitions = 9 << 1,
  kBillingMode = 10 << 1,
  kLastUpdateToPayPerRequest = 11 << 1,
  kProvisionedThroughput = 12 << 1,
  kPreviousThroughput = 13 << 1,
  kOnDemandThroughput = 14 << 1,
  kWarmThroughput = 15 << 1,
  kTableClass = 16 << 1,
  kFlags = 17 << 1,
  kKmsKeyArn = 18 << 1,
  kResourcePolicy = 19 << 1,
  kTags = 20 << 1,
  kLocalIndexes = 21 << 1,
  kGlobalIndexes = 22 << 1,
  kStream = 23 << 1,
  kTimeToLive = 24 << 1,
};

// Every descriptor has these; a descriptor without one is damaged.
constexpr std::array<FieldTag, 9> kRequiredTags = {
    kTableId,    kVersion, kName, kUuid, kState, kCreation, kKeySchema, kAttributeDefinitions,
    kBillingMode};

constexpr uint8_t kFlagDeletionProtection = 1;
constexpr uint8_t kFlagEncryption = 2;
constexpr uint8_t kFlagsKnown = kFlagDeletionProtection | kFlagEncryption;

std::string EncodeTags(const std::vector<Tag>& tags) {
  std::string bytes;
  AppendVarint32(&bytes, static_cast<uint32_t>(tags.size()));
  for (const Tag& tag : tags) {
    AppendByteString(&bytes, tag.key);
    AppendByteString(&bytes, tag.value);
  }
  return bytes;
}

void EncodeThroughputFields(const TableDescriptor& descriptor, std::string* out) {
  if (descriptor.last_update_to_pay_per_request_ms != 0) {
    AppendInt64Field(out, kLastUpdateToPayPerRequest, descriptor.last_update_to_pay_per_request_ms);
  }
  if (descriptor.provisioned_throughput != ProvisionedThroughput()) {
    AppendField(out, kProvisionedThroughput, EncodeThroughput(descriptor.provisioned_throughput));
  }
  if (descriptor.previous_throughput) {
    AppendField(out, kPreviousThroughput, EncodeThroughput(*descriptor.previous_throughput));
  }
  if (descriptor.on_demand_throughput != OnDemandThroughput()) {
    AppendField(out, kOnDemandThroughput, EncodeOnDemand(descriptor.on_demand_throughput));
  }
  if (descriptor.warm_throughput) {
    AppendField(out, kWarmThroughput, EncodeWarm(*descriptor.warm_throughput));
  }
}

bool DecodeString(std::string_view bytes, std::string* value) {
  *value = bytes;
  return true;
}

bool DecodeAttributeDefinitions(std::string_view bytes, std::vector<KeyAttribute>* definitions) {
  FieldReader reader(bytes);
  return ReadKeyAttributes(&reader, definitions) && reader.Done();
}

bool DecodeFlags(std::string_view bytes, TableDescriptor* descriptor) {
  FieldReader reader(bytes);
  const uint8_t flags = reader.Byte();
  descriptor->deletion_protection_enabled = (flags & kFlagDeletionProtection) != 0;
  descriptor->encryption_enabled = (flags & kFlagEncryption) != 0;
  return reader.Done() && (flags & ~kFlagsKnown) == 0;
}

bool DecodeTags(std::string_view bytes, std::vector<Tag>* tags) {
  FieldReader reader(bytes);
  const uint32_t count = reader.Varint();
  for (uint32_t index = 0; index < count && reader.ok(); ++index) {
    Tag tag;
    tag.key = reader.Bytes();
    tag.value = reader.Bytes();
    tags->push_back(std::move(tag));
  }
  return reader.Done();
}

// Reads the field `tag` into `descriptor`; false if its bytes are malformed or the tag must be
// known and is not.
bool DecodeField(uint32_t tag, std::string_view bytes, TableDescriptor* descriptor) {
  switch (tag) {
    case kTableId:
      return DecodeInt32(bytes, &descriptor->table_id);
    case kVersion:
      return DecodeUnsignedInt64(bytes, &descriptor->version);
    case kName:
      return DecodeString(bytes, &descriptor->name);
    case kUuid:
      return DecodeString(bytes, &descriptor->uuid);
    case kState:
      return DecodeEnum(bytes, TableState::kDeleting, &descriptor->state);
    case kStateUntil:
      return DecodeInt64(bytes, &descriptor->state_until_ms);
    case kCreation:
      return DecodeInt64(bytes, &descriptor->creation_ms);
    case kKeySchema:
      return DecodeTableKeySchema(bytes, &descriptor->key_schema);
    case kAttributeDefinitions:
      return DecodeAttributeDefinitions(bytes, &descriptor->attribute_definitions);
    case kBillingMode:
      return DecodeEnum(bytes, BillingMode::kPayPerRequest, &descriptor->billing_mode);
    case kLastUpdateToPayPerRequest:
      return DecodeInt64(bytes, &descriptor->last_update_to_pay_per_request_ms);
    case kProvisionedThroughput:
      return DecodeThroughput(bytes, &descriptor->provisioned_throughput);
    case kPreviousThroughput:
      return DecodeThroughput(bytes, &descriptor->previous_throughput.emplace());
    case kOnDemandThroughput:
      return DecodeOnDemand(bytes, &descriptor->on_demand_throughput);
    case kWarmThroughput:
      return DecodeWarm(bytes, &descriptor->warm_throughput.emplace());
    case kTableClass:
      return DecodeEnum(bytes, TableClass::kStandardInfrequentAccess,
                        &descriptor->table_class.emplace());
    case kFlags:
      return DecodeFlags(bytes, descriptor);
    case kKmsKeyArn:
      return DecodeString(bytes, &descriptor->kms_key_arn);
    case kResourcePolicy:
      return DecodeString(bytes, &descriptor->resource_policy);
    case kTags:
      return DecodeTags(bytes, &descriptor->tags);
    case kLocalIndexes:
      return DecodeIndexes(IndexKind::kLocal, bytes, &descriptor->indexes);
    case kGlobalIndexes:
      return DecodeIndexes(IndexKind::kGlobal, bytes, &descriptor->indexes);
    case kStream:
      return DecodeTableStream(bytes, &descriptor->stream.emplace());
    case kTimeToLive:
      return DecodeTimeToLive(bytes, &descriptor->time_to_live.emplace());
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

Status Corrupt(std::string_view what) {
  return Status(StatusCode::kCorruption, std::string("table descriptor: ").append(what));
}

}  // namespace

void EncodeTableDescriptor(const TableDescriptor& descriptor, std::string* out) {
  out->push_back(kDescriptorVersion);
  AppendInt32Field(out, kTableId, descriptor.table_id);
  AppendInt64Field(out, kVersion, static_cast<int64_t>(descriptor.version));
  AppendField(out, kName, descriptor.name);
  AppendField(out, kUuid, descriptor.uuid);
  AppendByteField(out, kState, static_cast<uint8_t>(descriptor.state));
  if (descriptor.state_until_ms != 0) {
    AppendInt64Field(out, kStateUntil, descriptor.state_until_ms);
  }
  AppendInt64Field(out, kCreation, descriptor.creation_ms);
  AppendField(out, kKeySchema,
              EncodeKeyAttributes(descriptor.key_schema.partition) +
                  EncodeKeyAttributes(descriptor.key_schema.sort));
  AppendField(out, kAttributeDefinitions, EncodeKeyAttributes(descriptor.attribute_definitions));
  AppendByteField(out, kBillingMode, static_cast<uint8_t>(descriptor.billing_mode));
  EncodeThroughputFields(descriptor, out);
  if (descriptor.table_class) {
    AppendByteField(out, kTableClass, static_cast<uint8_t>(*descriptor.table_class));
  }
  if (descriptor.deletion_protection_enabled || descriptor.encryption_enabled) {
    AppendByteField(out, kFlags,
                    (descriptor.deletion_protection_enabled ? kFlagDeletionProtection : 0) |
                        (descriptor.encryption_enabled ? kFlagEncryption : 0));
  }
  if (!descriptor.kms_key_arn.empty()) {
    AppendField(out, kKmsKeyArn, descriptor.kms_key_arn);
  }
  if (!descriptor.resource_policy.empty()) {
    AppendField(out, kResourcePolicy, descriptor.resource_policy);
  }
  if (!descriptor.tags.empty()) {
    AppendField(out, kTags, EncodeTags(descriptor.tags));
  }
  for (const auto& [kind, tag] : {std::pair(IndexKind::kLocal, kLocalIndexes),
                                  std::pair(IndexKind::kGlobal, kGlobalIndexes)}) {
    const std::string indexes = EncodeIndexes(kind, descriptor.indexes);
    if (!indexes.empty()) {
      AppendField(out, tag, indexes);
    }
  }
  if (descriptor.stream) {
    AppendField(out, kStream, EncodeTableStream(*descriptor.stream));
  }
  if (descriptor.time_to_live) {
    AppendField(out, kTimeToLive, EncodeTimeToLive(*descriptor.time_to_live));
  }
}

Result<TableDescriptor> DecodeTableDescriptor(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kDescriptorVersion) {
    return Corrupt("unknown version");
  }
  TableDescriptor descriptor;
  FieldReader reader(bytes.substr(1));
  uint32_t previous_tag = 0;
  size_t required_seen = 0;
  while (!reader.AtEnd()) {
    const uint32_t tag = reader.Varint();
    const std::string_view field = reader.Bytes();
    if (!reader.ok()) {
      return Corrupt("cut short");
    }
    if (tag <= previous_tag) {
      return Corrupt("fields out of order");
    }
    if (!DecodeField(tag, field, &descriptor)) {
      return Corrupt("malformed or unknown field " + std::to_string(tag));
    }
    previous_tag = tag;
    if (required_seen < kRequiredTags.size() && kRequiredTags[required_seen] == tag) {
      ++required_seen;
    }
  }
  if (required_seen != kRequiredTags.size()) {
    return Corrupt("a required field is missing");
  }
  return descriptor;
}

}  // namespace millrace
