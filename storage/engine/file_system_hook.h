// Where something may stand between RocksDB and the disk: Options::file_system_hook. Tests put
// failing disks and power cuts there (fault_file_system.h); a server in use has none.
#pragma once

#include <memory>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace millrace::engine {

class FileSystemHook {
 public:
  virtual ~FileSystemHook() = default;
  // The environment that the store is to use in place of the operating system's. Called once, when
  // the store is opened; the result is used by several threads.
  virtual std::unique_ptr<rocksdb::Env> MakeEnvironment() = 0;
};

}  // namespace millrace::engine
