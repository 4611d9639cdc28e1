// Scanner over a RocksDB iterator.
#include "storage/engine/scanner.h"

#include <string>

#include "rocksdb/db.h"
#include "rocksdb/iterator.h"
#include "rocksdb/options.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

class RocksdbScanner final : public Scanner {
 public:
  RocksdbScanner(const Database& database, const ScanRange& range)
      : from_(range.from),
        to_(range.to),
        from_slice_(from_),
        to_slice_(to_),
        reverse_(range.reverse) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &from_slice_;
    if (!to_.empty()) {
      options.iterate_upper_bound = &to_slice_;
    }
    // The prefix filters serve only walks that begin inside the prefix. A backward one begins at
    // its upper end, which is as a rule the first key of the next prefix.
    const bool by_prefix = range.within_prefix && !range.reverse &&
                           (range.space == Space::kItems || range.space == Space::kIndexes);
    // That a walk ends with its prefix is up to the bounds.
    options.total_order_seek = !by_prefix;
    // Blocks go to the cache's lower half (see MakeBlockCache), so even long scans may fill it;
    // read-ahead starts by itself at the third block in a row.
    iterator_.reset(database.rocksdb()->NewIterator(options, database.family(range.space)));
    if (!reverse_) {
      iterator_->Seek(from_slice_);
    } else {
      iterator_->SeekToLast();
    }
  }

  bool Valid() const override { return iterator_->Valid(); }
  std::string_view key() const override {
    const rocksdb::Slice key = iterator_->key();
    return {key.data(), key.size()};
  }
  std::string_view value() const override {
    const rocksdb::Slice value = iterator_->value();
    return {value.data(), value.size()};
  }
  void Next() override {
    if (reverse_) {
      iterator_->Prev();
    } else {
      iterator_->Next();
    }
  }
  Status status() const override { return FromRocksdb(iterator_->status()); }

 private:
  const std::string from_;
  const std::string to_;
  const rocksdb::Slice from_slice_;  // RocksDB keeps pointers to these two
  const rocksdb::Slice to_slice_;
  const bool reverse_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

std::unique_ptr<Scanner> MakeScanner(const Database& database, const ScanRange& range) {
  return std::make_unique<RocksdbScanner>(database, range);
}

}  // namespace millrace::engine
