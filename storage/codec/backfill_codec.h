// The stored record of how far an index on a live table has been filled. FORMAT.md is normative.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace millrace {

// Items whose key is not above `position` are in the index, but for those in `pending`. Item keys
// as in key_codec.h; an empty position: none yet.
struct BackfillRecord {
  std::string position;
  std::vector<std::string> pending;  // ascending
};

// The key of the record in `meta`.
void AppendBackfillKey(uint32_t index_id, std::string* out);

// Appends. Decoding answers kCorruption for bytes that are no record.
void EncodeBackfillRecord(const BackfillRecord& record, std::string* out);
Result<BackfillRecord> DecodeBackfillRecord(std::string_view bytes);

}  // namespace millrace
