// The RocksDB database with its column families, opened and found to be ours: what the commit
// pipeline writes to and the engine reads from.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/codec/meta_codec.h"
#include "storage/engine/data_directory.h"
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
  bool in_memory() const { return environment_ != nullptr; }
  const DatabaseRecord& record() const { return record_; }

  // What was read of the space kItems lately. Who writes there keeps it in step.
  ItemCache* item_cache() const { return &item_cache_; }

  // Reads one value. A key that is not there is no error.
  Status Get(Space space, std::string_view key, PinnedValue* value) const;

 private:
  explicit Database(const Options& options) : item_cache_(options.item_cache_bytes) {}
  Status GetFromRocksdb(Space space, std::string_view key, PinnedValue* value) const;
  Status OpenRocksdb(const Options& options, const std::string& path, bool established);
  void KeepHandles(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Status ReadRecord(bool established, Random* random);
  Status MakeRecord(Random* random);

  std::unique_ptr<DataDirectory> directory_;  // declared first: unlocked last
  std::unique_ptr<rocksdb::Env> environment_;
  std::unique_ptr<rocksdb::DB> rocksdb_;
  std::array<rocksdb::ColumnFamilyHandle*, kSpaceCount> families_{};
  rocksdb::ColumnFamilyHandle* default_family_ = nullptr;
  DatabaseRecord record_;
  mutable ItemCache item_cache_;
};

}  // namespace millrace::engine
