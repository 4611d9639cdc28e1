// RocksDB's Status turned into ours, in one place.
#pragma once

#include "storage/base/status.h"

namespace rocksdb {
class Status;
}  // namespace rocksdb

namespace millrace::engine {

// The same outcome as a status of ours, RocksDB's text in the message. Thread-safe.
Status FromRocksdb(const rocksdb::Status& status);

}  // namespace millrace::engine
