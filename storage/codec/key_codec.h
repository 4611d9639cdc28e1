// Keys of the database: where an item lies and in which order. The layout sorts as DynamoDB orders
// items, places partitions by a keyed hash, and starts with a table id, so that a table is one key
// range. FORMAT.md is normative.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// Bytes of table id and partition hash in front of every item key: all items of one partition share
// them.
inline constexpr size_t kItemKeyPrefixSize = 4 + 16;

// The hash that places a partition: of the type byte and payload of the partition key's value,
// which is of type S, N or B.
Hash128 PartitionHash(uint64_t seed, ValueView partition_key);

// table id | partition hash: the common start of a partition's items.
void AppendPartitionPrefix(uint32_t table_id, const Hash128& hash, std::string* out);
// The sort key's part of an item key: the raw bytes of S and B, the sortable form of N. Compares as
// the values do among values of one type.
void AppendSortKey(ValueView sort_key, std::string* out);

// The key of the item whose key attributes are given; `sort_key` is not present() on tables without
// one.
void AppendItemKey(uint32_t table_id, uint64_t seed, ValueView partition_key, ValueView sort_key,
                   std::string* out);

// An item key taken apart.
struct ItemKeyParts {
  uint32_t table_id = 0;
  Hash128 hash;
  std::string_view sort_key;  // as AppendSortKey writes it; lies in the key
};

// Takes `item_key` apart; false when it is too short to be one.
bool ParseItemKey(std::string_view item_key, ItemKeyParts* parts);

// Whether the key attributes of `item` are exactly the values given. The item at a key can be
// another one only through a collision of partition hashes or damage; both must be noticed.
// `sort_key` is not looked at on tables without one.
bool ItemHasKey(const ItemView& item, const KeySchema& schema, ValueView partition_key,
                ValueView sort_key);

// Whether `item` belongs at `item_key` by its own key attributes: for scans and tools, which have
// no key values to compare with.
bool ItemBelongsAtKey(const ItemView& item, const KeySchema& schema, uint64_t seed,
                      std::string_view item_key);

// First key of a table, and (with the next id) the first key behind it.
void AppendTablePrefix(uint32_t table_id, std::string* out);

// First key of segment `segment` of `total`: the table's hash space divided evenly by the upper 64
// bits of the hash. segment == total gives the end of the table. `table_id` is below 2^32 - 1 and
// `total` at least 1; the segments of one `total` neither overlap nor leave gaps.
void AppendSegmentStart(uint32_t table_id, int64_t segment, int64_t total, std::string* out);
// The segment that an item key of the table lies in; 0 for bytes that are no item key.
int64_t SegmentOf(std::string_view item_key, int64_t total);

}  // namespace millrace
