// Index descriptors: fields of tag, length and bytes, as in table descriptors.
#include "storage/codec/index_descriptor_codec.h"

#include <array>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/codec/descriptor_parts.h"
#include "storage/codec/field_reader.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

// Tags reach disk: never change or reuse one. A reader must know all of them.
enum FieldTag : uint32_t {
  kIndexId = 1 << 1,
  kName = 2 << 1,
  kState = 3 << 1,
  kKeySchema = 4 << 1,
  kProjection = 5 << 1,
  kNonKeyAttributes = 6 << 1,
  kProvisionedThroughput = 7 << 1,
  kOnDemandThroughput = 8 << 1,
  kWarmThroughput = 9 << 1,
};

// Every index has these; one without is damaged.
constexpr std::array<FieldTag, 5> kRequiredTags = {kIndexId, kName, kState, kKeySchema,
                                                   kProjection};

std::string EncodeNames(const std::vector<std::string>& names) {
  std::string bytes;
  AppendVarint32(&bytes, static_cast<uint32_t>(names.size()));
  for (const std::string& name : names) {
    AppendByteString(&bytes, name);
  }
  return bytes;
}

std::string EncodeIndex(const IndexDescriptor& index) {
  std::string out;
  std::string id;
  AppendLittleEndian32(&id, index.index_id);
  AppendField(&out, kIndexId, id);
  AppendField(&out, kName, index.name);
  AppendByteField(&out, kState, static_cast<uint8_t>(index.state));
  AppendField(
      &out, kKeySchema,
      EncodeKeyAttributes(index.key_schema.partition) + EncodeKeyAttributes(index.key_schema.sort));
  AppendByteField(&out, kProjection, static_cast<uint8_t>(index.projection));
  if (!index.non_key_attributes.empty()) {
    AppendField(&out, kNonKeyAttributes, EncodeNames(index.non_key_attributes));
  }
  if (index.provisioned_throughput != ProvisionedThroughput()) {
    AppendField(&out, kProvisionedThroughput, EncodeThroughput(index.provisioned_throughput));
  }
  if (index.on_demand_throughput != OnDemandThroughput()) {
    AppendField(&out, kOnDemandThroughput, EncodeOnDemand(index.on_demand_throughput));
  }
  if (index.warm_throughput) {
    AppendField(&out, kWarmThroughput, EncodeWarm(*index.warm_throughput));
  }
  return out;
}

bool DecodeKeySchema(std::string_view bytes, KeySchema* schema) {
  FieldReader reader(bytes);
  return ReadKeyAttributes(&reader, &schema->partition) &&
         ReadKeyAttributes(&reader, &schema->sort) && reader.Done() && !schema->partition.empty() &&
         schema->partition.size() <= limits::kIndexKeyPartsMax &&
         schema->sort.size() <= limits::kIndexKeyPartsMax;
}

bool DecodeNames(std::string_view bytes, std::vector<std::string>* names) {
  FieldReader reader(bytes);
  const uint32_t count = reader.Varint();
  for (uint32_t index = 0; index < count && reader.ok(); ++index) {
    names->emplace_back(reader.Bytes());
  }
  return reader.Done();
}

bool DecodeField(uint32_t tag, std::string_view bytes, IndexDescriptor* index) {
  switch (tag) {
    case kIndexId: {
      FieldReader reader(bytes);
      index->index_id = reader.Int32();
      return reader.Done() && index->index_id != 0;
    }
    case kName:
      index->name = bytes;
      return true;
    case kState:
      return DecodeEnum(bytes, IndexState::kDeleting, &index->state);
    case kKeySchema:
      return DecodeKeySchema(bytes, &index->key_schema);
    case kProjection:
      return DecodeEnum(bytes, ProjectionType::kInclude, &index->projection);
    case kNonKeyAttributes:
      return DecodeNames(bytes, &index->non_key_attributes);
    case kProvisionedThroughput:
      return DecodeThroughput(bytes, &index->provisioned_throughput);
    case kOnDemandThroughput:
      return DecodeOnDemand(bytes, &index->on_demand_throughput);
    case kWarmThroughput:
      return DecodeWarm(bytes, &index->warm_throughput.emplace());
    default:
      return (tag & kOptionalTagBit) != 0;
  }
}

bool DecodeIndex(std::string_view bytes, IndexDescriptor* index) {
  FieldReader reader(bytes);
  uint32_t previous_tag = 0;
  size_t required_seen = 0;
  while (!reader.AtEnd()) {
    const uint32_t tag = reader.Varint();
    const std::string_view field = reader.Bytes();
    if (!reader.ok() || tag <= previous_tag || !DecodeField(tag, field, index)) {
      return false;
    }
    previous_tag = tag;
    if (required_seen < kRequiredTags.size() && kRequiredTags[required_seen] == tag) {
      ++required_seen;
    }
  }
  return required_seen == kRequiredTags.size();
}

}  // namespace

std::string EncodeIndexes(IndexKind kind, const std::vector<IndexDescriptor>& indexes) {
  std::string records;
  uint32_t count = 0;
  for (const IndexDescriptor& index : indexes) {
    if (index.kind == kind) {
      AppendByteString(&records, EncodeIndex(index));
      ++count;
    }
  }
  if (count == 0) {
    return {};
  }
  std::string bytes;
  AppendVarint32(&bytes, count);
  return bytes + records;
}

bool DecodeIndexes(IndexKind kind, std::string_view bytes, std::vector<IndexDescriptor>* indexes) {
  FieldReader reader(bytes);
  const uint32_t count = reader.Varint();
  for (uint32_t position = 0; position < count && reader.ok(); ++position) {
    IndexDescriptor index;
    index.kind = kind;
    if (!DecodeIndex(reader.Bytes(), &index)) {
      return false;
    }
    indexes->push_back(std::move(index));
  }
  return reader.Done();
}

}  // namespace millrace
