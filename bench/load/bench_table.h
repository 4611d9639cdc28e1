// The tables of the benchmark and the JSON texts about them: keys, items, table definitions. Every
// workload builds its requests from these pieces, so that all of them agree on what is stored.

#pragma once

#include <cstdint>
#include <string>

#include "bench/load/random.h"

namespace millrace::bench {

/// Which table a workload works on.
enum class TableShape {
  /// No table at all.
  kNone,
  /// Partition key only: pk = "item-0000000042".
  kItems,
  /// Partitions of kItemsPerPartition items: pk = "part-0000000007", sk = "00042".
  kPartitions,
  /// As kItems, with three global indexes of whole items, the key of which is the table's.
  kIndexedItems,
  /// As kPartitions, with one global index of whole items, the keys of which are the table's.
  kIndexedPartitions,
  /// As kItems, with a stream of old and new images.
  kStreamedItems,
};

/// What payloads are made of.
enum class Payload {
  /// Letters and digits that do not compress by repetition.
  kRandom,
  /// Words, each of which comes again and again, as in the texts of ordinary items.
  kWords,
};

/// Items of one partition in a kPartitions table.
inline constexpr uint64_t kItemsPerPartition = 100;

/// One table: its name and the texts of its items. An item has the attributes pk, (sk,) revision
/// (N), active (BOOL) and payload (S), sized so that DynamoDB counts `item_bytes` for it. Immutable
/// after construction, so threads share it.
class BenchTable {
 public:
  /// The table of `shape` for items of `item_bytes`; its name starts with `prefix`. Ends the
  /// program when items that small cannot hold the attributes.
  BenchTable(const std::string& prefix, TableShape shape, int64_t item_bytes,
             Payload payload = Payload::kRandom);

  /// Name of the table.
  const std::string& name() const { return name_; }

  /// Body of the CreateTable request.
  std::string CreateBody() const;

  /// Appends the key object of item number `item`, like {"pk":{"S":"item-0000000042"}}.
  void AppendKey(uint64_t item, std::string* out) const;

  /// Appends the item object of item number `item` with the given revision and a payload chosen by
  /// `random`.
  void AppendItem(uint64_t item, uint64_t revision, Random& random, std::string* out) const;

  /// Appends a payload of the right size, without quotes.
  void AppendPayload(Random& random, std::string* out) const;

  /// Appends the text of the partition key of item number `item`, without quotes.
  void AppendPartitionKey(uint64_t item, std::string* out) const;

  /// Size of one payload in bytes.
  int64_t payload_bytes() const { return payload_bytes_; }

 private:
  bool has_sort_key() const {
    return shape_ == TableShape::kPartitions || shape_ == TableShape::kIndexedPartitions;
  }
  int index_count() const;
  bool has_stream() const { return shape_ == TableShape::kStreamedItems; }

  TableShape shape_;
  std::string name_;
  int64_t payload_bytes_;
  const std::string* payload_pool_;
};

/// Appends `value` in decimal, padded with zeros to `digits`, at most 20. More digits than that
/// are written if the value needs them.
void AppendDecimal(uint64_t value, int digits, std::string* out);

}  // namespace millrace::bench
