// The RocksDB database with its column families, opened and found to be ours: what the commit
// pipeline writes to and the engine reads from.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/codec/meta_codec.h"
#include "storage/engine/background_errors.h"
#include "storage/engine/data_directory.h"
#include "storage/engine/dropped_ranges.h"
#include "storage/engine/engine.h"
#include "storage/engine/item_cache.h"

namespace rocksdb {
class Cache;
class ColumnFamilyHandle;
class DB;
class Env;
}  // namespace rocksdb

namespace millrace::engine {

// Thread-safe once opened.
class Database {
 public:
  // The name of a space on disk.
  static std::string_view FamilyName(Space space);
  // Opens or creates it; errors as Engine::Open has them.
  static Result<std::unique_ptr<Database>> Open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB* rocksdb() const { return rocksdb_.get(); }
  rocksdb::ColumnFamilyHandle* family(Space space) const {
    return families_[static_cast<size_t>(space)];
  }
  // Nothing of it is on disk, so there is no log to write.
  bool in_memory() const { return in_memory_; }
  const DatabaseRecord& record() const { return record_; }

  // What was read of the space kItems lately. Who writes there keeps it in step.
  ItemCache* item_cache() const { return &item_cache_; }

  // The ranges that compactions leave out.
  DroppedRanges* dropped_ranges() const { return dropped_ranges_.get(); }

  // Why RocksDB takes no more writes, if it does not.
  BackgroundErrors* background_errors() const { return background_errors_.get(); }

  // Takes writes again after errors of which all were of a full disk: what is in memory goes to
  // files, and a new log is begun, because the old one may end in half a record. Fails while there
  // is no space, and while anything else is at work on files. Only the committer may call it.
  Status Resume();
  // Whoever but the committer writes, syncs, flushes or compacts holds this shared: RocksDB 7.8
  // would wait for ever in a Resume in which something else fails.
  std::shared_mutex* work_mutex() const { return &work_mutex_; }
  // After a flush of all spaces: the one row that is always in memory holds no old logs either.
  Status ReleaseOldLogs() const;
  // Ends flushes, compactions and a Resume that waits for them, for good.
  void CancelBackgroundWork();

  // Reads one value. A key that is not there is no error.
  Status Get(Space space, std::string_view key, PinnedValue* value) const;

 private:
  explicit Database(const Options& options)
      : in_memory_(options.in_memory),
        syncs_writes_(options.durability == Durability::kSync),
        path_(options.data_dir),
        item_cache_(options.item_cache_bytes) {}
  Status GetFromRocksdb(Space space, std::string_view key, PinnedValue* value) const;
  Status OpenRocksdb(const Options& options, const std::string& path, bool established);
  void KeepHandles(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Status KeepSomethingInMemory() const;
  bool HasSomethingInMemory() const;
  bool FlushHasNotBegun() const;
  bool BackgroundWorkRuns() const;
  void SyncOldLogs();
  void OnNewLog();
  Status ReadRecord(bool established, Random* random);
  Status MakeRecord(Random* random);

  const bool in_memory_;
  const bool syncs_writes_;
  const std::string path_;
  std::atomic<bool> resuming_{false};
  // A Resume that then failed has begun a log, to which nothing was written yet.
  std::atomic<bool> log_is_new_{false};
  std::atomic<bool> syncing_old_logs_{false};
  const std::shared_ptr<DroppedRanges> dropped_ranges_ = std::make_shared<DroppedRanges>();
  const std::shared_ptr<BackgroundErrors> background_errors_ = std::make_shared<BackgroundErrors>();
  std::unique_ptr<DataDirectory> directory_;   // declared first: unlocked last
  std::unique_ptr<rocksdb::Env> environment_;  // nullptr: the operating system's
  std::unique_ptr<rocksdb::DB> rocksdb_;
  std::array<rocksdb::ColumnFamilyHandle*, kSpaceCount> families_{};
  rocksdb::ColumnFamilyHandle* default_family_ = nullptr;
  DatabaseRecord record_;
  mutable ItemCache item_cache_;
  mutable std::shared_mutex work_mutex_;
};

}  // namespace millrace::engine
