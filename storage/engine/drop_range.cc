// Range drops: point deletes for small ranges, whole files and a compaction for large ones.
#include "storage/engine/drop_range.h"

#include <shared_mutex>

#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/engine/dropped_ranges.h"
#include "storage/engine/rocksdb_status.h"
#include "storage/engine/scanner.h"

namespace millrace::engine {
namespace {

// So few keys are deleted one by one: that spares small tables (of test runs, say) a flush and a
// compaction each.
constexpr uint32_t kPointDeletesMax = 1000;
// Keys that one write deletes: the committer waits no longer than that takes.
constexpr uint32_t kDeletesPerWrite = 250;
// The front of a range is deleted key by key until its files hold so many bytes. They may be those
// of keys that have been deleted before, so this also bounds what is kept without being of use.
constexpr uint64_t kTrimBytesMax = 8 << 20;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::WriteOptions MakeWriteOptions(const Database& database) {
  rocksdb::WriteOptions options;
  options.disableWAL = database.in_memory();
  return options;
}

// Deletes the keys of [from, to) one by one. Stops when there are more than `count_max`;
// `*complete` says that there were not.
Status DropKeys(const Database& database, Space space, std::string_view from, std::string_view to,
                uint64_t count_max, bool* complete) {
  ScanRange range;
  range.space = space;
  range.from = from;
  range.to = to;
  const rocksdb::WriteOptions options = MakeWriteOptions(database);
  const std::unique_ptr<Scanner> scanner = MakeScanner(database, range);
  rocksdb::WriteBatch batch;
  *complete = true;
  for (uint64_t count = 0; scanner->Valid(); scanner->Next()) {
    if (count++ == count_max) {
      *complete = false;
      break;
    }
    RETURN_IF_ERROR(FromRocksdb(batch.Delete(database.family(space), ToSlice(scanner->key()))));
    if (batch.Count() == kDeletesPerWrite) {
      RETURN_IF_ERROR(FromRocksdb(database.rocksdb()->Write(options, &batch)));
      batch.Clear();
    }
  }
  RETURN_IF_ERROR(scanner->status());
  return batch.Count() == 0 ? Status::Ok()
                            : FromRocksdb(database.rocksdb()->Write(options, &batch));
}

// Drops whole files, and what is left by a compaction that leaves the keys out.
//
// A range tombstone would do as well, but RocksDB 7.8 ends the process when a compaction that has
// nothing to write but such tombstones meets an I/O error, a full disk for example.
Status DropFiles(const Database& database, Space space, std::string_view from,
                 std::string_view to) {
  rocksdb::DB* const db = database.rocksdb();
  rocksdb::ColumnFamilyHandle* const family = database.family(space);
  const rocksdb::Slice begin = ToSlice(from);
  const rocksdb::Slice end = ToSlice(to);
  // What is in memory goes to files first; files that lie wholly in the range then go without being
  // read, which is nearly all of a large table.
  RETURN_IF_ERROR(FromRocksdb(db->Flush(rocksdb::FlushOptions(), family)));
  RETURN_IF_ERROR(
      FromRocksdb(rocksdb::DeleteFilesInRange(db, family, &begin, &end, /*include_end=*/false)));
  rocksdb::CompactRangeOptions compact_options;
  compact_options.exclusive_manual_compaction = false;
  compact_options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const DroppedRanges::Handle handle = database.dropped_ranges()->Add(space, from, to);
  const Status status = FromRocksdb(db->CompactRange(compact_options, family, &begin, &end));
  database.dropped_ranges()->Remove(handle);
  RETURN_IF_ERROR(status);
  // Nothing is left, unless another compaction that had begun before took files past this one.
  bool complete = false;
  return DropKeys(database, space, from, to, UINT64_MAX, &complete);
}

}  // namespace

Status DropRange(const Database& database, Space space, std::string_view from,
                 std::string_view to) {
  const std::shared_lock working(*database.work_mutex());
  RETURN_IF_ERROR(database.background_errors()->status());
  bool few = false;
  RETURN_IF_ERROR(DropKeys(database, space, from, to, kPointDeletesMax, &few));
  return few ? Status::Ok() : DropFiles(database, space, from, to);
}

Status TrimRange(const Database& database, Space space, std::string_view begin,
                 std::string_view from, std::string_view to) {
  const std::shared_lock working(*database.work_mutex());
  RETURN_IF_ERROR(database.background_errors()->status());
  const rocksdb::Range range(ToSlice(begin), ToSlice(to));
  rocksdb::SizeApproximationOptions size_options;
  size_options.include_files = true;
  size_options.include_memtables = false;
  uint64_t size_bytes = 0;
  RETURN_IF_ERROR(FromRocksdb(database.rocksdb()->GetApproximateSizes(
      size_options, database.family(space), &range, 1, &size_bytes)));
  if (size_bytes >= kTrimBytesMax) {
    return DropFiles(database, space, begin, to);
  }
  bool complete = false;
  return DropKeys(database, space, from, to, UINT64_MAX, &complete);
}

}  // namespace millrace::engine
