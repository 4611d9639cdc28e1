// RocksDB's settings; what is not set here is its default.
#include "storage/engine/rocksdb_options.h"

#include <algorithm>
#include <bit>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "storage/codec/key_codec.h"
#include "storage/engine/rocksdb_log.h"

namespace millrace::engine {
namespace {

constexpr size_t kSmallWriteBuffer = 2 << 20;
constexpr size_t kMediumWriteBuffer = 8 << 20;

}  // namespace

rocksdb::DBOptions MakeDatabaseOptions(const Options& options, rocksdb::Env* environment) {
  rocksdb::DBOptions result;
  if (environment != nullptr) {
    result.env = environment;
  }
  result.max_background_jobs = std::max(2, options.background_threads);

  // A record cut short at the end of the log is what a crash leaves behind: the write was never
  // acknowledged, and the open goes on without it. A record that is whole but wrong is damage to
  // acknowledged writes: this mode refuses to open. Point-in-time recovery, RocksDB's default,
  // would instead drop that record and every later one silently. The price: a power failure that
  // persists the pages of the last, unacknowledged record out of order may also be refused, and
  // then a person decides.
  result.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  result.paranoid_checks = true;
  // After a failed background write RocksDB must not quietly recover: the pipeline has already
  // failed requests, and decides itself when to go on.
  result.max_bgerror_resume_count = 0;
  // Everything that is to be kept is in the log: the end of the process need not wait.
  result.avoid_flush_during_shutdown = true;

  // Small families (catalog, meta) would otherwise keep old logs alive, and a long log makes a slow
  // start.
  result.max_total_wal_size = 4 * options.write_buffer_bytes;
  // Even out the writing of table files instead of leaving it to one burst of the kernel's flusher,
  // behind which the log's fsync would wait.
  result.bytes_per_sync = 1 << 20;
  result.wal_bytes_per_sync = options.durability == Durability::kSync ? 0 : 512 << 10;

  // One committer writes, so nothing is gained by concurrent inserts or by pipelining log and
  // memtable. Without pipelining a write becomes visible to readers only after its fsync.
  result.enable_pipelined_write = false;
  result.unordered_write = false;

  // Bounded, and below the usual limit of 1024 descriptors with room for connections.
  result.max_open_files = 512;
  result.table_cache_numshardbits = 4;
  // A fast start: no reading of every file's properties or size, no threads for statistics,
  // and not sixteen to open the few files there are.
  result.max_file_opening_threads = 2;
  result.skip_stats_update_on_db_open = true;
  result.skip_checking_sst_file_sizes_on_db_open = true;
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;

  result.info_log = MakeRocksdbLogger();
  result.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  return result;
}

std::shared_ptr<rocksdb::Cache> MakeBlockCache(const Options& options) {
  rocksdb::LRUCacheOptions result;
  result.capacity = options.block_cache_bytes;
  // A block that is larger than its shard is read again by every look-up. The index and the filter
  // of one file take up to about a megabyte each, so small caches have few shards.
  constexpr size_t kShardBytesMin = 4 << 20;
  constexpr int kShardBitsMax = 6;
  const size_t shards = std::max<size_t>(options.block_cache_bytes / kShardBytesMin, 1);
  result.num_shard_bits = std::min(static_cast<int>(std::bit_width(shards)) - 1, kShardBitsMax);
  // Index and filter blocks, and data blocks hit more than once, live in this part: one long scan
  // cannot push them out.
  result.high_pri_pool_ratio = 0.5;
  return rocksdb::NewLRUCache(result);
}

rocksdb::ColumnFamilyOptions MakeFamilyOptions(const Options& options, Space space,
                                               const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions result;
  // Keys of both begin with an id and the hash of a partition.
  const bool items = space == Space::kItems || space == Space::kIndexes;
  // 16 MB rather than RocksDB's 64: overwritten versions leave the memtable sooner, which makes
  // scans over hot items and inserts faster (measured).
  // The log takes as many bytes as the items.
  const bool large = items || space == Space::kLog;
  // Messages and events are of up to 1 MB each: small buffers would fill quicker than they are
  // flushed, which holds up the writes of all families.
  const bool medium = space == Space::kQueues || space == Space::kFunctions;
  result.write_buffer_size =
      large ? options.write_buffer_bytes
            : std::min(medium ? kMediumWriteBuffer : kSmallWriteBuffer, options.write_buffer_bytes);
  result.max_write_buffer_number = large || medium ? 4 : 2;
  result.level_compaction_dynamic_level_bytes = true;
  // The upper levels are short-lived and hot; LZ4 from there on halves typical items for little
  // CPU.
  result.compression = rocksdb::kLZ4Compression;
  result.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                  rocksdb::kLZ4Compression};
  // A store below 256 MB has one level behind the first, which the list above would leave as it is:
  // where most of the data is, it is compressed in any case.
  result.bottommost_compression = rocksdb::kLZ4Compression;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  if (space != Space::kLog) {  // records are read in order, never looked up
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  table.format_version = 5;
  // In the cache, so that their memory is bounded too.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  if (items) {
    // Filters answer for whole keys (writes of new items) and for partitions (queries of absent
    // ones).
    result.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kItemKeyPrefixSize));
    table.whole_key_filtering = true;
    result.memtable_prefix_bloom_size_ratio = 0.02;
    result.memtable_whole_key_filtering = true;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

}  // namespace millrace::engine
