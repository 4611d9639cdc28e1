// How far an index has been filled.
#include "storage/codec/backfill_codec.h"

#include "storage/base/bytes.h"
#include "storage/codec/descriptor_parts.h"
#include "storage/codec/field_reader.h"
#include "storage/codec/meta_codec.h"

namespace millrace {
namespace {

constexpr char kRecordVersion = 1;

}  // namespace

void AppendBackfillKey(uint32_t index_id, std::string* out) {
  out->push_back(static_cast<char>(MetaKind::kBackfill));
  AppendBigEndian32(out, index_id);
}

void EncodeBackfillRecord(const BackfillRecord& record, std::string* out) {
  out->push_back(kRecordVersion);
  AppendByteString(out, record.position);
  AppendVarint32(out, static_cast<uint32_t>(record.pending.size()));
  for (const std::string& key : record.pending) {
    AppendByteString(out, key);
  }
}

Result<BackfillRecord> DecodeBackfillRecord(std::string_view bytes) {
  BackfillRecord record;
  FieldReader reader(bytes.empty() ? bytes : bytes.substr(1));
  record.position = reader.Bytes();
  const uint32_t count = reader.Varint();
  for (uint32_t index = 0; index < count && reader.ok(); ++index) {
    record.pending.emplace_back(reader.Bytes());
  }
  if (bytes.empty() || bytes[0] != kRecordVersion || !reader.Done()) {
    return Status(StatusCode::kCorruption,
                  "the stored progress of an index is damaged or was written by a newer version");
  }
  return record;
}

}  // namespace millrace
