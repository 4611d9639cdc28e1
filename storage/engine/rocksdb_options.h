// How RocksDB is set up, with the reason for each setting beside it.
#pragma once

#include <memory>

#include "storage/engine/engine.h"

namespace rocksdb {
class Cache;
class Env;
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

namespace millrace::engine {

// The settings of the whole database. `environment`: nullptr for the operating system's files.
rocksdb::DBOptions MakeDatabaseOptions(const Options& options, rocksdb::Env* environment);

// The block cache shared by all column families, bounded by options.block_cache_bytes.
std::shared_ptr<rocksdb::Cache> MakeBlockCache(const Options& options);

// The settings of the column family of `space`.
rocksdb::ColumnFamilyOptions MakeFamilyOptions(const Options& options, Space space,
                                               const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace millrace::engine
