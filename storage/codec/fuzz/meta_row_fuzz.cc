// Feeds arbitrary bytes to the decoders of the records about the database itself: what it is,
// counters, tokens, backfills. Whoever writes one writes the bytes that were read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/backfill_codec.h"
#include "storage/codec/idempotency_codec.h"
#include "storage/codec/meta_codec.h"

namespace {

// There is one way to write a value, so what was read is written again.
template <typename Decode, typename Encode>
void CheckRow(std::string_view bytes, Decode decode, Encode encode) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return;
  }
  std::string rebuilt;
  encode(decoded.value(), &rebuilt);
  CHECK(rebuilt == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;  // NOLINT: a target is a few lines
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckRow(bytes, DecodeDatabaseRecord, EncodeDatabaseRecord);
  CheckRow(bytes, DecodeCommitSequence, EncodeCommitSequence);
  CheckRow(bytes, DecodeTableCounters, EncodeTableCounters);
  CheckRow(bytes, DecodeNextTableId, EncodeNextTableId);
  CheckRow(bytes, DecodeDroppedTable, EncodeDroppedTable);
  CheckRow(bytes, DecodeTokenRecord, EncodeTokenRecord);
  // Its lengths may be written in more ways than one.
  if (const auto backfill = DecodeBackfillRecord(bytes); backfill.ok()) {
    std::string written;
    EncodeBackfillRecord(backfill.value(), &written);
    CheckRow(written, DecodeBackfillRecord, EncodeBackfillRecord);
  }
  if (const auto time = ParseTokenTimeKey(bytes); time.ok()) {
    std::string key;
    AppendTokenTimeKey(time.value().recorded_ms, time.value().token_key, &key);
    CHECK(key == bytes);
  }
  if (const auto table_id = TableIdOfMetaKey(bytes); !table_id.ok()) {
    CHECK(table_id.status().code() == StatusCode::kCorruption);
  }
  return 0;
}
