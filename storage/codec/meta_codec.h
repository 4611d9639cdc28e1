// The stored form of the records about the database itself (column family `meta`) and the keys of
// the catalog's rows. FORMAT.md is normative. Every value starts with a version byte; decoders
// answer kCorruption for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace {

// First byte of a key in `meta`. The values reach disk: never change or reuse one.
enum class MetaKind : uint8_t {
  kDatabase = 1,
  kCommitSequence = 2,
  kTableCounters = 3,
  kNextTableId = 4,
  kDroppedTable = 5,
  kIdempotencyToken = 6,      // idempotency_codec.h
  kIdempotencyTokenTime = 7,  // idempotency_codec.h
  kBackfill = 8,              // backfill_codec.h
  kStreamHorizon = 9,         // stream_codec.h
};

// The format of everything on disk, written into every database. Grows when an older version could
// not read it.
inline constexpr uint32_t kDatabaseFormatVersion = 1;

// What a database is: made once, never changed (but for the version, by an upgrade).
struct DatabaseRecord {
  uint32_t format_version = 0;
  uint64_t hash_seed = 0;
  std::string uuid;  // 36 characters
};

// What is counted per table.
struct CountersRecord {
  int64_t item_count = 0;
  int64_t size_bytes = 0;
};

// Keys. Those with a table id sort by it.
std::string DatabaseRecordKey();
std::string CommitSequenceKey();
std::string NextTableIdKey();
void AppendTableCountersKey(uint32_t table_id, std::string* out);
void AppendDroppedTableKey(uint32_t table_id, std::string* out);
// First key of a kind, and the first key behind all of its keys.
std::string MetaKindBegin(MetaKind kind);
std::string MetaKindEnd(MetaKind kind);
// The table id of a key of kTableCounters or kDroppedTable; kCorruption when there is none.
Result<uint32_t> TableIdOfMetaKey(std::string_view key);

// The key of a table's row in `catalog`.
std::string CatalogRowKey(std::string_view table_name);
// First key of the rows, and the first key behind them.
std::string CatalogRowsBegin();
std::string CatalogRowsEnd();

// Values. Encoders append.
void EncodeDatabaseRecord(const DatabaseRecord& record, std::string* out);
Result<DatabaseRecord> DecodeDatabaseRecord(std::string_view bytes);
void EncodeCommitSequence(uint64_t sequence, std::string* out);
Result<uint64_t> DecodeCommitSequence(std::string_view bytes);
void EncodeTableCounters(const CountersRecord& counters, std::string* out);
Result<CountersRecord> DecodeTableCounters(std::string_view bytes);
void EncodeNextTableId(uint32_t table_id, std::string* out);
Result<uint32_t> DecodeNextTableId(std::string_view bytes);
// The time at which a table was dropped, in milliseconds since 1970.
void EncodeDroppedTable(int64_t dropped_ms, std::string* out);
Result<int64_t> DecodeDroppedTable(std::string_view bytes);

}  // namespace millrace
