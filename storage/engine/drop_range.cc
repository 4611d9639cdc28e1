// Range drops: point deletes for small ranges, whole files and one short-lived tombstone for large
// ones.
#include "storage/engine/drop_range.h"

#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/engine/rocksdb_status.h"
#include "storage/engine/scanner.h"

namespace millrace::engine {
namespace {

// So few keys are deleted one by one: that leaves no range tombstone, and spares small tables (of
// test runs, say) a flush and a compaction each.
constexpr uint32_t kPointDeletesMax = 1000;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// Puts a deletion of every key of the range into `batch`, if they are few; `*complete` says whether
// they were.
Status CollectPointDeletes(const Database& database, const ScanRange& range,
                           rocksdb::WriteBatch* batch, bool* complete) {
  const std::unique_ptr<Scanner> scanner = MakeScanner(database, range);
  for (; scanner->Valid(); scanner->Next()) {
    if (batch->Count() == kPointDeletesMax) {
      *complete = false;
      return Status::Ok();
    }
    RETURN_IF_ERROR(
        FromRocksdb(batch->Delete(database.family(range.space), ToSlice(scanner->key()))));
  }
  *complete = true;
  return scanner->status();
}

}  // namespace

Status DropRange(const Database& database, Space space, std::string_view from,
                 std::string_view to) {
  rocksdb::DB* const db = database.rocksdb();
  rocksdb::ColumnFamilyHandle* const family = database.family(space);
  const rocksdb::Slice begin = ToSlice(from);
  const rocksdb::Slice end = ToSlice(to);
  rocksdb::WriteOptions write_options;
  write_options.disableWAL = database.in_memory();

  ScanRange range;
  range.space = space;
  range.from = from;
  range.to = to;
  rocksdb::WriteBatch point_deletes;
  bool few = false;
  RETURN_IF_ERROR(CollectPointDeletes(database, range, &point_deletes, &few));
  if (few) {
    return point_deletes.Count() == 0 ? Status::Ok()
                                      : FromRocksdb(db->Write(write_options, &point_deletes));
  }
  // What is in memory goes to files first; files that lie wholly in the range then go without being
  // read, which is nearly all of a large table.
  RETURN_IF_ERROR(FromRocksdb(db->Flush(rocksdb::FlushOptions(), family)));
  RETURN_IF_ERROR(
      FromRocksdb(rocksdb::DeleteFilesInRange(db, family, &begin, &end, /*include_end=*/false)));
  // A range tombstone covers the rest. While it is in the memtable every read has to consult it, so
  // it leaves at once by a flush, and goes for good when the range's few remaining files are
  // compacted.
  RETURN_IF_ERROR(FromRocksdb(db->DeleteRange(write_options, family, begin, end)));
  RETURN_IF_ERROR(FromRocksdb(db->Flush(rocksdb::FlushOptions(), family)));
  rocksdb::CompactRangeOptions compact_options;
  compact_options.exclusive_manual_compaction = false;
  compact_options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  return FromRocksdb(db->CompactRange(compact_options, family, &begin, &end));
}

}  // namespace millrace::engine
