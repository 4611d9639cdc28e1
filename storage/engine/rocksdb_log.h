// RocksDB's own messages, sent to our log. It gets no log file of its own: one place to look is
// enough, and this RocksDB aborts the process when its log file cannot be written (a full disk),
// which must end in read-only instead.
#pragma once

#include <memory>

namespace rocksdb {
class Logger;
}  // namespace rocksdb

namespace millrace::engine {

// A logger that passes on warnings and worse and drops the rest. Thread-safe.
std::shared_ptr<rocksdb::Logger> MakeRocksdbLogger();

}  // namespace millrace::engine
