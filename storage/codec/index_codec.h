// Keys and contents of the entries of secondary indexes. An entry's key sorts entries of one index
// partition by the index's sort attributes, one after the other, and then by the hash of the table
// key, so that items with the same index key stand side by side in an order that does not change.
// The content is the projected item in the ordinary form of items. FORMAT.md is normative.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/codec/value_view.h"
#include "storage/model/limits.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// The values of an item's attributes that are in an index's key.
struct IndexKeyValues {
  std::array<ValueView, limits::kIndexKeyPartsMax> partition;
  std::array<ValueView, limits::kIndexKeyPartsMax> sort;
};

// Takes the values out of `item`. False when the item has no entry in the index: an attribute is
// missing, of another type, empty, or too long.
bool FindIndexKey(const ItemView& item, const KeySchema& schema, IndexKeyValues* values);

// index id | hash of all partition values: the common start of an index partition's entries,
// kItemKeyPrefixSize bytes.
void AppendIndexPartitionPrefix(uint32_t index_id, uint64_t seed,
                                std::span<const ValueView> partition, std::string* out);
// One sort attribute's part of the key, with its end mark. Comparing sequences of such parts as
// bytes compares the values one after the other.
void AppendIndexSortPart(ValueView value, std::string* out);
// The beginning that the parts of all values of S or B that start with `prefix` have in common.
void AppendIndexSortPrefix(std::string_view prefix, std::string* out);

// The hash of a table key that ends an entry's key. `sort_key` is not present() on tables without
// one.
Hash128 TableKeyHash(uint64_t seed, ValueView partition_key, ValueView sort_key);

// The whole key of an entry.
void AppendIndexEntryKey(uint32_t index_id, const KeySchema& schema, uint64_t seed,
                         const IndexKeyValues& values, const Hash128& table_key_hash,
                         std::string* out);

// What an index copies from items of its table. Immutable, thread-safe.
class IndexProjection {
 public:
  IndexProjection(const KeySchema& table_schema, const IndexDescriptor& index);

  // Whether entries are the whole items.
  bool all() const { return all_; }
  // Whether entries have the attribute if the item has it.
  bool Has(std::string_view attribute) const;
  // Appends the entry's content to `out` and returns a view of it. Needs !all().
  ItemView Project(const ItemView& item, std::string* out) const;

 private:
  bool all_;
  std::vector<std::string> names_;  // sorted; of no meaning if all_
};

}  // namespace millrace
