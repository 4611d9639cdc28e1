// The logger that RocksDB is given.
#include "storage/engine/rocksdb_log.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include "rocksdb/env.h"
#include "storage/base/log.h"

namespace millrace::engine {
namespace {

class RocksdbLogger final : public rocksdb::Logger {
 public:
  RocksdbLogger() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    // Headers (the settings, at every start) have the highest level, but are not news.
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level == rocksdb::InfoLogLevel::HEADER_LEVEL) {
      return;
    }
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    std::string text = std::string("rocksdb: ") + line;
    while (text.back() == '\n') {
      text.pop_back();
    }
    Log(level == rocksdb::InfoLogLevel::WARN_LEVEL ? LogLevel::kWarning : LogLevel::kError, text);
  }
  // The form without a level is not used by RocksDB itself.
  void Logv(const char*, va_list) override {}
  void LogHeader(const char*, va_list) override {}
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeRocksdbLogger() { return std::make_shared<RocksdbLogger>(); }

}  // namespace millrace::engine
