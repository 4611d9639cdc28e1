// Keys and contents of index entries.
#include "storage/codec/index_codec.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

// A zero byte inside a text is followed by kEscaped, the end of a text is a zero byte and kEnd: an
// end sorts before every continuation.
constexpr char kEscaped = '\xff';
constexpr char kEnd = '\x01';

bool FindValues(const ItemView& item, const std::vector<KeyAttribute>& attributes, size_t size_max,
                std::array<ValueView, limits::kIndexKeyPartsMax>* values) {
  size_t size = 0;
  for (size_t index = 0; index < attributes.size(); ++index) {
    const ValueView value = item.Find(attributes[index].name);
    if (!value.present() || value.type() != attributes[index].type) {
      return false;
    }
    if (!value.IsNumber()) {
      if (value.payload().empty()) {
        return false;
      }
      size += value.payload().size();
    }
    (*values)[index] = value;
  }
  return size <= size_max;
}

void AppendHash(const Hash128& hash, std::string* out) {
  AppendBigEndian64(out, hash.high);
  AppendBigEndian64(out, hash.low);
}

// The hash of the encoded values one after the other; each says where it ends.
Hash128 HashOfValues(uint64_t seed, std::span<const ValueView> values) {
  if (values.size() == 1) [[likely]] {
    return KeyedHash128(seed, values[0].encoded());
  }
  std::string bytes;
  for (const ValueView value : values) {
    bytes.append(value.encoded());
  }
  return KeyedHash128(seed, bytes);
}

}  // namespace

bool FindIndexKey(const ItemView& item, const KeySchema& schema, IndexKeyValues* values) {
  return FindValues(item, schema.partition, limits::kPartitionKeySizeMax, &values->partition) &&
         FindValues(item, schema.sort, limits::kSortKeySizeMax, &values->sort);
}

void AppendIndexPartitionPrefix(uint32_t index_id, uint64_t seed,
                                std::span<const ValueView> partition, std::string* out) {
  AppendPartitionPrefix(index_id, HashOfValues(seed, partition), out);
}

void AppendIndexSortPart(ValueView value, std::string* out) {
  if (value.IsNumber()) {
    out->append(value.payload());  // no sortable form is the beginning of another
    return;
  }
  AppendIndexSortPrefix(value.payload(), out);
  out->push_back('\0');
  out->push_back(kEnd);
}

void AppendIndexSortPrefix(std::string_view prefix, std::string* out) {
  while (true) {
    const size_t zero = prefix.find('\0');
    out->append(prefix.substr(0, zero));
    if (zero == std::string_view::npos) {
      return;
    }
    out->push_back('\0');
    out->push_back(kEscaped);
    prefix.remove_prefix(zero + 1);
  }
}

Hash128 TableKeyHash(uint64_t seed, ValueView partition_key, ValueView sort_key) {
  const std::array<ValueView, 2> values = {partition_key, sort_key};
  return HashOfValues(seed, std::span(values).first(sort_key.present() ? 2 : 1));
}

void AppendIndexEntryKey(uint32_t index_id, const KeySchema& schema, uint64_t seed,
                         const IndexKeyValues& values, const Hash128& table_key_hash,
                         std::string* out) {
  AppendIndexPartitionPrefix(index_id, seed,
                             std::span(values.partition).first(schema.partition.size()), out);
  for (size_t index = 0; index < schema.sort.size(); ++index) {
    AppendIndexSortPart(values.sort[index], out);
  }
  AppendHash(table_key_hash, out);
}

IndexProjection::IndexProjection(const KeySchema& table_schema, const IndexDescriptor& index)
    : all_(index.projection == ProjectionType::kAll), names_(index.non_key_attributes) {
  for (const KeySchema* schema : {&table_schema, &index.key_schema}) {
    for (const std::vector<KeyAttribute>* attributes : {&schema->partition, &schema->sort}) {
      for (const KeyAttribute& attribute : *attributes) {
        names_.push_back(attribute.name);
      }
    }
  }
  std::sort(names_.begin(), names_.end());
}

bool IndexProjection::Has(std::string_view attribute) const {
  return all_ || std::binary_search(names_.begin(), names_.end(), attribute);
}

ItemView IndexProjection::Project(const ItemView& item, std::string* out) const {
  ItemBuilder builder(out);
  for (const NamedValue& attribute : item.attributes()) {
    if (Has(attribute.name)) {
      builder.CopyAttribute(attribute);
    }
  }
  return builder.Finish();
}

}  // namespace millrace
