// Encoders and decoders of the meta records: fixed layouts, so a decoder is a length check and a
// few loads.
#include "storage/codec/meta_codec.h"

#include "storage/base/bytes.h"

namespace millrace {
namespace {

constexpr char kRecordVersion = 1;
constexpr char kCatalogRow = 1;
constexpr std::string_view kMagic = "millrace";
constexpr size_t kUuidSize = 36;

std::string KindKey(MetaKind kind) { return std::string(1, static_cast<char>(kind)); }

Status Malformed(std::string_view what) {
  std::string message = "the stored ";
  message += what;
  message += " is damaged or was written by a newer version";
  return Status(StatusCode::kCorruption, message);
}

// Whether `bytes` is a version 1 record of exactly `size` bytes, the version byte included.
bool IsRecord(std::string_view bytes, size_t size) {
  return bytes.size() == size && bytes[0] == kRecordVersion;
}

}  // namespace

std::string DatabaseRecordKey() { return KindKey(MetaKind::kDatabase); }
std::string CommitSequenceKey() { return KindKey(MetaKind::kCommitSequence); }
std::string NextTableIdKey() { return KindKey(MetaKind::kNextTableId); }

void AppendTableCountersKey(uint32_t table_id, std::string* out) {
  out->push_back(static_cast<char>(MetaKind::kTableCounters));
  AppendBigEndian32(out, table_id);
}

void AppendDroppedTableKey(uint32_t table_id, std::string* out) {
  out->push_back(static_cast<char>(MetaKind::kDroppedTable));
  AppendBigEndian32(out, table_id);
}

std::string MetaKindBegin(MetaKind kind) { return KindKey(kind); }

std::string MetaKindEnd(MetaKind kind) {
  return std::string(1, static_cast<char>(static_cast<uint8_t>(kind) + 1));
}

Result<uint32_t> TableIdOfMetaKey(std::string_view key) {
  if (key.size() != 5) {
    return Malformed("key of a meta record");
  }
  return LoadBigEndian32(key.data() + 1);
}

std::string CatalogRowKey(std::string_view table_name) {
  std::string key(1, kCatalogRow);
  key += table_name;
  return key;
}

std::string CatalogRowsBegin() { return std::string(1, kCatalogRow); }
std::string CatalogRowsEnd() { return std::string(1, kCatalogRow + 1); }

void EncodeDatabaseRecord(const DatabaseRecord& record, std::string* out) {
  CHECK(record.uuid.size() == kUuidSize);
  out->push_back(kRecordVersion);
  out->append(kMagic);
  AppendLittleEndian32(out, record.format_version);
  AppendLittleEndian64(out, record.hash_seed);
  out->append(record.uuid);
}

Result<DatabaseRecord> DecodeDatabaseRecord(std::string_view bytes) {
  constexpr size_t kVersionOffset = 1 + kMagic.size();
  if (!IsRecord(bytes, kVersionOffset + 4 + 8 + kUuidSize) ||
      bytes.substr(1, kMagic.size()) != kMagic) {
    return Malformed("database record");
  }
  DatabaseRecord record;
  record.format_version = LoadLittleEndian32(bytes.data() + kVersionOffset);
  record.hash_seed = LoadLittleEndian64(bytes.data() + kVersionOffset + 4);
  record.uuid = bytes.substr(kVersionOffset + 12);
  return record;
}

void EncodeCommitSequence(uint64_t sequence, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian64(out, sequence);
}

Result<uint64_t> DecodeCommitSequence(std::string_view bytes) {
  if (!IsRecord(bytes, 9)) {
    return Malformed("commit sequence");
  }
  return LoadLittleEndian64(bytes.data() + 1);
}

void EncodeTableCounters(const CountersRecord& counters, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian64(out, static_cast<uint64_t>(counters.item_count));
  AppendLittleEndian64(out, static_cast<uint64_t>(counters.size_bytes));
}

Result<CountersRecord> DecodeTableCounters(std::string_view bytes) {
  if (!IsRecord(bytes, 17)) {
    return Malformed("counters of a table");
  }
  CountersRecord counters;
  counters.item_count = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 1));
  counters.size_bytes = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 9));
  return counters;
}

void EncodeNextTableId(uint32_t table_id, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian32(out, table_id);
}

Result<uint32_t> DecodeNextTableId(std::string_view bytes) {
  if (!IsRecord(bytes, 5)) {
    return Malformed("next table id");
  }
  return LoadLittleEndian32(bytes.data() + 1);
}

void EncodeDroppedTable(int64_t dropped_ms, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian64(out, static_cast<uint64_t>(dropped_ms));
}

Result<int64_t> DecodeDroppedTable(std::string_view bytes) {
  if (!IsRecord(bytes, 9)) {
    return Malformed("marker of a dropped table");
  }
  return static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 1));
}

}  // namespace millrace
