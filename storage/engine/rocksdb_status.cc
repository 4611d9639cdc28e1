// The one mapping of RocksDB's codes to ours.
#include "storage/engine/rocksdb_status.h"

#include "rocksdb/status.h"

namespace millrace::engine {

Status FromRocksdb(const rocksdb::Status& status) {
  switch (status.code()) {
    case rocksdb::Status::kOk:
      return Status::Ok();
    case rocksdb::Status::kNotFound:
      return Status(StatusCode::kNotFound, status.ToString());
    case rocksdb::Status::kCorruption:
      return Status(StatusCode::kCorruption, status.ToString());
    case rocksdb::Status::kInvalidArgument:
    case rocksdb::Status::kNotSupported:
      return Status(StatusCode::kInternal, status.ToString());
    case rocksdb::Status::kShutdownInProgress:
      return Status(StatusCode::kShuttingDown, status.ToString());
    case rocksdb::Status::kIOError:
    default:
      return Status(StatusCode::kIoError, status.ToString());
  }
}

}  // namespace millrace::engine
