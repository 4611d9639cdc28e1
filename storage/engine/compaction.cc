// Flushes first, because a compaction only looks at files; then one space after the other.
#include "storage/engine/compaction.h"

#include <shared_mutex>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

Status CanceledStatus() {
  return Status(StatusCode::kShuttingDown, "the compaction was ended before it was done");
}

}  // namespace

Status CompactAll(const Database& database, std::atomic<bool>* canceled) {
  const std::shared_lock working(*database.work_mutex());
  RETURN_IF_ERROR(database.background_errors()->status());
  rocksdb::CompactRangeOptions options;
  // Automatic compactions go on beside it.
  options.exclusive_manual_compaction = false;
  // Files of the last level that this call has not written itself are rewritten, too.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.canceled = canceled;
  for (int index = 0; index < kSpaceCount; ++index) {
    if (canceled->load()) {
      return CanceledStatus();
    }
    rocksdb::ColumnFamilyHandle* const family = database.family(static_cast<Space>(index));
    rocksdb::Status status = database.rocksdb()->Flush(rocksdb::FlushOptions(), family);
    if (status.ok()) {
      status = database.rocksdb()->CompactRange(options, family, nullptr, nullptr);
    }
    if (canceled->load()) {
      return CanceledStatus();
    }
    RETURN_IF_ERROR(FromRocksdb(status));
  }
  return database.ReleaseOldLogs();
}

uint64_t TableFileBytes(const Database& database) {
  uint64_t sum = 0;
  for (int index = 0; index < kSpaceCount; ++index) {
    uint64_t bytes = 0;
    if (database.rocksdb()->GetIntProperty(database.family(static_cast<Space>(index)),
                                           rocksdb::DB::Properties::kLiveSstFilesSize, &bytes)) {
      sum += bytes;
    }
  }
  return sum;
}

}  // namespace millrace::engine
