// Feeds arbitrary bytes to the reader of item keys. A key that can be taken apart must be the one
// that its parts make, and lie within the borders of its segment.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/key_codec.h"
#include "storage/model/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  const int64_t total =
      1 + static_cast<int64_t>(
              size == 0 ? 0 : data[size - 1] * 3907 % millrace::limits::kScanSegmentsMax);
  const int64_t segment = millrace::SegmentOf(key, total);
  CHECK(segment >= 0 && segment < total);
  millrace::ItemKeyParts parts;
  if (!millrace::ParseItemKey(key, &parts) || parts.table_id == UINT32_MAX) {
    return 0;
  }
  std::string rebuilt;
  millrace::AppendPartitionPrefix(parts.table_id, parts.hash, &rebuilt);
  rebuilt.append(parts.sort_key);
  CHECK(rebuilt == key);
  std::string begin;
  millrace::AppendSegmentStart(parts.table_id, segment, total, &begin);
  std::string end;
  millrace::AppendSegmentStart(parts.table_id, segment + 1, total, &end);
  CHECK(begin <= key && key < end);
  return 0;
}
