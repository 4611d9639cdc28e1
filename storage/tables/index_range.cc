// Ranges of index entries from the conditions of a query.
#include "storage/tables/index_range.h"

#include <string>
#include <utility>

#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"

namespace millrace::tables {
namespace {

std::string WithPart(std::string prefix, ValueView value) {
  AppendIndexSortPart(value, &prefix);
  return prefix;
}

// All keys whose part behind `prefix` is that of one value start with that part, so a bound on the
// value is the part or the end of what starts with it.
KeyRange PartitionRange(uint64_t seed, const PageRequest& request) {
  std::string prefix;
  AppendIndexPartitionPrefix(request.index->id(), seed, request.index_partition, &prefix);
  for (const ValueView value : request.index_sort_equal) {
    AppendIndexSortPart(value, &prefix);
  }
  KeyRange range{prefix, PrefixEnd(prefix)};
  if (request.sort_from.present()) {
    std::string key = WithPart(prefix, request.sort_from);
    range.RaiseFrom(request.sort_from_inclusive ? std::move(key) : PrefixEnd(std::move(key)));
  }
  if (request.sort_to.present()) {
    std::string key = WithPart(prefix, request.sort_to);
    range.LowerTo(request.sort_to_inclusive ? PrefixEnd(std::move(key)) : std::move(key));
  }
  if (request.sort_prefix.has_value()) {
    std::string key = prefix;
    AppendIndexSortPrefix(*request.sort_prefix, &key);
    range.LowerTo(PrefixEnd(key));
    range.RaiseFrom(std::move(key));
  }
  return range;
}

KeyRange SegmentRange(const PageRequest& request) {
  KeyRange range;
  const uint32_t id = request.index->id();
  AppendSegmentStart(id, request.segment, request.segment_count, &range.from);
  AppendSegmentStart(id, request.segment + 1, request.segment_count, &range.to);
  return range;
}

}  // namespace

KeyRange IndexRange(uint64_t hash_seed, const PageRequest& request) {
  KeyRange range =
      request.index_partition.empty() ? SegmentRange(request) : PartitionRange(hash_seed, request);
  if (request.start_partition_key.present()) {
    std::string start;
    AppendIndexEntryKey(
        request.index->id(), request.index->key_schema(), hash_seed, request.index_start,
        TableKeyHash(hash_seed, request.start_partition_key, request.start_sort_key), &start);
    range.StartBehind(std::move(start), request.reverse);
  }
  return range;
}

}  // namespace millrace::tables
